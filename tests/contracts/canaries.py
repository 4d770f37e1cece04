"""A planted receipt as tests show it; any part can be another than what was committed to."""

from dataclasses import dataclass
from typing import Any

import brownie

from contracts.audits import Game
from contracts.settlement import Draft
from tallystick.commitments.typed_data import canary_consent_statement, domain_separator
from tallystick.domain.digests import receipt_digest
from tallystick.pipeline.auditing.court import canary_commitment

SALT = b"\x5a" * 32
LASTING = 2**40


@dataclass(slots=True)
class Planted:
    """Receipt `index` of Nora's draft, which `payer` says may be false."""

    system: Any
    draft: Draft
    payer: Any
    index: int = 0
    expires_at: int = LASTING
    salt: bytes = SALT

    @property
    def digest(self) -> bytes:
        return receipt_digest(self.draft.domain, self.draft.receipts[self.index].receipt)

    @property
    def consent(self) -> bytes:
        domain = domain_separator(brownie.chain.id, self.system.canaries.address)
        said: bytes = self.payer.sign(canary_consent_statement(domain, self.digest, self.expires_at).digest)
        return said

    @property
    def commitment(self) -> bytes:
        return canary_commitment(self.index, self.digest, self.expires_at, self.consent, self.salt)

    def commit(self, poster: Any) -> Any:
        root = self.draft.receipt_tree.root.hash
        return self.system.canaries.commit(root, self.commitment, poster.tx)

    def show(self, game: Game, by: Any, batch: Any = None) -> Any:
        opening = self.draft.opening(self.index)
        shown = (opening, self.expires_at, self.consent, self.salt)
        return self.system.canaries.show(batch or game.batch, *shown, by.tx)
