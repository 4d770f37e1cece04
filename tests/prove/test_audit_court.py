"""The court's contracts and Python agree on every draw, sample and commitment; the gateways read and send as they are."""

import json
import random
from pathlib import Path

import pytest

from prove.fraud.setting import PARAMETERS, account_of
from prove.fraud.system import deploy
from prove.fraud.world import World
from support.auditing.court_table import MONEY, Table, make_world, member
from support.auditing.evm_chain import EvmChain, EvmProvider
from tallystick.domain.ids import Hash, address
from tallystick.errors import InvalidInput
from tallystick.gateways.chain.inprocess.evm import START, Evm
from tallystick.pipeline.auditing import court as reference
from tallystick.pipeline.auditing.court import Outcome, Phase, Said, packed

pytestmark = pytest.mark.slow

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "audits.json").read_text())
KEY = b"\x09" * 32
SALT, REPORT = b"\xd3" * 32, Hash(b"\xd2" * 32)


@pytest.fixture(scope="module")
def court_world() -> tuple[EvmProvider, World]:
    return make_world()


def test_seats_when_drawn_by_the_vectors_are_those_of_the_contract() -> None:
    evm = Evm()
    contracts = deploy(evm, **PARAMETERS)
    provider = EvmProvider(evm)
    evm.wait(-(evm.now() - START))
    for number, seat in enumerate(VECTORS["seats"]):
        chain = member(provider, contracts, address(seat["holder"]))
        assert chain.roster.enrol(KEY)[0] == number
        assert chain.roster.seat_of(number).since == seat["from"]
    left = [i for i, s in enumerate(VECTORS["seats"]) if int(s["until"]) != 2**40 - 1]
    evm.wait(1_000)
    for number in left:
        chain = EvmChain(provider, contracts, address(VECTORS["seats"][number]["holder"]))
        chain.roster.leave(number)
        assert chain.roster.seat_of(number).until == int(VECTORS["seats"][number]["until"])

    for draw in VECTORS["draws"]:
        seed = bytes.fromhex(draw["seed"][2:])
        asked = (int(draw["batchId"]), draw["purpose"], draw["places"], draw["slots"], draw["at"])
        assert list(contracts.VerifierRoster.draw(seed, *asked)[0]) == draw["seats"]


def test_audit_when_played_through_the_gateways_is_as_python_reckons(
    court_world: tuple[EvmProvider, World],
) -> None:
    table = Table(*court_world)
    nora, batch_id = table.nora, table.batch_id
    assert nora.roster.active_seats() == nora.court.least_seats() == 8
    assert nora.court.audit_of(batch_id).phase == Phase.NONE

    window = nora.parameters.current().challenge_window
    table.evm.wait(2 * window)
    assert nora.batches.ends_at(table.batch) == nora.now() + window

    nora.court.open(table.batch, intent="open")
    assert nora.court.opened(nora.first_block, nora.head()) == (batch_id,)
    assert nora.court.drawn_of(batch_id) == ()
    purse = nora.audit_fund.purse_of(batch_id)
    assert purse.budget >= 5 * purse.fee > 0 == purse.closed_at
    table.publish()
    for place, (_, chain) in list(enumerate(table.drawn()))[:2]:
        chain.court.attest(batch_id, place)
    table.publish()

    audit = nora.court.audit_of(batch_id)
    seed = nora.beacon.seed_of(audit.round)
    assert seed is not None and Phase(audit.phase) is Phase.DELIVERING
    assert audit.samples == reference.sample_size(audit.affordable, audit.receipts, True)
    sampled = nora.court.sample_of(batch_id)
    assert list(sampled) == reference.sample(seed, batch_id, audit.samples, audit.receipts)
    nora.court.deliver(batch_id, REPORT)
    assert nora.court.delivered(batch_id) == (REPORT,)

    _answer(table, packed([Said.SAME] * audit.samples))
    assert Outcome(nora.court.audit_of(batch_id).outcome) is Outcome.CLEAN
    with pytest.raises(InvalidInput, match=r"close reverted"):
        nora.court.close(table.batch)
    table.evm.wait(nora.court.ends_at(nora.court.audit_of(batch_id)) - nora.now())
    nora.court.close(table.batch)

    assert Phase(nora.court.audit_of(batch_id).phase) is Phase.CLOSED
    assert nora.audit_fund.purse_of(batch_id).closed_at == nora.now()
    owed = sum(nora.audit_fund.units_of(batch_id, account) for account in table.chains)
    assert owed == 2 + 2 * audit.samples


def _answer(table: Table, answer: int) -> None:
    drawn, batch_id = list(enumerate(chain for _, chain in table.drawn())), table.batch_id
    for place, chain in drawn:
        made = reference.answer_commitment(batch_id, chain.sender.address, answer, REPORT, SALT)
        chain.court.commit_answer(batch_id, place, Hash(made))
    for place, chain in drawn:
        with pytest.raises(InvalidInput, match="revealAnswer reverted"):
            chain.court.reveal_answer(batch_id, place, answer ^ 1, REPORT, SALT)
        chain.court.reveal_answer(batch_id, place, answer, REPORT, SALT)


def test_seat_when_left_is_its_holders_until_the_bond_is_back(
    court_world: tuple[EvmProvider, World],
) -> None:
    provider, world = court_world
    account = account_of(f"leaver {random.Random(1).random()}")
    chain = member(provider, world.contracts, account)
    number, _ = chain.roster.enrol(KEY)

    chain.roster.leave(number)
    assert [seat.number for seat in chain.roster.seats_of(account)] == [number]
    with pytest.raises(InvalidInput):
        chain.roster.withdraw_seat(number)
    provider.evm.wait(chain.roster.seat_thaw())
    chain.roster.withdraw_seat(number)

    assert chain.roster.seat_of(number).bond == 0
    assert chain.token.balance_of(account) == MONEY
