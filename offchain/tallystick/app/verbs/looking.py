"""Verbs of whoever looks: the node at a glance, and long lists a page at a time. They write nothing."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from tallystick.app import staking
from tallystick.app.datasets.files import read_unchecked
from tallystick.app.datasets.preview import Preview, preview
from tallystick.app.explaining.registered import Compared, compare
from tallystick.app.node_results import ReceiptLine
from tallystick.app.overview import glance
from tallystick.app.overview.books import (
    BatchLine,
    VoucherLine,
    batch_line,
    key_call,
    money_calls,
    stake_calls,
    voucher_line,
)
from tallystick.app.overview.catalogue import DatasetLine, Line, ModelLine, NamedDataset, listed
from tallystick.app.overview.earnings import Call, Earning, EarningDetail, Earnings, claim_call, claim_calls
from tallystick.app.overview.glance import ChainNow, adapters, chain_now, records_of
from tallystick.app.overview.holdings import DatasetDetail, dataset_detail
from tallystick.app.overview.models import MadeModel, ModelDetail, ModelShelf
from tallystick.app.overview.paging import SIZE, Page, page_of, within
from tallystick.app.overview.verbs import NetworkVerbs
from tallystick.app.paying import session_keys
from tallystick.app.settlement.export import payout_of
from tallystick.app.verbs.running import RunningVerbs
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NodeError, NotFound
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.ports import Chain


class LookingVerbs(RunningVerbs, NetworkVerbs):
    """Pages count from 1; one that is not there is the nearest that is."""

    def identity(self) -> Address:
        """Who this node is; unlocks its key."""
        return self._signer.address

    def own_address(self) -> Address | None:
        """Who this node is, None where it has no key; unlocks nothing."""
        return self._own_address

    def key_name(self) -> str:
        """The key that this node acts with, by its name in the keystore."""
        return self._config.key

    def dataset_id(self, *, name: str) -> AssetId:
        return self._book.dataset_id(name)

    def glance(self) -> glance.Glance:
        asking, outside = glance.Asking(), self._outside
        me = dict(outside.key_names()).get(self._config.key)
        chain = asking.ask("The chain", lambda: self._chain_glance(me))
        receipts = asking.ask("The ledger", lambda: outside.records().receipts.tally())
        batches = asking.ask("The ledger", lambda: outside.records().batches.list())
        monitored = asking.ask("The monitors", self.monitors)
        status = self.node_status()
        return glance.Glance(
            operator=me,
            serving=self._served(),
            chain=chain and chain[0],
            datasets=chain and chain[1],
            models=chain and chain[2],
            receipts=receipts,
            batches=None if batches is None else glance.counted(batches),
            monitored=monitored,
            status=status,
            troubles=tuple(asking.troubles),
            needs=glance.needs_of(status, receipts, batches, monitored),
        )

    def _chain_glance(self, me: Address | None) -> tuple[ChainNow, tuple[int, int], int]:
        def asked(chain: Chain) -> tuple[ChainNow, tuple[int, int], int]:
            kept = self._catalogue
            return (
                chain_now(chain, me),
                records_of(kept.datasets()),
                adapters(kept.models()),
            )

        return self._moment.ask(("glance", me), asked)

    def dataset_page(
        self, *, number: int, owner: Address | None = None, state: str | None = None
    ) -> Page[DatasetLine]:
        lines = self._catalogue.datasets()
        return page_of(
            [d for d in lines if d.owner == (owner or d.owner) and d.state == (state or d.state)], number
        )

    def list_datasets(self, *, owner: Address | None = None) -> tuple[NamedDataset, ...]:
        """All that the chain knows, the newest first."""
        return listed(self._catalogue.datasets(), self.dataset_titles(), owner)

    def model_page(self, *, number: int, owner: Address | None = None) -> Page[ModelLine]:
        lines = self._catalogue.models()
        return page_of([m for m in lines if m.owner == (owner or m.owner)], number)

    def made_models(self) -> tuple[MadeModel, ...]:
        """Adapters that were trained here; needs no chain."""
        return self._shelf.made()

    def model_detail(self, *, name: str) -> ModelDetail:
        """By name, or by id as 0x hex."""
        return self._shelf.detail(name)

    def receipt_page(
        self, *, number: int, consumer: Address | None = None, batch: Hash | None = None
    ) -> Page[ReceiptLine]:
        book = self._outside.records().receipts
        rows, total = book.part(skip=(number - 1) * SIZE, limit=SIZE, consumer=consumer, batch=batch)
        at = within(number, total)
        if at != number:
            rows, total = book.part(skip=(at - 1) * SIZE, limit=SIZE, consumer=consumer, batch=batch)
        return Page(tuple(ReceiptLine.of(row) for row in rows), at, total)

    def preview_dataset(self, *, path: Path, number: int) -> Preview:
        return preview(path, number)

    def compare_dataset(
        self, *, path: Path, mapping: Mapping[str, str], owner: Address | None = None
    ) -> Compared:
        """A file beside what is registered; `owner` is who would register it, this node where nobody is named."""
        found, outside = read_unchecked(path, mapping), self._outside
        lines, who = self._catalogue.datasets(), owner or self.own_address()
        return compare(outside.chain(), outside.content(), lines, found, who)

    def dataset_bond(self, *, records: int) -> int:
        return self._outside.chain().datasets.bond_of(records)

    def dataset_detail(self, *, asset_id: bytes) -> DatasetDetail:
        line = self._dataset_line(asset_id)
        return dataset_detail(self._outside.chain(), line, self.dataset_titles().get(asset_id, ""))

    def earning_page(self, *, number: int, account: Address | None) -> Page[Earning]:
        """What is claimed at an address, the largest first; with None everything."""
        book = self._earnings.book()
        if book is None:
            return Page((), 1, 0)
        lines, names, claimed = self._lines(), self._names(), self._earnings.claimed()
        chosen = sorted(self._paid_to(book, account), key=lambda asset: -book.earned_of(asset))
        return page_of(chosen, number).map(
            lambda asset: self._earnings.earning(
                book, asset, names.get(asset, ""), lines.get(asset), claimed.get(asset, 0)
            )
        )

    def earning(self, *, asset_id: bytes) -> EarningDetail:
        asset = AssetId(asset_id)
        return self._earnings.detail(asset, self._names().get(asset, ""), self._lines().get(asset))

    def claim_call(self, *, asset_id: bytes) -> Call:
        book = self._earnings.book()
        if book is None:
            raise NotFound("No reward period is active yet.", "It follows the first final batch.")
        return claim_call(self._outside.chain(), book, AssetId(asset_id))

    def claim_calls(self, *, account: Address) -> tuple[Call, ...]:
        """For all that is due at an address; empty where nothing is."""
        book = self._earnings.book()
        return claim_calls(self._outside.chain(), book, self._paid_to(book, account)) if book else ()

    def _paid_to(self, book: ClaimBook, account: Address | None) -> list[AssetId]:
        lines = self._lines()
        return [a for a in book.assets() if account is None or self._payout(a, lines) == account]

    def chain_id(self) -> int:
        return self._outside.chain().chain_id

    def _payout(self, asset: AssetId, lines: Mapping[bytes, Line]) -> Address:
        known = lines.get(asset)
        return known.payout if known else payout_of(self._outside.chain(), asset)

    def _lines(self) -> dict[bytes, Line]:
        kept = self._catalogue
        lines: tuple[Line, ...] = (*kept.datasets(), *kept.models(), *kept.operators())
        return {line.asset_id: line for line in lines}

    def _names(self) -> dict[bytes, str]:
        """Also of models that are registered."""
        models = ((name, self._book.model(name)) for name in self._book.model_names())
        named = {bytes.fromhex(str(facts["model_id"])): name for name, facts in models if "model_id" in facts}
        return self.dataset_titles() | named

    def _dataset_line(self, asset_id: bytes) -> DatasetLine:
        found = next((d for d in self._catalogue.datasets() if d.asset_id == asset_id), None)
        if found is None:
            raise NotFound(f"No data set 0x{asset_id.hex()} is registered.", "Check the id and the chain.")
        return found

    @cached_property
    def _earnings(self) -> Earnings:
        return Earnings(self._outside.chain, self._outside.content)

    def voucher_page(self, *, number: int, consumer: Address | None = None) -> Page[VoucherLine]:
        """The latest of each lane, by consumer."""
        book = self._outside.records().vouchers
        rows, total = book.part(skip=(number - 1) * SIZE, limit=SIZE, consumer=consumer)
        at = within(number, total)
        if at != number:
            rows, total = book.part(skip=(at - 1) * SIZE, limit=SIZE, consumer=consumer)
        try:
            chain = self._outside.chain()
        except NodeError:
            chain = None
        return Page(tuple(voucher_line(row.voucher, chain) for row in rows), at, total)

    def batch_page(self, *, number: int) -> Page[BatchLine]:
        """This node's, the newest first."""
        stored = self._outside.records().batches.list()[::-1]
        try:
            chain = self._outside.chain()
        except NodeError:
            chain = None
        return page_of(stored, number).map(lambda batch: batch_line(batch, chain))

    def money_calls(self, *, account: Address, amount: int) -> tuple[Call, ...]:
        """What a wallet sends to deposit and to allot to this node."""
        return money_calls(self._outside.chain(), account, self.identity(), amount)

    def stake_pool(self, *, operator: Address, holder: Address) -> staking.StakePool:
        """A pool as anybody who holds of it sees it."""
        return staking.show(self._outside.chain(), operator, holder)

    def stake_calls(
        self, *, act: str, holder: Address, operator: Address, amount: int | None
    ) -> tuple[Call, ...]:
        """What a wallet sends to delegate, to thaw, to withdraw or to bring in rewards."""
        return stake_calls(self._outside.chain(), act, holder, operator, amount)

    def session_key(self, *, consumer: Address, signer: Address) -> session_keys.SessionKey:
        """Anybody's, as the escrow has it."""
        return session_keys.show(self._outside.chain(), consumer, signer)

    def session_key_call(
        self,
        *,
        act: str,
        consumer: Address,
        signer: Address,
        operator: Address | None,
        cap: int,
        hours: int,
    ) -> Call:
        """What a consumer's wallet sends to let a key spend or to revoke it."""
        return key_call(self._outside.chain(), act, consumer, signer, operator, cap, hours)

    def asset_names(self) -> dict[bytes, str]:
        """What this node calls the data sets and models that it knows."""
        return self._names()

    def dataset_names(self) -> dict[bytes, str]:
        """What this node calls the data sets that it knows."""
        return {bytes(self._book.dataset_id(name)): name for name in self._book.dataset_names()}

    def dataset_titles(self) -> dict[bytes, str]:
        """These names, and the titles of data sets that wallets registered here."""
        return self._book.titles() | self.dataset_names()

    @property
    def _shelf(self) -> ModelShelf:
        outside = self._outside
        return ModelShelf(
            book=self._book,
            chain=outside.chain,
            content=outside.content,
            lines=lambda: self._catalogue.models(),
            tier=lambda name: self._risks.tier(name),
            monitored=self.monitors,
        )

    def _served(self) -> str | None:
        try:
            return self._book.serving()
        except NodeError:
            return None
