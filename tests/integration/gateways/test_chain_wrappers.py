"""Wrappers against the real contracts, called by the people of the demo."""

from dataclasses import dataclass

import pytest

from support.chain_seller import put_to_serve, sealed
from support.chain_stage import deploy_rules
from tallystick.app.datasets.consent import withdraw
from tallystick.commitments import leaves, typed_data
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.ids import Address, AssetId, Hash, Kind, Purpose
from tallystick.domain.usage import Receipt, SignedVoucher, Terms, Voucher
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotAuthorised, NotFound
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.devchain import DevChain, deploy
from tallystick.gateways.chain.escrow import Token, UsageEscrow
from tallystick.gateways.chain.registries.datasets import DatasetRegistry
from tallystick.gateways.chain.registries.models import ModelRegistry
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.stake import OperatorStake
from tallystick.gateways.keys.dev_keys import key_of
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger
from tallystick.ports import Revelation, ShownRecord

pytestmark = pytest.mark.integration
DEPLOYER, NORA, BOB, ALICE, MALLORY = (
    key_of(person, chain_id=31337) for person in ("deployer", "nora", "bob", "alice", "mallory")
)
OPEN = 10**6
DAY = 86_400


@dataclass
class World:
    rpc: Rpc
    ledger: SqliteLedger
    token: Address
    escrow: Address
    stake: Address
    datasets: Address
    models: Address

    def sender(self, key: Key) -> Sender:
        return Sender(self.rpc, key, self.ledger.outbox, SendPolicy(timeout_s=10))

    def token_as(self, key: Key) -> Token:
        return Token(self.bound("OpenToken", self.token), self.sender(key))

    def escrow_as(self, key: Key) -> UsageEscrow:
        return UsageEscrow(self.bound("UsageEscrow", self.escrow), self.sender(key))

    def stake_as(self, key: Key) -> OperatorStake:
        return OperatorStake(self.bound("OperatorStake", self.stake), self.sender(key))

    def models_as(self, key: Key) -> ModelRegistry:
        return ModelRegistry(self.bound("ModelRegistry", self.models), self.sender(key))

    def datasets_as(self, key: Key) -> DatasetRegistry:
        return DatasetRegistry(self.bound("DatasetRegistry", self.datasets), self.sender(key))

    def bound(self, name: str, at: Address) -> Contract:
        return Contract(self.rpc, name, at)


