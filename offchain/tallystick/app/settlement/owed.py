"""What lanes owe an operator, and what of it the escrow pays out: a voucher that it refuses costs no other."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.domain.ids import Address
from tallystick.domain.usage import SignedReceipt, SignedVoucher
from tallystick.errors import NodeError, Unavailable
from tallystick.ports import Chain

_LOG = logging.getLogger(__name__)
Order = tuple[SignedVoucher, int]
"""A voucher and the level of its lane to redeem."""
Lane = tuple[Address, int]


@dataclass(frozen=True, slots=True)
class Owed:
    """`redeemed` is where lanes stand that acknowledge more; `amount` is due for `orders`, base units."""

    orders: tuple[Order, ...]
    refused: tuple[Order, ...]
    redeemed: Mapping[Lane, int]

    @property
    def amount(self) -> int:
        return sum(level - self.redeemed[lane_of(signed)] for signed, level in self.orders)

    def may_settle(self, signed: SignedReceipt) -> bool:
        """A batch may hold only what is redeemed: the registry refuses it whole for one receipt more."""
        level = self.redeemed.get((signed.receipt.consumer, signed.receipt.lane))
        return level is None or signed.receipt.cumulative <= level


def lane_of(signed: SignedVoucher) -> Lane:
    return signed.voucher.consumer, signed.voucher.lane


def owed(chain: Chain, operator: Address, vouchers: Sequence[SignedVoucher]) -> Owed:
    """Of the latest vouchers of all lanes, as the chain stands now."""
    mine = [v for v in vouchers if v.voucher.operator == operator]
    levels = {lane_of(v): chain.escrow.redeemed(v.voucher.consumer, operator, v.voucher.lane) for v in mine}
    due = [(v, v.voucher.acknowledged) for v in mine if v.voucher.acknowledged > levels[lane_of(v)]]
    orders = _taken(chain, operator, (), due)
    refused = tuple(order for order in due if order not in orders)
    behind = {lane_of(v): levels[lane_of(v)] for v, _ in due}
    return Owed(orders, refused, behind)


def _taken(
    chain: Chain, operator: Address, before: tuple[Order, ...], orders: Sequence[Order]
) -> tuple[Order, ...]:
    """Those that the escrow takes together with what comes before them; found by halves, as mostly it takes all."""
    if not orders:
        return ()
    try:
        chain.escrow.check_redeem_many((*before, *orders), operator)
    except Unavailable:
        raise
    except NodeError as error:
        if len(orders) == 1:
            _tell(orders[0], error)
            return ()
        half = len(orders) // 2
        first = _taken(chain, operator, before, orders[:half])
        return (*first, *_taken(chain, operator, (*before, *first), orders[half:]))
    return tuple(orders)


def _tell(order: Order, error: NodeError) -> None:
    voucher = order[0].voucher
    _LOG.warning(
        "voucher_refused consumer=%s lane=%d level=%d reason=%s",
        voucher.consumer,
        voucher.lane,
        order[1],
        error.message,
    )
