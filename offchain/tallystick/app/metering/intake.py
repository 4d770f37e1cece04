"""Takes vouchers that acknowledge receipts, one or many: each stands for itself, all share a commit."""

from collections.abc import Callable, Sequence

from tallystick.domain.usage import SignedVoucher
from tallystick.errors import NodeError
from tallystick.pipeline.receipts.voucher import check_covers
from tallystick.ports import Vouchers


class Intake:
    """Safe to use from several threads: signatures are recovered before the ledger is asked for its commit.

    Args:
        check: raises for a voucher that nobody entitled signed, or that is worth less than the held one.
    """

    def __init__(self, check: Callable[[SignedVoucher], None], vouchers: Vouchers) -> None:
        self._check, self._vouchers = check, vouchers

    def take(self, signed: Sequence[SignedVoucher]) -> tuple[NodeError | None, ...]:
        """Why each was refused, or None once it is on disk. Vouchers of one lane count in the order given."""
        refusals = [self._refusal(one) for one in signed]
        sound = [i for i, refusal in enumerate(refusals) if refusal is None]
        if sound:
            kept = self._vouchers.acknowledge([signed[i] for i in sound], check_covers)
            for i, refusal in zip(sound, kept, strict=True):
                refusals[i] = refusal
        return tuple(refusals)

    def take_one(self, signed: SignedVoucher) -> None:
        """Raises where `take` tells why."""
        (refusal,) = self.take((signed,))
        if refusal is not None:
            raise refusal

    def _refusal(self, signed: SignedVoucher) -> NodeError | None:
        try:
            self._check(signed)
        except NodeError as error:
            return error
        return None
