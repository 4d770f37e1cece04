"""Till, key rotation and backup over files and a chain that outlive them, and what must be true of each afterwards."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.chain_seller import FEE, domain_of
from support.chain_stage import BOB, NORA, Stage
from support.factories import make_terms, usage_of
from support.ledger_records import OPENING, make_receipt, make_voucher
from tallystick.app import exchange
from tallystick.app.keeping.backup import Keepers, back_up, restore
from tallystick.app.keeping.manifest import read_manifest
from tallystick.app.paying.rotation import Turns, rotate
from tallystick.app.payments.payment import AlreadyUsed, Payment
from tallystick.app.payments.till import Till
from tallystick.config import Config, load
from tallystick.domain.digests import payment_lane, transfer_digest
from tallystick.domain.ids import ZERO_HASH, AssetId, Pot
from tallystick.domain.usage import Share, SignedReceipt, Transfer, Voucher
from tallystick.errors import NodeError
from tallystick.gateways.chain.deployment import read_deployment
from tallystick.gateways.chain.rpc import Rpc
from tallystick.gateways.chain.sending.policy import SendPolicy
from tallystick.gateways.chain.system import ChainSystem
from tallystick.gateways.keys.keystore import Key
from tallystick.gateways.ledger.books import SqliteLedger, SqlLedger
from tallystick.gateways.ledger.copying.keeper import LedgerKeeper
from tallystick.pipeline.receipts.receipt import build_receipt
from tallystick.ports import StoredPayment, StoredReceipt

VALUE = 3 * FEE
KEYS = {"one": Key(b"\x31" * 32), "two": Key(b"\x32" * 32)}


def trade(url: str, folder: str) -> None:
    """Bob pays for two answers: one is given and redeemed, the other fails and its payment goes back."""
    with _open(url, folder, NORA) as (chain, ledger):
        till = Till(chain, ledger, NORA.address)
        for number in range(2):
            payment = _payment(chain, number)
            with suppress(AlreadyUsed):  # an earlier life came further
                till.settle(payment)
        answered, failed = (_stored(chain, ledger, number) for number in range(2))
        if till.receipt_of(answered) is None:
            ledger.receipts.store(_receipt(chain, answered))
        till.redeem_owed()
        if failed.state != "returned":
            till.give_back(failed)


def check_traded(url: str, folder: str) -> None:
    """Prints what is wrong: bob is a fee poorer and no more, NORA a fee richer, both books say so."""
    with _open(url, folder, NORA) as (chain, ledger):
        answered, failed = (_stored(chain, ledger, number) for number in range(2))
        words = [chain.payments.word_of(BOB.address, NORA.address, p.lane).status for p in (answered, failed)]
        before, now = json.loads((Path(folder) / "before.json").read_text()), _money(chain)
    if (answered.state, failed.state) != ("redeemed", "returned") or words != ["redeemed", "closed"]:
        print(f"payments are {answered.state} and {failed.state}, on the chain {words}")
    if [now[0] - before[0], now[1] - before[1]] != [-FEE, FEE]:
        print(f"bob and the escrow had {before}, have {now}; the fee is {FEE}")


def prepare(url: str, folder: str) -> None:
    """What everybody has before; a session key that may sign."""
    with _open(url, folder, BOB) as (chain, _):
        chain.escrow.authorize_signer(KEYS["one"].address)
        (Path(folder) / "before.json").write_text(json.dumps(_money(chain)))


def turn(url: str, folder: str) -> None:
    """Bob's session keys change."""
    with _open(url, folder, BOB) as (chain, _):
        rotate(chain, BOB.address, _turns(folder), KEYS.__getitem__, "two")


def check_may_sign(url: str, folder: str) -> None:
    """At any time, also in between: whoever's turn it is may sign for bob."""
    chain = ChainSystem(Rpc(url), read_deployment(Path(folder) / "deployment.json"))
    if not chain.escrow.may_promise(BOB.address, KEYS[_turns(folder).present()].address):
        print("the key whose turn it is may not sign")


def check_turned(url: str, folder: str) -> None:
    """The new key may sign, the old one thaws, and nobody else came in."""
    with _open(url, folder, BOB) as (chain, _):
        may = {name: chain.escrow.may_promise(BOB.address, key.address) for name, key in KEYS.items()}
        turns = _turns(folder)
        if may != {"one": False, "two": True} or (turns.present(), turns.leaving()) != ("two", ()):
            print(f"may sign: {may}; the turn is {turns.present()}'s, {turns.leaving()} leave")


