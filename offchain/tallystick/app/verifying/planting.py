"""A planted receipt of this node's: its payer's consent, its poster's commitment, and the plea before it is too late."""

import json
import logging
import os
import secrets
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from tallystick.app.auditing.batches import domain_of, fetch_batch, find_submitted
from tallystick.app.settlement.drawing import fetch_file, leaves_of
from tallystick.app.verifying import consents
from tallystick.app.verifying.planted import PlantedBook, PlantedReceipt
from tallystick.domain.batch import BatchHeader
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, IntegrityViolation, InvalidInput, NodeError, NotAuthorised, NotFound
from tallystick.pipeline.auditing.audited import AuditedBatch
from tallystick.pipeline.auditing.court import Outcome, Phase, canary_commitment
from tallystick.pipeline.auditing.openings import open_receipt
from tallystick.ports import Chain, ContentStore, Signer
from tallystick.ports.auditing.canaries import Canary
from tallystick.ports.auditing.court import Audit

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """The payer's word, in a file for the poster, that a receipt may be false until `expires_at`, seconds."""

    receipt: Hash
    expires_at: int
    file: Path


@dataclass(frozen=True, slots=True)
class CommittedCanary:
    """`index` is None where nothing is planted, which nobody else can tell."""

    batch_id: int
    index: int | None
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class ShownCanary:
    batch_id: int
    index: int
    tx_hash: Hash


def consent(chain: Chain, signer: Signer, receipt: Hash, *, lasting_s: int, file: Path) -> GivenConsent:
    """Signed with the payer's own key; a session's would not count."""
    given = consents.give(chain, signer, receipt, lasting_s=lasting_s)
    file.write_text(json.dumps(consents.to_json(given)) + "\n", encoding="utf-8")
    return GivenConsent(receipt, given.expires_at, file)


