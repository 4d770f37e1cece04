"""Checks a voucher's place on its lane. Who may sign is the escrow's to say."""

from tallystick.domain.ids import ZERO_HASH, Hash
from tallystick.domain.usage import Receipt, Voucher
from tallystick.errors import Conflict, InvalidInput


def check_acknowledges(voucher: Voucher, last: Receipt | None, head: Hash) -> None:
    """The voucher covers exactly every receipt so far; `Conflict` says what is outstanding."""
    check_covers(voucher, last.cumulative if last else 0, head if last else ZERO_HASH)


def check_covers(voucher: Voucher, due: int, head: Hash) -> None:
    """The same of a lane that stands at `due` under `head`; a new one at 0 under zeros."""
    if voucher.limit < voucher.acknowledged:
        raise InvalidInput(
            "The voucher acknowledges more than its limit.", "Sign one with limit >= acknowledged."
        )
    if voucher.acknowledged != due:
        raise Conflict(
            f"Lane {voucher.lane} stands at {due}; the voucher acknowledges {voucher.acknowledged}.",
            "Acknowledge every receipt of the lane first, or open a new lane.",
        )
    if voucher.head != head:
        raise Conflict(f"The voucher names another head of lane {voucher.lane}.", "Open a new lane.")
