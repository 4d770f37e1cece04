"""Settlement batches on the chain: submit, finalise, read. Proofs of fraud go through the referees."""

from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import Any, Final

from tallystick.domain.batch import STATUSES, BatchHeader, Stamp
from tallystick.domain.digests import header_hash, stamped_hash
from tallystick.domain.ids import Address, Hash
from tallystick.errors import IntegrityViolation, NotFound
from tallystick.gateways.chain.binding import Binding
from tallystick.gateways.chain.contracts import Contract
from tallystick.gateways.chain.sending.sender import Sender
from tallystick.gateways.chain.stake import Parameters
from tallystick.ports import ChainEvent, FinalBatch, OnChainBatch, SubmittedBatch, Transaction

_ENDED: Final = (("BatchConvicted", "convicted"), ("BatchVoided", "voided"), ("BatchReleased", "released"))
_NEVER: Final = 2**64 - 1  # the court's word for a window that has not begun
_STORY: Final = ("BatchSubmitted", "BatchReplaced", "BatchFinalised", *(name for name, _ in _ENDED))


class AttributionRegistry(Binding):
    """Satisfies `ports.AttributionRegistry`. Events are read from block `since`; `court` says when windows begin."""

    def __init__(
        self,
        contract: Contract,
        sender: Sender | None,
        parameters: Parameters,
        *,
        court: Contract | None = None,
        since: int = 0,
    ) -> None:
        super().__init__(contract, sender)
        self._parameters, self._court, self._since = parameters, court, since

    def submit_batch(self, header: BatchHeader, *, intent: str | None = None) -> tuple[int, Transaction]:
        """Locks the bond and moves the total to pending; the batch's id."""
        done = self._send("submitBatch", astuple(header), intent=intent)
        return int(done.event("BatchSubmitted").values["batchId"]), done

    def replace_batch(
        self, header: BatchHeader, convicted: OnChainBatch, *, intent: str | None = None
    ) -> tuple[int, Transaction]:
        """Posts intervals of a convicted batch anew; the replacement's id."""
        done = self._send("replaceBatch", astuple(header), convicted.named, intent=intent)
        return int(done.event("BatchSubmitted").values["batchId"]), done

    def finalise_batch(self, batch_id: int) -> Transaction:
        return self._send("finaliseBatch", self.batch(batch_id).named)

    def void_batch(self, batch_id: int) -> Transaction:
        """Returns the total of a batch after a convicted one."""
        return self._send("voidBatch", self.batch(batch_id).named)

    def release_voided(self, batch_id: int) -> Transaction:
        return self._send("releaseVoided", self.batch(batch_id).named)

    def convictions(self, first: int, last: int) -> tuple[ChainEvent, ...]:
        return self._events("BatchConvicted", first, last)

    def batch(self, batch_id: int) -> OnChainBatch:
        """A batch out of its events; they must hash to what the chain keeps."""
        kept = Hash(self._call("commitmentOf", batch_id))
        if not any(kept):
            raise NotFound(f"There is no batch {batch_id}.", "Check the id and the chain.")
        header, stamp = self._story(batch_id)
        if stamped_hash(header_hash(header), stamp) != kept:
            raise IntegrityViolation(
                f"The events of batch {batch_id} are not what the chain keeps of it.", "Ask another node."
            )
        is_open = STATUSES[stamp.status] == "open"
        following = self._call("chainOf", header.operator)["next"] if is_open else 0
        return OnChainBatch(batch_id, header, stamp, is_open and stamp.sequence >= following)

    def _story(self, batch_id: int) -> tuple[BatchHeader, Stamp]:
        """Header and stamp as the batch's events tell them."""
        head = self._contract.rpc.block_number()
        events = self._contract.events_about(batch_id, _STORY, self._since, head)
        told = {event.name: event.values for event in reversed(events)}
        began, replaced, final = (told.get(name) for name in _STORY[:3])
        if began is None:
            raise NotFound(
                f"No event tells the header of batch {batch_id}.", "Ask a node that keeps all events."
            )
        stamp = Stamp(began["submittedAt"], began["submittedAt"], began["sequence"])
        if replaced is not None:
            stamp = replace(stamp, replaces=replaced["convictedId"], judged_at=replaced["judgedAt"])
        if final is not None:
            index, at = final["finalityIndex"], final["finalisedAt"]
            stamp = replace(stamp, status=STATUSES.index("final"), finality_index=index, finalised_at=at)
        ended = [status for name, status in _ENDED if name in told]
        # A voided batch may still be convicted; released is the end of one that was not.
        for status in ended[:1] if "convicted" in ended else ended[-1:]:
            stamp = replace(stamp, status=STATUSES.index(status))
        return header_from(began["header"]), stamp

    def replacements_by(self, poster: Address) -> tuple[OnChainBatch, ...]:
        """What somebody posted in the stead of other operators."""
        events = self._events("BatchReplaced", self._since, self._contract.rpc.block_number())
        found = (self.batch(event.values["batchId"]) for event in events)
        return tuple(b for b in found if b.header.poster == poster != b.header.operator)

    def is_next(self, batch: OnChainBatch) -> bool:
        """Whether no batch of its operator has to become final before it."""
        return bool(self._call("chainOf", batch.header.operator)["finalised"] == batch.stamp.sequence)

    def last_header_of(self, operator: Address) -> Hash:
        """What the operator's next header must name as previous; zero for the first."""
        return Hash(self._call("lastHeaderOf", operator))

    def ends_at(self, batch: OnChainBatch) -> int:
        """When the batch's window ends, as far as is known now: later than now while it is under audit."""
        parameters, now = self._parameters, self._contract.rpc.timestamp()
        window = parameters.at_version(batch.header.parameter_version).challenge_window
        held = int(self._call("heldUntil", batch.batch_id))
        began_at, is_clear = self._progress(batch)
        end = max(parameters.end_of(now if began_at is None else began_at, window), held)
        return end if is_clear else max(end, now + 1)

    def _progress(self, batch: OnChainBatch) -> tuple[int | None, bool]:
        """When its window began, None while its data wait to be attested; and whether an audit keeps it from its end."""
        if self._court is None or batch.status != "open":
            return batch.submitted_at, True
        found = self._court.call("progressOf", batch.batch_id, batch.submitted_at)
        began_at = int(found["startedAt"])
        return None if began_at == _NEVER else began_at, bool(found["isClear"])

    def bond_of(self, total: int, version: int | None = None) -> int:
        """What a batch of this total locks, now or under a version of the parameters."""
        return int(self._call("bondOf", total, version or self._parameters.current().version))

    def batch_count(self) -> int:
        return int(self._call("batchCount"))

    def finality_count(self) -> int:
        return int(self._call("finalityCount"))

    def final_at(self, finality_index: int) -> FinalBatch:
        head = self._contract.rpc.block_number()
        found = self._events("BatchFinalised", self._since, head, finalityIndex=finality_index)
        if not found:
            raise NotFound(
                f"No batch is the {finality_index}th final one.", "Ask a node that keeps all events."
            )
        values = found[0].values
        return FinalBatch(finality_index, values["batchId"], values["finalisedAt"])

    def submitted(
        self, first: int, last: int, *, operator: Address | None = None
    ) -> tuple[SubmittedBatch, ...]:
        """Every batch submitted in these blocks with its whole header, in order."""
        filters = {"operator": operator} if operator else {}
        events = self._events("BatchSubmitted", first, last, **filters)
        return tuple(
            SubmittedBatch(
                batch_id=event.values["batchId"],
                header_hash=header_hash(header),
                header=header,
                block=event.block,
                tx_hash=event.tx_hash,
            )
            for event, header in ((e, header_from(e.values["header"])) for e in events)
        )


def header_from(found: Mapping[str, Any]) -> BatchHeader:
    """A header as the chain tells it."""
    return BatchHeader(
        operator=Address(found["operator"]),
        poster=Address(found["poster"]),
        receipts_root=Hash(found["receiptsRoot"]),
        credits_root=Hash(found["creditsRoot"]),
        total=found["total"],
        burned=found["burned"],
        audit=found["audit"],
        insurance=found["insurance"],
        receipt_count=found["receiptCount"],
        credit_count=found["creditCount"],
        data_digest=Hash(found["dataDigest"]),
        previous_header=Hash(found["previousHeader"]),
        parameter_version=found["parameterVersion"],
    )