@dataclass(frozen=True, slots=True)
class Planting:
    """`folder` is of one key and deployment. What was planted lies there, with its salt, before the chain is told.

    `book` has what the serving path planted; with `is_steady` every batch of this node's is committed to.
    """

    chain: Chain
    content: ContentStore
    folder: Path
    book: PlantedBook | None = None
    is_steady: bool = False

    def prepare(self, header: BatchHeader) -> None:
        """Before a batch is posted: commits to what is planted in it, or where `is_steady` to nothing.

        `NodeError` where it could not be excused. Posted, it would be convicted.
        """
        canaries, root, found = self.chain.canaries, header.receipts_root, self._planted_in(header)
        if found is None and not self.is_steady:
            return
        if canaries.commitment_of(header.poster, root) is None:
            made = Hash(secrets.token_bytes(32))
            if found is not None:
                found = self._kept(root, found)
                made = Hash(canary_commitment(*astuple(found)))
            canaries.commit(root, made, intent=self._intent("commit", root.hex()))
        if found is not None:
            self._check_made(header, found)

    def commit(self, batch_id: int, file: Path | None) -> CommittedCanary:
        """By hand, before the batch's window begins; of no receipt at all without a consent's file."""
        chain, on_chain = self.chain, self.chain.batches.batch(batch_id)
        header = on_chain.header
        if chain.sender is None or chain.sender.address != header.poster:
            raise NotAuthorised(f"{header.poster} posted batch {batch_id}.", "Use its key.")
        if chain.court.audit_of(batch_id).started_at:
            raise Conflict(
                f"The window of batch {batch_id} has begun.", "Commit right after a batch was posted."
            )
        if chain.canaries.commitment_of(header.poster, header.receipts_root) is not None:
            raise Conflict(
                f"Something was committed to for batch {batch_id}.", "There is one for each batch."
            )
        made, index = Hash(secrets.token_bytes(32)), None
        if file is not None:
            canary = self._kept(header.receipts_root, self._agreed(batch_id, file))
            made, index = Hash(canary_commitment(*astuple(canary))), canary.index
        intent = self._intent("commit", header.receipts_root.hex())
        done = chain.canaries.commit(header.receipts_root, made, intent=intent)
        return CommittedCanary(batch_id, index, done.tx_hash)

    def show(self, batch_id: int) -> ShownCanary:
        """While two who named it can be appealed, or a panel shows its answers."""
        canary = self.planted(batch_id)
        if canary is None:
            raise NotFound(f"Nothing was planted here in batch {batch_id}.", "See docs/node/verifying.md.")
        opening = open_receipt(self._batch(batch_id), canary.index)
        done = self.chain.canaries.show(self.chain.batches.batch(batch_id), opening, canary)
        self._spend(canary.receipt)
        return ShownCanary(batch_id, canary.index, done.tx_hash)

    def plead(self, batch_id: int, audit: Audit) -> str:
        """Shows what was planted as soon as it may be, and appeals where two passed it; "" where neither is due."""
        phase, chain = Phase(audit.phase), self.chain
        if phase not in (Phase.JUDGED, Phase.PANEL_REVEALING) or chain.now() >= chain.court.ends_at(audit):
            return ""
        canary = self.planted(batch_id)
        if canary is None or canary.index not in chain.court.sample_of(batch_id):
            return ""
        if chain.canaries.excused_in(canary.receipt) is not None:
            return ""
        if phase is Phase.JUDGED and audit.outcome == Outcome.CLEAN:
            self.allow_appeal(batch_id)
            chain.court.appeal(batch_id, intent=self._intent("appeal", str(batch_id)))
            return "appealed: two passed what is planted"
        try:
            self.show(batch_id)
        except NodeError as error:  # two may have named something else: no reason to let the audit be
            _LOG.error("audit of batch %d: what was planted could not be shown: %s", batch_id, error)
            return ""
        return "showed what is planted"

    def allow_appeal(self, batch_id: int) -> int:
        """The bond of an appeal, which the fund may take from now on."""
        chain = self.chain
        if chain.sender is None:
            raise NotAuthorised("No key to appeal with.", "Name a key with --key.")
        bond = chain.court.appeal_bond_of(batch_id)
        if chain.token.allowance(chain.sender.address, chain.audit_fund.address) < bond:
            chain.token.approve(chain.audit_fund.address, bond)
        return bond

    def planted(self, batch_id: int) -> Canary | None:
        return self._read(self.chain.batches.batch(batch_id).header.receipts_root)

    def _planted_in(self, header: BatchHeader) -> Canary | None:
        """What the serving path planted among the receipts of a batch's file."""
        if self.book is None or not self.book.planted:
            return None
        found = None
        for index, leaf in enumerate(leaves_of(fetch_file(self.content, header.data_digest))):
            planted = self.book.find(leaf.signed.receipt)
            if planted is None:
                continue
            if found is not None:
                raise Conflict("Two receipts are planted in one batch.", "One can be in each batch.")
            found = self._of(index, planted)
        return found

    def _of(self, index: int, planted: PlantedReceipt) -> Canary:
        digest, given = planted.receipt, planted.consent
        if given is None:
            raise NotAuthorised(
                f"Receipt 0x{digest.hex()} is planted, and its payer has not agreed.", "Leave it out."
            )
        if given.expires_at <= self.chain.now():
            self._spend(digest)
            raise NotAuthorised(
                f"The consent to plant receipt 0x{digest.hex()} is over.", "Settle again: it is left out."
            )
        return Canary(index, digest, given.expires_at, given.signature, secrets.token_bytes(32))

    def _check_made(self, header: BatchHeader, found: Canary) -> None:
        there = self.chain.canaries.commitment_of(header.poster, header.receipts_root)
        kept = self._read(header.receipts_root)
        if there is None or kept is None or there[0] != canary_commitment(*astuple(kept)):
            self._spend(found.receipt)
            raise Conflict(
                f"Something else was committed to for what holds receipt 0x{found.receipt.hex()}.",
                "Settle again: it is left out.",
            )
        if self.book is not None:
            self.book.commit(found.receipt)

    def _spend(self, digest: Hash) -> None:
        if self.book is not None:
            self.book.spend(digest)

    def _agreed(self, batch_id: int, file: Path) -> Canary:
        """The consent, checked as the contract will."""
        chain, batch = self.chain, self._batch(batch_id)
        try:
            given = consents.from_json(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, InvalidInput) as error:
            raise InvalidInput(
                f"{file} is no consent.", "`tallystick audit canary consent` writes one."
            ) from error
        domain, receipt = domain_of(chain), given.receipt
        places = (
            i for i, leaf in enumerate(batch.leaves) if receipt_digest(domain, leaf.signed.receipt) == receipt
        )
        index = next(places, None)
        if index is None:
            raise NotFound(
                f"Batch {batch_id} has no receipt 0x{receipt.hex()}.", "Name the batch that holds it."
            )
        payer = batch.leaves[index].signed.receipt.consumer
        if payer in (batch.header.operator, batch.header.poster):
            raise NotAuthorised(f"{payer} posted or sold what it paid for.", "Plant somebody else's receipt.")
        if consents.signer_of(chain.canaries, given) != payer or given.expires_at <= chain.now():
            raise NotAuthorised(
                f"{payer} paid and has not agreed, or no longer.", "Ask the payer for a new consent."
            )
        return Canary(index, receipt, given.expires_at, given.signature, secrets.token_bytes(32))

    def _read(self, root: Hash) -> Canary | None:
        file = self._file(root)
        if not file.exists():
            return None
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            row = (said["receipt"], said["consent"], said["salt"])
            receipt, agreed, salt = (bytes.fromhex(word) for word in row)
            return Canary(int(said["index"]), Hash(receipt), int(said["expires_at"]), agreed, salt)
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrityViolation(
                f"{file} cannot be read.", "Restore it: without it the batch is convicted."
            ) from error

    def _kept(self, root: Hash, canary: Canary) -> Canary:
        """As it was kept before: its commitment may be on its way."""
        known = self._read(root)
        if known is not None and known.receipt != canary.receipt:
            raise Conflict("Another receipt is planted in this batch.", "One can be in each batch.")
        if known is not None:
            return known
        self.folder.mkdir(parents=True, exist_ok=True)
        said = {
            "index": canary.index,
            "receipt": canary.receipt.hex(),
            "expires_at": canary.expires_at,
            "consent": canary.consent.hex(),
            "salt": canary.salt.hex(),
        }
        part = self._file(root).with_suffix(".part")
        with part.open("w", encoding="utf-8") as out:
            out.write(json.dumps(said) + "\n")
            out.flush()
            os.fsync(out.fileno())
        part.replace(self._file(root))
        return canary

    def _intent(self, deed: str, of: str) -> str:
        return f"canary-{deed}-{self.chain.canaries.address[2:10]}-{of}"

    def _file(self, root: Hash) -> Path:
        return self.folder / f"canary-{root.hex()}.json"

    def _batch(self, batch_id: int) -> AuditedBatch:
        return fetch_batch(self.chain, self.content, find_submitted(self.chain, batch_id))
