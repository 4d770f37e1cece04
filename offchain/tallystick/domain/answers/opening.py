"""A whole answer as its consumer or its operator opens it: the receipt, what it commits to, and how it was shown."""

from dataclasses import dataclass

from tallystick.domain.answers.opened import OutputRecord
from tallystick.domain.attribution import Evidence, Gains
from tallystick.domain.usage import Share, SignedReceipt


@dataclass(frozen=True, slots=True)
class Shown:
    """What came with the answer. Its shares are the receipt's lines again; evidence and gains explain them."""

    shares: tuple[Share, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    gains: Gains | None = None


@dataclass(frozen=True, slots=True)
class OpenedAnswer:
    """`signed` carries the voucher that acknowledges it, once there is one."""

    signed: SignedReceipt
    salt: bytes
    messages: tuple[dict[str, str], ...]
    output: OutputRecord
    shown: Shown
