"""Eight verifiers at one batch, each with the shipped gateways over the EVM of this process."""

from itertools import count
from typing import Any

from prove.fraud.setting import PARAMETERS, account_of, key_of
from prove.fraud.system import DEPLOYER, deploy
from prove.fraud.world import World
from support.auditing.evm_chain import EvmChain, EvmProvider
from tallystick.commitments import wrapping
from tallystick.domain.ids import Address, Hash
from tallystick.gateways.chain.inprocess.evm import Evm
from tallystick.pipeline.auditing import court as reference
from tallystick.pipeline.auditing.court import Phase, Seating

MONEY, STEP, RECEIPTS = 10**12, 3_600, 5
WORD = Hash(b"\xd1" * 32)
NAMES = tuple(f"verifier {i}" for i in range(8))


class Keys:
    """What a keystore does for a reader."""

    def __init__(self, name: str) -> None:
        self.address, self._secret = account_of(name), wrapping.reader_secret(key_of(name))
        self.reader_key = wrapping.public_part(self._secret)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        return wrapping.unwrap(self._secret, wrapped, bound_to)


def make_world() -> tuple[EvmProvider, World]:
    """Nora's first batch, honest, of five receipts and ready to be submitted; no seat yet."""
    evm = Evm()
    contracts = deploy(evm, **PARAMETERS, audit_step=STEP, audit_fee=100)
    for seed in count():
        with evm.undone():
            world = World(evm, contracts, seed)
            fits = not world.earlier and len(world.receipts) == RECEIPTS
        if fits:
            return EvmProvider(evm), World(evm, contracts, seed)
    raise AssertionError


def member(provider: EvmProvider, contracts: Any, account: Address) -> EvmChain:
    for spender in (contracts.VerifierRoster, contracts.AuditFund):
        contracts.OpenToken.approve(spender, MONEY, {"from": account})
    contracts.OpenToken.transfer(account, MONEY, {"from": DEPLOYER})
    return EvmChain(provider, contracts, account)


class Table:
    """Eight verifiers at one batch."""

    def __init__(self, provider: EvmProvider, world: World) -> None:
        self.provider, self.world, self.evm = provider, world, world.evm
        self.keys = {account_of(name): Keys(name) for name in NAMES}
        self.chains = {account: member(provider, world.contracts, account) for account in self.keys}
        self.seats = {
            chain.roster.enrol(self.keys[account].reader_key)[0]: account
            for account, chain in self.chains.items()
        }
        self.nora = member(provider, world.contracts, world.poster)
        named = world.submit(world.honest)
        provider.keep()
        self.batch_id = named[0]
        self.batch = self.nora.batches.batch(self.batch_id)

    def publish(self) -> None:
        round_ = self.nora.court.audit_of(self.batch_id).round
        assert self.nora.beacon.seed_of(round_) is None
        self.evm.wait(3)
        assert self.nora.beacon.is_due(round_)
        self.nora.beacon.publish(round_)

    def drawn(self) -> list[tuple[int, EvmChain]]:
        """By place, with the Python draw beside the contract's."""
        audit = self.nora.court.audit_of(self.batch_id)
        seed, roster = self.nora.beacon.seed_of(audit.round), self.nora.roster
        assert seed is not None

        def seat_of(number: int) -> Seating:
            seat = roster.seat_of(number)
            return Seating(seat.holder, seat.since, seat.until or 2**40 - 1)

        phase = Phase(audit.phase)
        purpose = reference.SIGNING if phase is Phase.SIGNING else 1 + audit.attempt
        places = reference.SIGNERS if phase is Phase.SIGNING else reference.PAIR
        found = self.nora.court.drawn_of(self.batch_id)
        asked = (seed, self.batch_id, purpose, places, audit.slots, audit.drawn_at)
        assert list(found) == reference.draw_seats(*asked, seat_of)
        return [(seat, self.chains[self.seats[seat]]) for seat in found]

    def judge(self) -> None:
        """Two verifiers say by hand that everything is true."""
        court, batch_id = self.nora.court, self.batch_id
        court.open(self.batch)
        self.publish()
        for place, (_, chain) in list(enumerate(self.drawn()))[:2]:
            chain.court.attest(batch_id, place)
        self.publish()
        court.deliver(batch_id, WORD)
        drawn = [chain.court for _, chain in self.drawn()]
        for place, ((_, chain), its) in enumerate(zip(self.drawn(), drawn, strict=True)):
            made = reference.answer_commitment(batch_id, chain.sender.address, 0, WORD, WORD)
            its.commit_answer(batch_id, place, Hash(made))
        for place, its in enumerate(drawn):
            its.reveal_answer(batch_id, place, 0, WORD, WORD)
