"""The application: one method a verb. Interfaces call it and render what it returns."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tallystick.app.answer import AnswerDesk
from tallystick.app.datasets import consent, demands, register
from tallystick.app.datasets.care import CareOptions, CheckedData, check_data
from tallystick.app.exchange import decode
from tallystick.app.models import standing as standings
from tallystick.app.models import workshop as modelling
from tallystick.app.node_results import (
    AllottedMoney,
    AskedAnswer,
    DepositedMoney,
    KeyOf,
    ReceiptDetail,
    ReceiptLine,
    RegisteredSet,
    RewardOf,
)
from tallystick.app.pay import PayDesk, Wallet
from tallystick.app.settlement.export import ExportedRewards, export
from tallystick.app.settlement.settle import ClaimedReward, ClosedBatch, claim
from tallystick.app.settlement.steps import SettledStep, settle_due
from tallystick.app.trace import Trace, trace
from tallystick.app.verbs.audits import AuditVerbs
from tallystick.app.verbs.stakes import StakeVerbs
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.pipeline.datasets.read import read
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json

MAX_TOKENS = 256
PROXY_CAP = 100_000_000


class Node(AuditVerbs, StakeVerbs):
    """Everything a person can do with this node. Amounts are base units of OPEN."""

    # data sets

    def check_dataset(self, *, path: Path, mapping: Mapping[str, str], care: CareOptions) -> CheckedData:
        return check_data(path, mapping, care)

    def prepare_dataset(self, *, path: Path, name: str, licence: str) -> register.CheckedContribution:
        register.licence_id(licence)
        register.one_contribution(read(path), path)
        return register.check_file(path, {})[0]

    def register_dataset(
        self, *, path: Path, name: str, licence: str, key: str, previous: str | None
    ) -> RegisteredSet:
        return self._datasets(key).register(path, name=name, licence=licence, previous=previous)

    def register_datasets(self, *, folder: Path, licence: str, key: str) -> tuple[RegisteredSet, ...]:
        return self._datasets(key).register_folder(folder, licence=licence)

    def grant_dataset(self, *, name: str, operator: Address, purposes: Purpose, key: str) -> consent.Granted:
        return self._datasets(key).grant(name, operator, purposes)

    def revoke_dataset(self, *, name: str, operator: Address, purposes: Purpose, key: str) -> consent.Granted:
        return self._datasets(key).revoke(name, operator, purposes)

    def register_licence(self, *, text: Path, purposes: Purpose, key: str) -> consent.RegisteredLicence:
        return self._datasets(key).register_licence(text, purposes)

    def withdraw_dataset(self, *, name: str, key: str) -> consent.Withdrawn:
        return self._datasets(key).withdraw(name)

    def demand_record(self, *, name: str, record: int, key: str) -> demands.Demanded:
        return self._datasets(key).demand(name, record)

    def answer_demands(self, *, key: str) -> tuple[demands.OpenedLeaf, ...]:
        return self._datasets(key).answer_demands()

    def close_demand(self, *, name: str, record: int, key: str) -> demands.ClosedDemand:
        return self._datasets(key).close_demand(name, record)

    # models

    def prepare_base(self) -> modelling.BaseModel:
        return modelling.prepare(self._config.model)

    def train_model(self, *, datasets: tuple[str, ...], recipe: str, name: str) -> modelling.TrainedModel:
        return self._workshop.train(datasets, recipe, name, partial(self._outside.report, "training"))

    def evaluate_model(self, *, name: str) -> modelling.TrainedModel:
        return self._workshop.evaluation(name)

    def register_model(self, *, name: str, parents: tuple[str, ...]) -> modelling.RegisteredAdapter:
        return self._workshop.register(name, self._acting, self._signer, parents)

    def model_standing(self, *, name: str) -> standings.Standing:
        return standings.standing(self._outside.chain(), self._outside.content(), self._book.model_id(name))

    def flag_model(self, *, name: str) -> tuple[standings.Flagged, ...]:
        return standings.flag(self._acting, self._outside.content(), self._book.model_id(name))

    def model_offers(self, *, name: str) -> tuple[standings.OnOffer, ...]:
        return standings.offers(self._outside.chain(), self._book.model_id(name))

    # selling

    def serve(self) -> AnswerDesk:
        """The desk that answers and bills; an interface puts it behind HTTP."""
        offer, kitchen = self._workshop.open(
            self._book.serving(), MAX_TOKENS, partial(self._outside.report, "indexing training records")
        )
        return AnswerDesk(
            offer=offer,
            kitchen=kitchen,
            credit=self._outside.chain().escrow,
            ledger=self._outside.ledger(),
            signer=self._signer,
        )

    def close_batch(self) -> ClosedBatch:
        """A batch settles only what is redeemed, so that comes first."""
        settlement = self._settlement
        settlement.redeem()
        return settlement.close_batch()

    def settle(self) -> tuple[SettledStep, ...]:
        return settle_due(self._settlement, self._book.dataset_ids())

    # buying

    def pay_deposit(self, *, amount: int) -> DepositedMoney:
        chain = self._acting
        chain.token.approve(chain.escrow.address, amount)
        done = chain.escrow.deposit(amount)
        return DepositedMoney(amount, chain.escrow.balance_of(self._signer.address), done.tx_hash)

    def pay_allot(self, *, operator: Address, amount: int) -> AllottedMoney:
        chain = self._acting
        done = chain.escrow.allot(operator, amount)
        return AllottedMoney(operator, chain.escrow.redeemable(self._signer.address, operator), done.tx_hash)

    def pay_proxy(self, *, operator_url: str) -> PayDesk:
        """The desk that pays for OpenAI requests; an interface puts it behind HTTP on loopback."""
        chain, signer = self._outside.chain(), self._signer
        wallet = Wallet(signer.address, signer, PROXY_CAP, chain.chain_id, chain.escrow.address)
        api = self._outside.operator(operator_url)
        return PayDesk(api=api, ledger=self._outside.ledger(), wallet=wallet)

    def ask(self, *, question: str) -> AskedAnswer:
        desk = self.pay_proxy(operator_url=self._config.operator_url)
        answer: Any = desk.chat(
            {"model": desk.offer.model, "messages": [{"role": "user", "content": question}]}
        )
        paid = signed_receipt_from_json(answer["tallystick"]["receipt"]).receipt
        return AskedAnswer.of(answer, receipt_digest(self._domain, paid))

    # records and proofs

    def receipts(self, *, limit: int) -> tuple[ReceiptLine, ...]:
        return tuple(ReceiptLine.of(stored) for stored in self._outside.records().receipts.recent(limit))

    def receipt(self, *, receipt_hash: bytes) -> ReceiptDetail:
        stored = self._outside.records().receipts.get(Hash(receipt_hash))
        return ReceiptDetail.of(stored, decode(stored.encoded), self._opening(Hash(receipt_hash)))

    def trace(self, *, receipt_hash: bytes) -> Trace:
        digest = Hash(receipt_hash)
        return trace(self._outside.chain(), self._outside.content(), digest, self._opening(digest))

    def rewards(self) -> tuple[RewardOf, ...]:
        """Every asset in the active reward root whose payout address is this node's key."""
        chain, book = self._outside.chain(), self._settlement.claim_book()
        mine = self._signer.address
        found = [book.claim(asset) for asset in book.assets()]
        return tuple(
            RewardOf(c.leaf.asset_id, c.leaf.cumulative, chain.rewards.claimed_of(c.leaf.asset_id))
            for c in found
            if mine in (chain.datasets.payout_of(c.leaf.asset_id), chain.models.payout_of(c.leaf.asset_id))
        )

    def claim(self, *, assets: tuple[bytes, ...]) -> tuple[ClaimedReward, ...]:
        chosen = [AssetId(a) for a in assets] or [r.asset_id for r in self.rewards()]
        return claim(self._acting, self._settlement.claim_book(), chosen)

    def export_rewards(self, *, file: Path) -> ExportedRewards:
        return export(self._outside.chain(), self._settlement.claim_book(), file)

    # keys

    def new_key(self, *, name: str, password_file: Path | None) -> KeyOf:
        return KeyOf(name, self._outside.new_key(name, self._outside.read_password(password_file)))

    def keys(self) -> tuple[KeyOf, ...]:
        return tuple(KeyOf(name, address) for name, address in self._outside.key_names())
