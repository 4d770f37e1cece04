"""A deployment that is cut off after any step, or between sending and writing, goes on and sends nothing twice."""

import pytest
from brownie import web3

from deployment.journal import Entry, Journal
from deployment.wiring import check_roles, check_wiring


class CutOff(Exception):
    """The machine stops here."""


@pytest.fixture
def cutting():
    """A journal that stops the machine once at each write: `before` it, where something was sent, or `after` it."""
    stopped = set()

    def make(before):
        class Cutting(Journal):
            def put(self, name: str, entry: Entry) -> None:
                first = (name, entry.transaction == "") not in stopped
                stopped.add((name, entry.transaction == ""))
                if before and first and entry.transaction:
                    raise CutOff(name)
                super().put(name, entry)
                if not before and first:
                    raise CutOff(name)

        return Cutting

    return make


@pytest.fixture
def cut_once_a_call():
    told = set()

    def tell(name, gas):
        if name not in told:
            told.add(name)
            raise CutOff(name)

    return tell


@pytest.mark.parametrize("before", [False, True])
def test_deployment_when_cut_off_at_every_step_sends_each_once(
    runner, steps, owner, cutting, cut_once_a_call, before
):
    sent, kind, cuts = web3.eth.get_transaction_count(str(owner)), cutting(before), 0
    block = web3.eth.block_number

    while True:
        try:
            system = runner(kind, cut_once_a_call).run(steps)
            break
        except CutOff:
            cuts += 1

    assert cuts >= len(steps)
    assert web3.eth.get_transaction_count(str(owner)) - sent == len(steps)
    check_wiring(system)
    check_roles(system, str(owner), block)


def test_deployment_when_run_again_sends_nothing(runner, steps, owner, deployed):
    sent = web3.eth.get_transaction_count(str(owner))

    again = runner().run(steps)

    assert web3.eth.get_transaction_count(str(owner)) == sent
    assert {name: made.address for name, made in again.items()} == {
        name: made.address for name, made in deployed.items()
    }


def test_deployment_when_intended_but_never_sent_is_sent(runner, steps, owner, cutting):
    with pytest.raises(CutOff, match="AccessAuthority"):
        runner(cutting(False)).run(steps)
    # The deployer's next transaction went elsewhere, so that nothing will ever be at the address that was written.
    owner.transfer(owner, 0)

    system = runner().run(steps)

    check_wiring(system)


def test_journal_when_of_another_chain_starts_anew(runner, steps, deployed, about, journal_path):
    assert Journal.open(about | {"genesis": "0x00"}, journal_path).entries == {}


def test_journal_when_begun_by_another_is_refused(runner, steps, deployed, about, journal_path):
    with pytest.raises(SystemExit, match="another deployer"):
        Journal.open(about | {"deployer": "0x01"}, journal_path)