@pytest.fixture
def world(rpc: Rpc, ledger: SqliteLedger) -> World:
    token = deploy(rpc, DEPLOYER, "OpenToken", DEPLOYER.address, 10**15).address
    authority, rules = deploy_rules(rpc)
    escrow = deploy(rpc, DEPLOYER, "UsageEscrow", authority, token, rules, 7 * DAY, DAY).address
    life = (2, 20, OPEN, OPEN // 100, 30 * DAY, OPEN, DAY)
    datasets = deploy(rpc, DEPLOYER, "DatasetRegistry", token, escrow, life).address
    models = deploy(rpc, DEPLOYER, "ModelRegistry", datasets).address
    linked = (token, escrow, models, authority)
    stake = deploy(rpc, DEPLOYER, "OperatorStake", *linked, 14 * DAY, DAY).address
    world = World(rpc, ledger, token, escrow, stake, datasets, models)
    for key in (NORA, BOB, ALICE):
        world.token_as(DEPLOYER).transfer(key.address, 1000 * OPEN)
    return world


def signed(world: World, limit: int, *, by: Key = BOB, acknowledged: int = 0) -> SignedVoucher:
    voucher = Voucher(BOB.address, NORA.address, 0, limit, acknowledged, Hash(bytes(32)))
    return SignedVoucher(voucher, by.sign_digest(world.escrow_as(BOB).voucher_digest(voucher)))


def test_money_when_deposited_allotted_and_redeemed_is_the_operators_to_settle(world: World) -> None:
    escrow, operators = world.escrow_as(BOB), world.escrow_as(NORA)
    world.token_as(BOB).approve(world.escrow, 100 * OPEN)
    escrow.deposit(100 * OPEN)
    escrow.allot(NORA.address, 60 * OPEN)

    operators.redeem(signed(world, 50 * OPEN), 40 * OPEN)
    operators.redeem_many([(signed(world, 50 * OPEN), 45 * OPEN)])

    assert escrow.balance_of(BOB.address) == 40 * OPEN
    assert escrow.allotment_of(BOB.address, NORA.address).amount == 15 * OPEN
    assert escrow.redeemable(BOB.address, NORA.address) == 15 * OPEN
    assert escrow.redeemed(BOB.address, NORA.address, 0) == 45 * OPEN
    assert escrow.unsettled_of(NORA.address) == 45 * OPEN
    assert (escrow.pending_of(NORA.address), escrow.audit_pool(), escrow.insurance_pool()) == (0, 0, 0)


def test_money_when_thawed_comes_back(world: World, devchain: DevChain) -> None:
    escrow = world.escrow_as(BOB)
    world.token_as(BOB).approve(world.escrow, 100 * OPEN)
    escrow.deposit(100 * OPEN)
    escrow.allot(NORA.address, 60 * OPEN)
    escrow.start_thaw(NORA.address, 60 * OPEN)
    assert escrow.redeemable(BOB.address, NORA.address) == 0
    with pytest.raises(Conflict, match="UsageEscrowThawing"):
        escrow.finish_thaw(NORA.address)

    devchain.advance(escrow.thaw_period())
    escrow.finish_thaw(NORA.address)
    escrow.withdraw(100 * OPEN)

    assert world.token_as(BOB).balance_of(BOB.address) == 1000 * OPEN


def test_voucher_when_signed_by_another_is_refused_by_name(world: World) -> None:
    with pytest.raises(NotAuthorised, match=f"UnauthorizedSigner.*{MALLORY.address}"):
        world.escrow_as(NORA).redeem(signed(world, OPEN, by=MALLORY), OPEN)


def test_session_key_when_authorised_signs_for_its_consumer(world: World) -> None:
    escrow = world.escrow_as(BOB)
    assert not escrow.can_sign(BOB.address, MALLORY.address)

    escrow.authorize_signer(MALLORY.address)
    escrow.revoke_signer(MALLORY.address)

    assert escrow.can_sign(BOB.address, MALLORY.address) and escrow.was_signer(BOB.address, MALLORY.address)


def test_session_key_when_capped_says_what_is_left(world: World) -> None:
    escrow = world.escrow_as(BOB)
    escrow.authorize_capped(MALLORY.address, NORA.address, 5 * OPEN)
    assert escrow.spendable(BOB.address, MALLORY.address, NORA.address) == 5 * OPEN
    assert escrow.spendable(BOB.address, BOB.address, NORA.address) is None


def test_redeem_when_above_the_limit_or_the_allotment_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="BeyondLimit"):
        world.escrow_as(NORA).redeem(signed(world, OPEN), OPEN + 1)
    with pytest.raises(InsufficientFunds, match=r"AllotmentShort.*have=0, want=1000000"):
        world.escrow_as(NORA).redeem(signed(world, OPEN), OPEN)


def test_digests_when_the_chain_computes_them_are_ours(world: World) -> None:
    escrow, domain = world.escrow_as(BOB), typed_data.domain_separator(31337, world.escrow)
    h = [Hash(bytes([n]) * 32) for n in range(8)]
    parties = (BOB.address, NORA.address)
    receipt = Receipt(h[1], *parties, 1, 2, 3, 4, 5, h[2], h[3], h[4], AssetId(h[5]), 6, h[6])

    said = typed_data.voucher_statement(domain, parties, 7, 50, 40, h[7])
    assert escrow.voucher_digest(Voucher(*parties, 7, 50, 40, h[7])) == said.digest
    commits = (h[2], h[3], h[4])
    said = typed_data.receipt_statement(domain, h[1], parties, 1, (2, 3), (4, 5), commits, h[5], 6, h[6])
    assert escrow.receipt_digest(receipt) == said.digest


def test_stake_when_deposited_is_free_and_thaws_slowly(world: World) -> None:
    stake = world.stake_as(NORA)
    world.token_as(NORA).approve(world.stake, 500 * OPEN)

    stake.deposit(500 * OPEN)
    shares = stake.shares_of(NORA.address, 100 * OPEN)
    stake.start_thaw(NORA.address, shares)

    assert stake.free_of(NORA.address) == 400 * OPEN
    assert stake.stake_of(NORA.address).thawing == 100 * OPEN
    with pytest.raises(Conflict, match="StakePoolsThawing"):
        stake.withdraw(NORA.address)
    with pytest.raises(InsufficientFunds, match="SharesShort"):
        stake.start_thaw(NORA.address, 4 * shares + 1)


