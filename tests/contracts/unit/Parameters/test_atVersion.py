"""Reading a version, or the one in force, costs one storage read; what never was in force is refused."""

import pytest
from brownie import web3


def storage_reads(contract, call) -> int:
    asked = {"to": contract.address, "data": call.encode_input(*call.arguments)}
    trace = web3.provider.make_request("debug_traceCall", [asked, "latest", {}])["result"]
    return sum(step["op"] == "SLOAD" for step in trace["structLogs"])


class Call:
    """A view and its arguments."""

    def __init__(self, method, *arguments):
        self.encode_input, self.arguments = method.encode_input, arguments


def test_at_when_asked_reads_one_slot(bounded):
    assert storage_reads(bounded, Call(bounded.atVersion, 1)) == 1


def test_current_when_asked_reads_one_slot(bounded):
    assert storage_reads(bounded, Call(bounded.current)) == 1


@pytest.mark.parametrize("version", [0, 2, 2**24 + 1])
def test_at_when_never_in_force_reverts(bounded, reverts, version):
    with reverts("ParametersUnknownVersion"):
        bounded.atVersion(version)


def test_words_when_read_hold_the_set_first_member_lowest(bounded, deployer, set_of):
    wanted = set_of(version=2, burnedBps=6_000, proposalBond=2 * 10**6)
    bounded.set(wanted, {"from": deployer})
    widths = (24, 24, 24, 24, 16, 16, 16, 56, 56)
    places = [sum(widths[:i]) for i in range(len(widths))]

    expected = sum(part << place for part, place in zip(wanted, places, strict=True))

    assert bounded.currentWord() == bounded.wordAt(2) == expected
    assert bounded.wordAt(1) != expected


@pytest.mark.parametrize("version", [0, 2])
def test_word_when_never_in_force_reverts(bounded, reverts, version):
    with reverts("ParametersUnknownVersion"):
        bounded.wordAt(version)
