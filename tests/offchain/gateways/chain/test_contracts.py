from collections import namedtuple

import pytest

from tallystick.errors import NotFound
from tallystick.gateways.chain.contracts import load_interface, outgoing, plain

LOWER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
CHECKSUMMED = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


def test_interface_when_exported_has_abi_and_bytecode() -> None:
    interface = load_interface("OpenToken")

    assert any(item.get("name") == "transfer" for item in interface.abi)
    assert interface.bytecode.startswith("0x6")


def test_interface_when_absent_is_not_found() -> None:
    with pytest.raises(NotFound, match="No compiled contract Ghost"):
        load_interface("Ghost")


def test_addresses_when_going_out_are_checksummed_at_every_depth() -> None:
    assert outgoing([LOWER, [LOWER], (1, (LOWER, b"x")), "not an address"]) == [
        CHECKSUMMED,
        [CHECKSUMMED],
        (1, (CHECKSUMMED, b"x")),
        "not an address",
    ]


def test_values_when_coming_in_are_plain() -> None:
    pair = namedtuple("pair", "who what")

    assert plain([pair(CHECKSUMMED, [1, b"x"])]) == ({"who": LOWER, "what": (1, b"x")},)