def test_dataset_when_committed_and_revealed_has_its_order(world: World, devchain: DevChain) -> None:
    datasets, root, salt = world.datasets_as(ALICE), Hash(b"r" * 32), b"s" * 32
    world.token_as(ALICE).approve(world.datasets, 100 * OPEN)
    commitment = datasets.commitment_of(ALICE.address, root, salt)
    opened = Revelation(root, 40, Hash(b"m" * 32), 2, salt)

    order, done = datasets.commit([commitment])
    with pytest.raises(Conflict, match="RevealTooEarly"):
        datasets.reveal([opened])
    assert datasets.commit_block(ALICE.address, commitment) == done.block
    devchain.mine(datasets.reveal_blocks()[0])
    (asset_id,), _ = datasets.reveal([opened])

    found = datasets.dataset(asset_id)
    assert (found.order, found.count, found.licence, found.root) == (order, 40, 2, root) and order == 1
    assert found.owner == ALICE.address and found.bond == datasets.bond_of(40) and found.convicted_at == 0
    assert asset_id == datasets.asset_id_of(ALICE.address, Kind.DATASET, root)
    assert datasets.registered(0, world.rpc.block_number()) == (found,)
    with pytest.raises(NotFound):
        datasets.commit_block(ALICE.address, commitment)


def test_copied_record_when_shown_in_both_data_sets_convicts_the_later(
    world: World, devchain: DevChain
) -> None:
    copied = keccak256(b"a record of alice's")
    world.token_as(DEPLOYER).transfer(MALLORY.address, 1000 * OPEN)
    shown = []
    for owner, first in ((ALICE, 0), (MALLORY, 2)):
        contents = [keccak256(bytes([first + n])) for n in range(5)]
        contents[3] = copied
        tree = SumTree((leaves.record(n, c, b"s" * 32), 1) for n, c in enumerate(contents))
        asset_id = register(world, owner, Hash(tree.root.hash), 5, devchain)
        shown.append(ShownRecord(asset_id, owner.address, 3, b"s" * 32, tree.path(3).packed))
    earlier, later = shown

    with pytest.raises(InvalidInput, match="NotEarlier"):
        world.datasets_as(BOB).prove_duplicate(later, earlier, Hash(copied))
    with pytest.raises(InvalidInput, match="BadProof"):
        world.datasets_as(BOB).prove_duplicate(earlier, later, Hash(bytes(32)))
    world.datasets_as(BOB).prove_duplicate(earlier, later, Hash(copied))

    assert world.datasets_as(BOB).dataset(later.asset_id).convicted_at
    assert not world.datasets_as(BOB).dataset(earlier.asset_id).convicted_at
    assert world.token_as(BOB).balance_of(BOB.address) > 1000 * OPEN


def register(world: World, owner: Key, root: Hash, count: int, devchain: DevChain) -> AssetId:
    datasets = world.datasets_as(owner)
    world.token_as(owner).approve(world.datasets, 100 * OPEN)
    datasets.commit([datasets.commitment_of(owner.address, root, b"x" * 32)])
    devchain.mine(datasets.reveal_blocks()[0])
    return datasets.reveal([Revelation(root, count, root, 1, b"x" * 32)])[0][0]


def test_dataset_when_unknown_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.datasets_as(ALICE).dataset(AssetId(bytes(32)))
    with pytest.raises(NotFound):
        world.models_as(ALICE).model(AssetId(bytes(32)))
    with pytest.raises(NotFound):
        world.models_as(ALICE).terms(Hash(bytes(32)))


def test_asset_when_its_owner_says_so_pays_elsewhere(world: World) -> None:
    models = world.models_as(ALICE)
    asset, _ = models.register_operator("https://alice.example")

    models.set_payout(asset, BOB.address)

    assert models.owner_of(asset) == ALICE.address and models.payout_of(asset) == BOB.address
    with pytest.raises(NotAuthorised, match="NotOwner"):
        world.models_as(MALLORY).set_payout(asset, MALLORY.address)
    models.retire_asset(asset)
    assert models.retired_at(asset) > 0


