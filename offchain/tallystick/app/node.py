"""The application: one method a verb. Interfaces call it and render what it returns."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from tallystick.app.agents.desk import AgentDesk, Verbs
from tallystick.app.agents.naming import KnownAgents
from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.answering.kitchen import Dish
from tallystick.app.answering.menu import Menu
from tallystick.app.answering.planter import Planter
from tallystick.app.exchange import decode
from tallystick.app.governing.verbs import GoverningVerbs
from tallystick.app.keeping.verbs import KeepingVerbs
from tallystick.app.models.promotion import RolledBack
from tallystick.app.models.serving.bases import Bases
from tallystick.app.models.serving.names import fill, fill_patiently, names_so_far, refill, served_names
from tallystick.app.models.serving.states import Answering
from tallystick.app.node_results import (
    KeyOf,
    ReceiptDetail,
    ReceiptLine,
    RegisteredSet,
    RewardOf,
)
from tallystick.app.overview.waiting import WaitingVerbs
from tallystick.app.paying.market import Market
from tallystick.app.paying.verbs import BuyingVerbs
from tallystick.app.payments.desk import PaymentDesk
from tallystick.app.results import Offer
from tallystick.app.settlement.claims import ClaimedReward, claim
from tallystick.app.settlement.export import ExportedRewards, export, payout_of
from tallystick.app.settlement.settle import ClosedBatch
from tallystick.app.settlement.steps import SettledStep, settle_due
from tallystick.app.trace import Trace, trace
from tallystick.app.verbs.agents import AgentVerbs
from tallystick.app.verbs.datasets import DatasetVerbs
from tallystick.app.verbs.explaining import ExplainingVerbs
from tallystick.app.verbs.jobs import JobVerbs
from tallystick.app.verbs.looking import LookingVerbs
from tallystick.app.verbs.models import ModelVerbs
from tallystick.app.verbs.quality import QualityVerbs
from tallystick.app.verbs.stakes import StakeVerbs
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import Conflict, InvalidInput, NodeError
from tallystick.ports import Chain

_LOG = logging.getLogger(__name__)
MAX_TOKENS = 256
_SOLD_ELSEWHERE = (
    "A process that serves from this home goes on selling {} until it is started anew, or is told to answer with what"
    " serves now, on its studio's page Models."
)
_STILL_SOLD = (
    "This process goes on selling {}: {} Let it answer with what serves now, on the studio's page Models, or start it"
    " anew."
)


class Node(
    DatasetVerbs,
    JobVerbs,
    ModelVerbs,
    QualityVerbs,
    WaitingVerbs,
    LookingVerbs,
    ExplainingVerbs,
    StakeVerbs,
    AgentVerbs,
    GoverningVerbs,
    KeepingVerbs,
    BuyingVerbs,
):
    """Everything a person can do with this node. Amounts are base units of OPEN."""

    _bases: Bases | None = None
    _payments: PaymentDesk | None = None
    _menu: Menu | None = None

    def close(self) -> None:
        if self._payments is not None:
            self._payments.close()
        if self._bases is not None:
            self._bases.close()
        super().close()

    # selling

    def serve(self, *, waits: bool = True) -> AnswerDesk:
        """The desk that answers with every model that serves, and bills; an interface puts it behind HTTP.

        It is open at once where it does not wait: then models come as they are loaded, in the background, and a
        first one that cannot be loaded, or none that is registered, is told by the desk's `models`, not raised.
        """
        self._bases = Bases(self._config.serving, self._outside.engine_server())
        find = served_names if waits else names_so_far
        names = find(self._book, self._outside.chain(), self._signer.address)
        menu = self._menu = Menu(self._signer.address, self._domain, names)
        self._desk = AnswerDesk(
            dishes=menu,
            credit=self._outside.chain().escrow,
            ledger=self._outside.ledger(),
            signer=self._signer,
            check_agent=KnownAgents(self._outside.chain().agents),
            metrics=self._outside.metrics(),
            planter=self._planter,
        )
        self.observe()
        if waits:
            fill(menu, names, self._dish)
        else:
            threading.Thread(
                target=fill_patiently, args=(menu, names, self._dish), name="models", daemon=True
            ).start()
        return self._desk

    @property
    def _planter(self) -> Planter | None:
        """Also where nothing is planted any more: what was still waits for consents."""
        book = self._planted
        if book is None:
            return None
        rate = self._config.audits.canaries
        if rate and not self._config.daemon.audits:
            raise InvalidInput(
                "audits.canaries is on and daemon.audits is off: what is planted would not be shown in time.",
                "Set daemon.audits, 60 is enough, or audits.canaries to 0.",
            )
        if rate and not book.willing:
            _LOG.warning("nothing is planted yet: no payer has consented; theirs is audits.consent_days")
        return Planter(rate, book, self._outside.chain().canaries)

    def serve_anew(self) -> tuple[Answering, ...]:
        """What this process answers with becomes what its lines serve by now, under the prices of now."""
        if self._menu is None:
            raise Conflict(
                "This process does not serve.",
                "Start `tallystick node run --serve --studio`, or `tallystick studio --serve`.",
            )
        names = names_so_far(self._book, self._outside.chain(), self._signer.address)
        refill(self._menu, names, self._dish, self._is_current)
        return self.answering() or ()

    def rollback_model(self, *, line: str, why: str) -> RolledBack:
        """What this process sells follows; what another one sells does not, and the notice says so."""
        done = super().rollback_model(line=line, why=why)
        if self._menu is None:
            return replace(done, notice=_SOLD_ELSEWHERE.format(done.retired))
        try:
            self.serve_anew()
        except NodeError as error:  # the chain has it: what fails here must not look as if the rollback had
            return replace(done, notice=_STILL_SOLD.format(done.retired, error))
        return done

    def _is_current(self, offer: Offer) -> bool:
        return offer.terms_id.hex() == self._book.model(offer.model).get("terms_id")

    def payment_desk(self, desk: AnswerDesk) -> PaymentDesk:
        """Sells the desk's answers for x402 payments, too."""
        self._acting_for("payments")
        relay = partial(self._acting_for, "payments")
        self._payments = PaymentDesk(desk, self._acting, self._outside.ledger(), relay)
        return self._payments

    def _dish(self, name: str) -> Dish:
        progress = partial(self._outside.report, "indexing training records")
        offer, kitchen, check_consent = self._workshop.open(name, MAX_TOKENS, progress, self._bases)
        kitchen.recall(self._outside.ledger().usefulness.of(offer.terms.model_id))
        return Dish(
            offer,
            kitchen,
            check_consent,
            self._note_of(name),
            partial(self._caps.check_answer, name),
            lambda: self._risks.of(name).tier.value,
        )

    def close_batch(self) -> ClosedBatch:
        """A batch settles only what is redeemed, so that comes first."""
        settlement = self._settlement
        settlement.redeem()
        return settlement.close_batch()

    def settle(self) -> tuple[SettledStep, ...]:
        return settle_due(self._settlement, self._own_datasets)

    def agent_desk(self, *, market: Market) -> AgentDesk:
        """What tools of agents call: their answers and bonds stay below the market's cap together with all others."""
        return AgentDesk(market, self._agent_verbs(self._outside.chain), market.purse)

    def _agent_verbs(self, chain: Callable[[], Chain]) -> Verbs:
        def register(path: Path, name: str, licence: str) -> RegisteredSet:
            return self.register_dataset(
                path=path,
                name=name,
                licence=licence,
                key=self._config.key,
                previous=None,
                is_private=False,
                mapping={},
            )

        return Verbs(
            receipt_digest=lambda receipt: receipt_digest(self._domain, receipt),
            trace=lambda digest: self.trace(receipt_hash=digest),
            register=register,
            bond_of=lambda count: chain().datasets.bond_of(count),
            registry=lambda: chain().datasets.address,
            claim=lambda: self.claim(assets=()),
        )

    # records and proofs

    def receipts(self, *, limit: int) -> tuple[ReceiptLine, ...]:
        return tuple(ReceiptLine.of(stored) for stored in self._outside.records().receipts.recent(limit))

    def receipt(self, *, receipt_hash: bytes) -> ReceiptDetail:
        stored = self._outside.records().receipts.get(Hash(receipt_hash))
        return ReceiptDetail.of(stored, decode(stored.encoded), self._opening(Hash(receipt_hash)))

    def trace(self, *, receipt_hash: bytes, is_opened: bool = True) -> Trace:
        """What this node knows of question, answer and records is shown where `is_opened`: to who may read them."""
        digest = Hash(receipt_hash)
        opening = self._opening(digest) if is_opened else None
        return trace(self._outside.chain(), self._outside.content(), digest, opening)

    def rewards(self) -> tuple[RewardOf, ...]:
        """Every asset in the active reward root whose payout address is this node's key."""
        chain, book = self._outside.chain(), self._settlement.claim_book()
        mine = self._signer.address
        found = [book.claim(asset) for asset in book.assets()]
        return tuple(
            RewardOf(c.leaf.asset_id, c.leaf.cumulative, chain.rewards.claimed_of(c.leaf.asset_id))
            for c in found
            if mine == payout_of(chain, c.leaf.asset_id)
        )

    def claim(self, *, assets: tuple[bytes, ...]) -> tuple[ClaimedReward, ...]:
        chosen = [AssetId(a) for a in assets] or [r.asset_id for r in self.rewards()]
        return claim(self._acting_for("claims"), self._settlement.claim_book(), chosen)

    def export_rewards(self, *, file: Path) -> ExportedRewards:
        return export(self._outside.chain(), self._settlement.claim_book(), file)

    # keys

    def new_key(self, *, name: str, password_file: Path | None, is_reader: bool = False) -> KeyOf:
        return KeyOf(name, self._outside.new_key(name, password_file, is_reader=is_reader))

    def attach_key(self, *, name: str, at: Address, url: str, **files: Path | None) -> KeyOf:
        """A key that lies at a signer, under a name here."""
        self._outside.attach_key(name, at, url, **files)
        return KeyOf(name, at)

    def keys(self) -> tuple[KeyOf, ...]:
        return tuple(KeyOf(name, address) for name, address in self._outside.key_names())
