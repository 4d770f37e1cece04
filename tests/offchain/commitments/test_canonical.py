import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.commitments.canonical import canonical_json
from tallystick.errors import InvalidInput

TEXT = st.text(st.characters(blacklist_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@given(VALUES)
@settings(deadline=None)
def test_canonical_json_when_read_back_is_the_same_value(value: Any) -> None:
    once = canonical_json(value)

    assert json.loads(once) == value
    assert canonical_json(json.loads(once)) == once


def test_canonical_json_when_keys_are_ordered_sorts_by_utf16() -> None:
    # RFC 8785, section 3.2.3: U+FB33 sorts after U+1F600, whose first UTF-16 unit is smaller.
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2, "1": 3}) == (
        '{"1":3,"\U0001f600":2,"\ufb33":1}'.encode()
    )


def test_canonical_json_when_text_is_decomposed_keeps_its_bytes() -> None:
    assert canonical_json("e\u0301") != canonical_json("\u00e9")


@pytest.mark.parametrize("value", ["\ud800", 2**53, float("nan"), {1: 2}, b"x", {"\udfff": 1}])
def test_canonical_json_when_json_cannot_hold_it_refuses(value: Any) -> None:
    with pytest.raises(InvalidInput, match="canonical JSON"):
        canonical_json(value)
