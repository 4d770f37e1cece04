"""The verb of whoever asks why an asset was paid, or was not."""

import re
from pathlib import Path

from tallystick.app.explaining.answers import Explainer, Explanation
from tallystick.app.explaining.clones import CloneFinder
from tallystick.app.explaining.periods import PeriodExplained, explain_stretch, stretch_of
from tallystick.app.verbs.audits import AuditVerbs
from tallystick.domain.ids import Hash


class ExplainingVerbs(AuditVerbs):
    """From chain, files, openings that were given and this node's own books."""

    def why(self, *, asset: str, what: str, openings: tuple[Path, ...]) -> Explanation | PeriodExplained:
        """`asset` by name or 0x id; `what` is a receipt's digest, or a batch, a reward period or days."""
        asset_id, held = self._book.dataset_id(asset), self._openings(openings)
        outside = self._outside
        chain, content = outside.chain(), outside.content()
        explainer = Explainer(chain, content, CloneFinder(chain, content, self._config.embedder))
        if re.fullmatch("0x[0-9a-fA-F]{64}", what):
            return explainer.explain(asset_id, held.case(Hash(bytes.fromhex(what[2:]))))
        return explain_stretch(explainer, held, asset_id, stretch_of(what))
