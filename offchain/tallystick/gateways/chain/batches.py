"""Settlement batches on the chain: submit, finalise, read. Proofs of fraud go through the referees."""

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any, Final

from tallystick.domain.batch import BatchHeader
from tallystick.domain.ids import Address, Hash
from tallystick.errors import NotFound
from tallystick.gateways.chain.binding import Binding
from tallystick.ports import FinalBatch, OnChainBatch, SubmittedBatch, Transaction

STATUSES: Final = ("none", "open", "final", "convicted", "voided", "released")


class AttributionRegistry(Binding):
    """Satisfies `ports.AttributionRegistry`."""

    def submit_batch(self, header: BatchHeader, *, intent: str | None = None) -> tuple[int, Transaction]:
        """Locks the bond and moves the total to pending; the batch's id."""
        done = self._send("submitBatch", header_tuple(header), intent=intent)
        return int(done.event("BatchSubmitted").values["batchId"]), done

    def finalise_batch(self, batch_id: int, header: BatchHeader) -> Transaction:
        return self._send("finaliseBatch", batch_id, header_tuple(header))

    def release_voided(self, batch_id: int, header: BatchHeader) -> Transaction:
        return self._send("releaseVoided", batch_id, header_tuple(header))

    def batch(self, batch_id: int) -> OnChainBatch:
        found = self._call("recordOf", batch_id)
        if found["status"] == 0:
            raise NotFound(f"There is no batch {batch_id}.", "Check the id and the chain.")
        return OnChainBatch(
            batch_id=batch_id,
            header_hash=Hash(found["headerHash"]),
            operator=Address(found["operator"]),
            submitted_at=found["submittedAt"],
            status=STATUSES[found["status"]],
            total=found["total"],
            finality_index=found["finalityIndex"],
        )

    def last_header_of(self, operator: Address) -> Hash:
        """What the operator's next header must name as previous; zero for the first."""
        return Hash(self._call("lastHeaderOf", operator))

    def next_of(self, operator: Address) -> int:
        """The operator's next batch to become final; 0 when none is open."""
        return int(self._call("nextOf", operator))

    def batch_count(self) -> int:
        return int(self._call("batchCount"))

    def finality_count(self) -> int:
        return int(self._call("finalityCount"))

    def final_at(self, finality_index: int) -> FinalBatch:
        found = self._call("finalAt", finality_index)
        return FinalBatch(finality_index, found["batchId"], found["finalisedAt"])

    def challenge_window(self) -> int:
        return int(self._call("challengeWindow"))

    def submitted(
        self, first: int, last: int, *, operator: Address | None = None
    ) -> tuple[SubmittedBatch, ...]:
        """Every batch submitted in these blocks with its whole header, in order."""
        filters = {"operator": operator} if operator else {}
        events = self._events("BatchSubmitted", first, last, **filters)
        return tuple(
            SubmittedBatch(
                batch_id=event.values["batchId"],
                header_hash=Hash(event.values["headerHash"]),
                header=header_from(event.values["header"]),
                block=event.block,
                tx_hash=event.tx_hash,
            )
            for event in events
        )


def header_tuple(header: BatchHeader) -> tuple[object, ...]:
    return astuple(header)  # its field order is the specification's, and so the ABI's


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