def test_model_when_registered_with_terms_reads_back_the_same(world: World) -> None:
    models = world.models_as(NORA)
    evaluation_id = sealed(models)
    base, _ = models.register_base(Hash(b"b" * 32), Hash(b"c" * 32))
    models.register_manifest(Hash(b"t" * 32), 90, 2)
    models.register_index(Hash(b"i" * 32), 30, 1)
    adapter, _ = models.register_adapter(
        base,
        [],
        digest=Hash(b"a" * 32),
        content_digest=Hash(b"f" * 32),
        manifest_root=Hash(b"t" * 32),
        manifest_count=2,
        evaluation_id=evaluation_id,
    )
    put_to_serve(models, adapter, base)
    operator, _ = models.register_operator("http://127.0.0.1:8800")
    terms = Terms(NORA.address, operator, adapter, Hash(b"t" * 32), Hash(b"i" * 32), 1000, 3000)

    terms_id, _ = models.register_terms(terms)

    assert models.terms(terms_id) == terms and models.terms_retired_at(terms_id) == 0
    found = models.model(adapter)
    assert (found.base_id, found.digest, found.manifest_count, found.owner) == (
        base,
        b"a" * 32,
        2,
        NORA.address,
    )
    assert models.ancestors_of(adapter) == (base,)
    assert models.endpoint_of(models.operator_asset_of(NORA.address)) == "http://127.0.0.1:8800"
    assert (
        models.manifest_registered_at(Hash(b"t" * 32)) > 0
        and models.index_registered_at(Hash(b"x" * 32)) == 0
    )
    with pytest.raises(Conflict, match="TermsExist"):
        models.register_terms(terms)
    models.retire_terms(terms_id)
    assert models.terms_retired_at(terms_id) > 0


def test_wrapper_when_it_has_no_key_reads_but_does_not_write(world: World) -> None:
    reader = Token(world.bound("OpenToken", world.token), None)

    assert reader.total_supply() == 10**15
    with pytest.raises(NotAuthorised, match="No key"):
        reader.transfer(BOB.address, 1)


def test_grant_when_given_and_revoked_keeps_its_history(world: World, devchain: DevChain) -> None:
    datasets = world.datasets_as(ALICE)
    asset_id = register(world, ALICE, Hash(b"g" * 32), 5, devchain)
    both = Purpose.TRAIN | Purpose.SERVE

    datasets.grant(asset_id, NORA.address, both)
    devchain.advance(100)
    datasets.revoke(asset_id, NORA.address, Purpose.TRAIN)

    first, last = datasets.grants_of(asset_id, NORA.address)
    assert (first.purposes, last.purposes) == (both, Purpose.SERVE) and last.since >= first.since + 100
    assert datasets.granted_at(asset_id, NORA.address, last.since - 1) == both
    assert datasets.granted_at(asset_id, NORA.address, last.since) == Purpose.SERVE
    with pytest.raises(NotAuthorised, match="NotOwner"):
        world.datasets_as(NORA).grant(asset_id, NORA.address, Purpose.TRAIN)


def test_licence_when_registered_has_a_code_and_says_what_it_allows(world: World) -> None:
    datasets = world.datasets_as(ALICE)
    world.token_as(ALICE).approve(world.datasets, OPEN)

    code, _ = datasets.register_licence(Purpose.RETRIEVE, Hash(b"t" * 32))

    assert code == 1_000 and datasets.licence_purposes(code) == Purpose.RETRIEVE
    assert datasets.licence_purposes(0) == Purpose(0)
    with pytest.raises(NotFound, match="No licence 1001"):
        datasets.licence_purposes(1_001)


def test_data_set_when_withdrawn_is_usable_for_the_grace_alone(world: World, devchain: DevChain) -> None:
    datasets = world.datasets_as(ALICE)
    asset_id = register(world, ALICE, Hash(b"w" * 32), 5, devchain)

    done = withdraw(datasets, asset_id)

    assert done.withdrawn_at == datasets.retired_at(asset_id) > 0
    assert datasets.is_usable_at(asset_id, done.earns_until_at)
    assert not datasets.is_usable_at(asset_id, done.earns_until_at + 1)
    with pytest.raises(Conflict, match="AlreadyWithdrawn"):
        withdraw(datasets, asset_id)
