"""What an audit found false in a batch or in a reward proposal, and where."""

from dataclasses import dataclass, field
from enum import StrEnum

from tallystick.domain.ids import AssetId


class FindingKind(StrEnum):
    """Values are the referees' function names; the last five can be shown to people, not to a contract."""

    BRANCH_SUM = "branchSum"
    PADDING = "padding"
    MISPLACED_LEAF = "misplacedLeaf"
    LEAF_VALUE = "leafValue"
    RECEIPT_ORDER = "receiptOrder"
    LANE_JOIN = "laneJoin"
    OVERLAP = "overlap"
    RECEIPT_SIGNATURE = "receiptSignature"
    VOUCHER_SIGNATURE = "voucherSignature"
    VOUCHER_MISSING = "voucherMissing"
    BEYOND_REDEEMED = "beyondRedeemed"
    EQUIVOCATION = "equivocation"
    FALSE_PAYMENT = "falsePayment"
    CREDIT_ORDER = "creditOrder"
    CREDIT_MISMATCH = "creditMismatch"
    MISSING_CREDIT = "missingCredit"
    HEADER_TOTALS = "headerTotals"
    WRONG_FEE = "wrongFee"
    WRONG_SPLIT = "wrongSplit"
    FOREIGN_LINE = "foreignLine"
    WRONG_HEAD = "wrongHead"
    RETIRED_TERMS = "retiredTerms"
    RETIRED_ASSET = "retiredAsset"
    EPOCH_ORDER = "epochOrder"
    CUMULATIVE_ORDER = "cumulativeOrder"
    WRONG_PREVIOUS = "wrongPrevious"
    EPOCH_RANGE = "epochRange"
    WRONG_TRANCHE = "wrongTranche"
    MISSING_EARNING = "missingEarning"
    DATA_WITHHELD = "dataWithheld"
    ROOT_MISMATCH = "rootMismatch"
    LINES_MISMATCH = "linesMismatch"
    UNKNOWN_ORIGIN = "unknownOrigin"
    SOURCES_UNKNOWN = "sourcesUnknown"


_UNPROVABLE = (
    FindingKind.DATA_WITHHELD,
    FindingKind.ROOT_MISMATCH,
    FindingKind.LINES_MISMATCH,
    FindingKind.UNKNOWN_ORIGIN,
    FindingKind.SOURCES_UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Location:
    """Positions in the batch, where they apply. `earlier` is a receipt's position in an earlier batch."""

    receipt: int | None = None
    line: int | None = None
    credit: int | None = None
    asset_id: AssetId | None = None
    earlier: int | None = None
    is_credit_tree: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    kind: FindingKind
    message: str
    location: Location = field(default_factory=Location)

    @property
    def is_provable(self) -> bool:
        """Whether one transaction convicts the batch of it."""
        return self.kind not in _UNPROVABLE
