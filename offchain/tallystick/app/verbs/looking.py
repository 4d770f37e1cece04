"""Verbs of whoever looks: the node at a glance, and long lists a page at a time. They write nothing."""

from functools import cached_property

from tallystick.app.node_results import ReceiptLine
from tallystick.app.overview import glance
from tallystick.app.overview.catalogue import Catalogue, DatasetLine, ModelLine
from tallystick.app.overview.paging import SIZE, Page, page_of, within
from tallystick.app.verbs.running import RunningVerbs
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NodeError


class LookingVerbs(RunningVerbs):
    """Pages count from 1; one that is not there is the nearest that is."""

    def identity(self) -> Address:
        """Who this node is; unlocks its key."""
        return self._signer.address

    def glance(self) -> glance.Glance:
        asking, outside = glance.Asking(), self._outside
        me = dict(outside.key_names()).get(self._config.key)
        chain = asking.ask("The chain", lambda: glance.chain_now(outside.chain(), me))
        datasets = asking.ask("The chain", lambda: glance.records_of(self._catalogue.datasets()))
        models = asking.ask("The chain", lambda: glance.adapters(self._catalogue.models()))
        receipts = asking.ask("The ledger", lambda: outside.records().receipts.tally())
        batches = asking.ask("The ledger", lambda: outside.records().batches.list())
        monitored = asking.ask("The monitors", self.monitors)
        status = self.node_status()
        return glance.Glance(
            operator=me,
            serving=self._served(),
            chain=chain,
            datasets=datasets,
            models=models,
            receipts=receipts,
            batches=None if batches is None else glance.counted(batches),
            monitored=monitored,
            status=status,
            troubles=tuple(asking.troubles),
            needs=glance.needs_of(status, receipts, batches, monitored),
        )

    def dataset_page(
        self, *, number: int, owner: Address | None = None, state: str | None = None
    ) -> Page[DatasetLine]:
        lines = self._catalogue.datasets()
        return page_of(
            [d for d in lines if d.owner == (owner or d.owner) and d.state == (state or d.state)], number
        )

    def model_page(self, *, number: int, owner: Address | None = None) -> Page[ModelLine]:
        lines = self._catalogue.models()
        return page_of([m for m in lines if m.owner == (owner or m.owner)], number)

    def receipt_page(
        self, *, number: int, consumer: Address | None = None, batch: Hash | None = None
    ) -> Page[ReceiptLine]:
        book = self._outside.records().receipts
        rows, total = book.part(skip=(number - 1) * SIZE, limit=SIZE, consumer=consumer, batch=batch)
        at = within(number, total)
        if at != number:
            rows, total = book.part(skip=(at - 1) * SIZE, limit=SIZE, consumer=consumer, batch=batch)
        return Page(tuple(ReceiptLine.of(row) for row in rows), at, total)

    def dataset_names(self) -> dict[bytes, str]:
        """What this node calls the data sets that it knows."""
        return {bytes(self._book.dataset_id(name)): name for name in self._book.dataset_names()}

    def _served(self) -> str | None:
        try:
            return self._book.serving()
        except NodeError:
            return None

    @cached_property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self._outside.chain)