def keep(_: str, folder: str) -> None:
    """A backup of a home with books, notes and a key, and its restore in another place; what is whole is not redone."""
    home, copy = Path(folder) / "nora", Path(folder) / "copy"
    config, other = _config(home), _config(Path(folder) / "other")
    if not copy.exists():
        back_up(config, _keepers(config), copy, with_keys=True)
    if not Path(other.database).exists():
        restore(other, _keepers(other), copy)


def fill(_: str, folder: str) -> None:
    config = _config(Path(folder) / "nora")
    with SqlLedger(config.database) as ledger:
        for previous in range(0, 500, 100):
            ledger.receipts.store(make_receipt(previous, previous + 100), OPENING)
        ledger.vouchers.store(make_voucher(300, 900))
    for place in ("datasets/tide.json", "artifacts/ab12/adapter_model.safetensors", "voucher-key"):
        (config.home / place).parent.mkdir(parents=True, exist_ok=True)
        (config.home / place).write_text(place)
    config.keystore.mkdir(parents=True)
    (config.keystore / "node.json").write_text('{"crypto": "encrypted"}')


def check_kept(_: str, folder: str) -> None:
    """The copy is whole, the restored home has every row and every file, and nothing of a part is left."""
    first, other, copy = (Path(folder) / name for name in ("nora", "other", "copy"))
    try:
        read_manifest(copy)[0].check(copy)
    except NodeError as error:
        print(f"the backup is not whole: {error}")
    rows = [_rows(_config(home)) for home in (first, other)]
    if rows[0] != rows[1] or not rows[0]:
        print("the restored books are not those that were backed up")
    for place in ("datasets/tide.json", "artifacts/ab12/adapter_model.safetensors", "voucher-key"):
        if (other / place).read_bytes() != (first / place).read_bytes():
            print(f"{place} was not restored")


@contextmanager
def _open(url: str, folder: str, key: Key) -> Iterator[tuple[ChainSystem, SqliteLedger]]:
    own = ChainSystem(Rpc(url), read_deployment(Path(folder) / "deployment.json"))
    with SqliteLedger(Path(folder) / "ledger.sqlite3") as ledger:
        policy = SendPolicy(timeout_s=5, lock_folder=Path(folder))
        yield own.acting_as(key, ledger.outbox, policy), ledger


def _payment(chain: ChainSystem, number: int) -> Payment:
    nonce = hashlib.sha256(b"payment %d" % number).digest()
    token, inbox = chain.payments.token(), chain.payments.inbox_of(NORA.address)
    transfer = Transfer(
        payer=BOB.address, to=inbox, value=VALUE, valid_after=0, valid_before=2**40, nonce=nonce
    )
    return Payment(
        "eip155:31337", token.address, transfer, BOB.sign_digest(transfer_digest(token.separator, transfer))
    )


def _stored(chain: ChainSystem, ledger: SqliteLedger, number: int) -> StoredPayment:
    lane = payment_lane(_payment(chain, number).transfer.nonce)
    found = ledger.payments.find(BOB.address, NORA.address, lane)
    assert found is not None
    return found


def _receipt(chain: ChainSystem, stored: StoredPayment) -> StoredReceipt:
    asset = AssetId(hashlib.sha256(b"nora's").digest())
    terms = make_terms(operator=NORA.address, operator_asset=asset)
    at = Voucher(BOB.address, NORA.address, stored.lane, 0, 0, ZERO_HASH)
    domain = domain_of(Stage(chain, chain, chain))
    built = build_receipt(domain, terms, at, usage_of("0"), (Share(asset, Pot.OPERATOR, 1_000_000),))
    signed = SignedReceipt(built.receipt, built.lines, NORA.sign_digest(built.digest))
    return StoredReceipt(built.digest, built.head, built.receipt, exchange.encode(signed))


def _money(chain: ChainSystem) -> list[int]:
    """Bob's, and what the escrow and its inbox hold."""
    token, inbox = chain.token, chain.payments.inbox_of(NORA.address)
    held = token.balance_of(chain.escrow.address) + token.balance_of(inbox)
    return [token.balance_of(BOB.address), held]


def _turns(folder: str) -> Turns:
    return Turns(Path(folder) / "voucher-key", "one")


def _config(home: Path) -> Config:
    return load({"home": str(home)}, {}, ())


def _keepers(config: Config) -> Keepers:
    return Keepers(LedgerKeeper(config.database), LedgerKeeper(config.purchases_file))


def _rows(config: Config) -> list[object]:
    with SqlLedger(config.database) as ledger:
        return [*ledger.receipts.recent(100), *ledger.vouchers.lanes()]
