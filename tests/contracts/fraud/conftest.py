"""Three paid answers of Nora's for Bob on two lanes, redeemed and ready to settle, and the ways to submit and accuse."""

from collections.abc import Callable
from dataclasses import astuple, replace
from typing import Any

import brownie
import pytest

from contracts.gates import put_to_serve, seal
from contracts.settlement import Draft, Ledger, Signing, asset, entries_of
from tallystick.commitments.keccak import keccak256
from tallystick.commitments.sum_tree import SumTree
from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import Domain, lines_hash, voucher_digest
from tallystick.domain.ids import NO_AGENT, AssetId, Hash, Pot, address
from tallystick.domain.trees import entry_tree
from tallystick.domain.usage import Line, Share, SignedReceipt, Terms, Voucher
from tallystick.pipeline.receipts.receipt import Usage, build_receipt

CONTENT, OWN_SALT = b"\x0e" * 32, b"\x0c" * 32
MANIFEST, INDEX = entries_of(1, 2, 4), entries_of(1, 3)
SPARE = 10**6


@pytest.fixture
def terms(system: Any, nora: Any, petra: Any) -> Terms:
    """Registered terms of Nora's."""
    models = system.models
    base = models.registerBase(b"\x01" * 32, b"\x02" * 32, petra.tx).events["BaseRegistered"]["modelId"]
    manifest, index = entry_tree(MANIFEST).root, entry_tree(INDEX).root
    models.registerManifest(*astuple(manifest), nora.tx)
    trained = (manifest.hash, len(MANIFEST), seal(models, petra))
    models.registerAdapter(base, [], b"\x04" * 32, b"\x05" * 32, *trained, petra.tx)
    put_to_serve(models, petra, bytes(models.assetIdOf(petra.address, 2, b"\x04" * 32)))
    models.registerIndex(*astuple(index), nora.tx)
    models.registerOperator("https://nora.example", nora.tx)
    made = Terms(
        operator=address(nora.address),
        operator_asset=AssetId(bytes(models.operatorAssetOf(nora.address))),
        model_id=AssetId(bytes(models.assetIdOf(petra.address, 2, b"\x04" * 32))),
        manifest_root=Hash(manifest.hash),
        index_root=Hash(index.hash),
        price_in=20_000,
        price_out=60_000,
    )
    models.registerTerms(astuple(made), nora.tx)
    return made


@pytest.fixture
def dataset_id(system: Any, parameters: Any, alice: Any) -> bytes:
    """A registered data set of Alice's, of one record."""
    root, salt, datasets = record_tree(OWN_SALT).root.hash, b"\x0f" * 32, system.datasets
    datasets.commit(datasets.commitmentOf(alice.address, root, salt), alice.tx)
    brownie.chain.mine(parameters.commit_delay - 1)
    datasets.reveal((root, b"\x0d" * 32, salt, bytes(32), 1, 1), alice.tx)
    return bytes(datasets.assetIdOf(alice.address, 1, root))


@pytest.fixture
def out_as_public(system: Any, alice: Any, vera: Any, dataset_id: bytes) -> Callable[[], int]:
    """Vera, who has listed a corpus, shows that the record was public before it was registered; when, in seconds."""
    art, corpus = system.prior_art, record_tree(bytes(32))
    system.token.approve(art, 10**12, vera.tx)
    claimed = art.claim(corpus.root.hash, 1, 1, b"\xee" * 32, vera.tx).return_value
    brownie.chain.sleep(art.window())
    art.list(claimed, vera.tx)
    known = (bytes(32), alice.address, 0, bytes(32), corpus.path(0).packed)
    copied = (dataset_id, alice.address, 0, OWN_SALT, record_tree(OWN_SALT).path(0).packed)
    return lambda: int(art.exclude(claimed, known, copied, CONTENT, vera.tx).timestamp)


def record_tree(salt: bytes) -> SumTree:
    """Of the one record of Alice's data set, and with zeroes for salt of the corpus that it repeats."""
    return SumTree([(keccak256(b"\x08" + bytes(4) + CONTENT + salt), 1)])


@pytest.fixture
def signing(system: Any, nora: Any, bob: Any) -> Signing:
    return Signing(Domain(brownie.chain.id, address(system.escrow.address)), nora, bob)


