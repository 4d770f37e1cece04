"""The record of an output: one form, and nothing else is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.factories import asset_of, named
from tallystick.domain.answers.draws import GREEDY, PPM, Sampling
from tallystick.domain.answers.opened import (
    OutputRecord,
    PassageRef,
    output_commit,
    output_from_json,
    output_to_json,
)
from tallystick.domain.ids import AssetId
from tallystick.errors import InvalidInput

pytestmark = pytest.mark.slow

U31 = st.integers(0, 2**31 - 1)
PASSAGES = st.builds(PassageRef, st.binary(min_size=32, max_size=32).map(AssetId), U31)
RECORDS = st.builds(
    OutputRecord,
    st.text(st.characters(blacklist_categories=["Cs"])),
    st.lists(U31).map(tuple),
    st.lists(PASSAGES, max_size=8).map(tuple),
    st.binary(max_size=64),
    st.just(GREEDY) | st.builds(Sampling, st.integers(1, 2 * PPM), st.integers(1, PPM), st.none() | U31),
)
PLAIN = output_to_json(OutputRecord("yes", (4, 2), (PassageRef(asset_of("petra"), 3),), b"\x01"))


@given(RECORDS)
def test_record_when_written_reads_back_the_same(record: OutputRecord) -> None:
    assert output_from_json(output_to_json(record)) == record


@given(RECORDS, RECORDS)
def test_commit_when_records_differ_differs(one: OutputRecord, other: OutputRecord) -> None:
    salt = named("salt")

    assert (output_commit(one, salt) == output_commit(other, salt)) == (one == other)


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": None},
        {"tokens": "4, 2"},
        {"tokens": [4, -1]},
        {"tokens": [4, True]},
        {"tokens": [2**31]},
        {"passages": [["0x" + "00" * 31, 3]]},
        {"passages": [["0x" + "00" * 32]]},
        {"passages": [["0x" + "00" * 32, 3]] * 65},
        {"fingerprint": "01"},
        {"fingerprint": "0xA1"},
        {"fingerprint": "0x0"},
        {"more": 1},
        {"sampling": None},
        {"sampling": {"temperature": 1, "top_p": 1}},
        {"sampling": {"temperature": 0, "top_p": 1, "seed": None}},
        {"sampling": {"temperature": 2_000_001, "top_p": 1, "seed": None}},
        {"sampling": {"temperature": 0.7, "top_p": 1, "seed": None}},
        {"sampling": {"temperature": 1, "top_p": True, "seed": None}},
        {"sampling": {"temperature": 1, "top_p": 1, "seed": -1}},
    ],
)
def test_record_when_it_has_another_form_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        output_from_json({**PLAIN, **changes})
