"""Addresses: one spelling, and nothing that only looks like one."""

import pytest

from tallystick.domain.ids import address

BODY = "Ab" * 20


def test_address_when_mixed_case_becomes_lower() -> None:
    assert address("0X" + BODY) == "0x" + BODY.lower()


@pytest.mark.parametrize(
    "text", ["", BODY, "0x" + BODY[:-1], "0x" + "1_" * 20, "0x" + " 1" * 20, "0x+" + "1" * 39]
)
def test_address_when_it_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        address(text)
