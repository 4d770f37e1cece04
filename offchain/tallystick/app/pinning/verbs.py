"""Verbs of whoever keeps content: what has to be kept, whether it is whole, mending, and letting go."""

from tallystick.app.pinning.care import Caretaker, KeptFile
from tallystick.app.pinning.needs import DAY, Own
from tallystick.app.settlement.drawing import batch_file, signed_of
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import NodeError, NotFound


class PinningVerbs(Parts):
    """What is kept follows from the chain and this node's own registrations, and is told anew at each call."""

    def kept_files(self) -> tuple[KeptFile, ...]:
        return self._caretaker.listed()

    def check_content(self) -> tuple[KeptFile, ...]:
        return self._caretaker.check()

    def repair_content(self) -> tuple[KeptFile, ...]:
        return self._caretaker.repair()

    def collect_content(self, *, is_trial: bool) -> tuple[KeptFile, ...]:
        return self._caretaker.collect(is_trial=is_trial)

    @property
    def _caretaker(self) -> Caretaker:
        outside, keep_s = self._outside, self._config.content.keep_days * DAY
        chain, content = outside.chain(), outside.kept_content()
        own = Own(chain, content, self._signer.address, self._own_datasets, self._own_models(), keep_s)
        return Caretaker(content, own.needs(), chain.now(), self._remade)

    def _own_models(self) -> tuple[AssetId, ...]:
        """Those that were trained here and registered."""
        found = []
        for name in self._book.model_names():
            try:
                found.append(self._book.model_id(name))
            except NotFound:
                continue
        return tuple(found)

    def _remade(self, digest: Hash) -> bytes | None:
        """The file of a batch or of a reward proposal of ours, out of the books."""
        chain, ledger, ours = self._outside.chain(), self._outside.records(), self._signer.address
        for one in chain.batches.submitted(0, chain.head()):
            if one.header.data_digest == digest and one.header.poster == ours:
                receipts = [signed_of(s) for s in ledger.receipts.of_batch(one.header_hash)]
                return batch_file(receipts) if receipts else None
        for proposed in chain.rewards.proposed(0, chain.head()):
            if proposed.proposal.data_digest == digest:
                try:
                    return ledger.periods.by_cumulative_root(proposed.proposal.cumulative_root).encoded
                except NodeError:
                    return None
        return None
