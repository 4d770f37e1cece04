"""Planted receipts on the chain: what their payers sign, what posters commit to, and what is shown."""

from dataclasses import dataclass
from typing import Protocol

from tallystick.commitments.statements import Statement
from tallystick.domain.ids import Address, Hash
from tallystick.ports.batches import OnChainBatch
from tallystick.ports.chain import Transaction


@dataclass(frozen=True, slots=True)
class Canary:
    """A receipt that is false by its payer's consent, which could be committed to until `expires_at`, seconds.

    `index` is its place in the batch, `receipt` its digest, `salt` 32 bytes that hide it until it is shown.
    """

    index: int
    receipt: Hash
    expires_at: int
    consent: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Consent:
    """The payer's word that `receipt`, a digest, may be false; it can be committed to until `expires_at`, seconds."""

    receipt: Hash
    expires_at: int
    signature: bytes


class Canaries(Protocol):
    """One commitment for a poster and the root of a batch's receipts."""

    @property
    def address(self) -> Address: ...
    def consent_statement(self, receipt: Hash, expires_at: int) -> Statement:
        """What the payer signs with its own key, not with a session's."""

    def commitment_of(self, poster: Address, receipts_root: Hash) -> tuple[Hash, int] | None:
        """What was committed to, and when; None where nothing was."""

    def is_pending(self, batch: OnChainBatch) -> bool:
        """Whether something was committed to for the batch and nothing was shown: a panel's verdict then waits a step."""

    def excused_in(self, receipt: Hash) -> int | None:
        """The batch in which it was shown."""

    def commit(self, receipts_root: Hash, commitment: Hash, *, intent: str | None = None) -> Transaction: ...
    def show(
        self, batch: OnChainBatch, opening: tuple[object, ...], canary: Canary, *, intent: str | None = None
    ) -> Transaction:
        """Reverts but while an appeal of two who named it is possible, or while a panel shows its answers."""