@pytest.fixture
def money(system: Any, nora: Any, bob: Any, signing: Signing) -> Callable[[int, int], None]:
    """Redeems a lane up to a level."""
    system.escrow.deposit(10**9, bob.tx)
    system.escrow.allot(nora.address, 10**9, bob.tx)
    system.stake.deposit(10**10, nora.tx)

    def redeem(lane: int, level: int) -> None:
        voucher = Voucher(address(bob.address), address(nora.address), lane, level, 0, Hash(bytes(32)))
        signature = bob.sign(voucher_digest(signing.domain, voucher))
        system.escrow.redeem(astuple(voucher), signature, level, nora.tx)

    return redeem


def answer(
    signing: Signing,
    terms: Terms,
    before: SignedReceipt | None,
    lane: int,
    tokens: int,
    agent: AssetId = NO_AGENT,
) -> SignedReceipt:
    """The lane's next receipt."""
    consumer, operator = address(signing.consumer.address), address(signing.operator.address)
    at = (
        before.voucher.voucher
        if before and before.voucher
        else Voucher(consumer, operator, lane, 0, 0, Hash(bytes(32)))
    )
    shares = [
        Share(terms.operator_asset, Pot.OPERATOR, 1_000_000),
        Share(terms.model_id, Pot.LINEAGE, 600_000),
        Share(asset(1), Pot.TRAINING, 250_001),
        Share(asset(2), Pot.TRAINING, 250_000),
        Share(asset(1), Pot.RETRIEVAL, 333_333),
    ]
    output = OutputRecord("!", tuple(range(2 * tokens)))
    usage = Usage(({"role": "user", "content": "?"},), output, tokens, bytes(32), 1_800_000_000, agent)
    built = build_receipt(signing.domain, terms, at, usage, shares)
    return signing.sign(built.receipt, built.lines)


@pytest.fixture
def receipts(signing: Signing, terms: Terms) -> list[SignedReceipt]:
    first = answer(signing, terms, None, 1, 101)
    return [first, answer(signing, terms, first, 1, 57), answer(signing, terms, None, 2, 33)]


@pytest.fixture
def draft(signing: Signing, receipts: list[SignedReceipt], money: Any) -> Draft:
    """Honest until a test spoils it. Nora has redeemed all of it, and more on another lane."""
    money(1, receipts[1].receipt.cumulative)
    money(2, receipts[2].receipt.cumulative)
    money(9, SPARE)
    return Draft.of(signing.domain, receipts)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def submit(system: Any, nora: Any, ledger: Ledger) -> Callable[[BatchHeader], int]:
    def send(header: BatchHeader) -> int:
        return ledger.note(header, system.attribution.submitBatch(astuple(header), nora.tx))

    return send


@pytest.fixture
def accuse(system: Any, submit: Any, ledger: Ledger, vera: Any, reverts: Any) -> Callable[..., None]:
    """Submits a header and accuses it: `honest` demands a refusal, else the conviction must hold."""

    def send(proof: str, header: BatchHeader, *evidence: Any, honest: bool = False, batch: int = 0) -> None:
        referee = next(
            r for r in (system.referee, system.receipt_referee, system.credit_referee) if hasattr(r, proof)
        )
        batch_id = batch or submit(header)
        accused = ledger.named(batch_id)
        call = getattr(referee, proof)
        if honest:
            with reverts(f"{referee._name}NotProven"):
                call(accused, *evidence, vera.tx)
            assert system.attribution.isBatch(ledger.named(batch_id))
            return
        pending = system.escrow.pendingOf(header.operator)
        done = call(accused, *evidence, vera.tx)
        kind = bytes(done.events["BatchConvicted"]["kind"]).rstrip(b"\x00").decode()
        assert kind == proof
        assert system.attribution.isBatch(ledger.named(batch_id, status="convicted"))
        assert system.escrow.pendingOf(header.operator) == pending - header.total
        assert system.stake.caseOf(done.events["StakeSlashed"]["caseId"])["reporter"] == vera.address

    return send


def spoiled(
    signing: Signing, draft: Draft, index: int, lines: tuple[Line, ...] | None = None, **changes: Any
) -> Draft:
    """The draft with one receipt changed, signed again, and everything above it recomputed."""
    signed = draft.receipts[index]
    lines = lines or signed.lines
    receipt = replace(signed.receipt, lines_hash=lines_hash(lines), **changes)
    draft.receipts[index] = signing.sign(receipt, lines)
    return Draft.of(draft.domain, draft.receipts)
