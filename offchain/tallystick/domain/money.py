"""The one integer split kernel, arrays in and arrays out. Nothing else in the project divides money.

Bounds, checked on entry, keep every product inside int64. Prices and tokens are below 2^31: a product is
below 2^62, and a fee, at most 2 * 2^62 / 1000, below 2^54. `_scaled` has none above its amount or 10^12.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.domain.ids import AUDIT_POOL, BURN, INSURANCE, SHARED_POTS, AssetId, Pot
from tallystick.domain.usage import Line, Share, Terms
from tallystick.errors import InvalidInput

PPM = 1_000_000
BPS = 10_000
MAX_LINES = 64
FEE_LIMIT = 2**54
_LIMIT = 2**31
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Amounts of n receipts. `lines` has one entry per share; `dust` is a part of `burn`."""

    fee: Ints
    lines: Ints
    audit: Ints
    insurance: Ints
    burn: Ints
    dust: Ints


def fees(price: Ints, tokens: Ints) -> Ints:
    """floor(price * tokens / 1000) summed over the last axis (in, out); shape (n, 2) to (n,)."""
    _check_range(price, _LIMIT, "a price")
    _check_range(tokens, _LIMIT, "a token count")
    return np.asarray((price * tokens // 1000).sum(axis=-1), dtype=np.int64)


def split(fee: Ints, pots_bps: Ints, starts: Ints, pot_of: Ints, ppm: Ints) -> Split:
    """Split n fees.

    Args:
        fee: shape (n,), base units.
        pots_bps: shape (n, 8), rows sum to 10^4.
        starts: shape (n + 1,); the shares of receipt i are `starts[i]:starts[i + 1]`.
        pot_of, ppm: shape (m,), one entry a share.
    """
    _check_offsets(len(fee), starts, pot_of, ppm)
    _check_pots(fee, pots_bps)
    _check_shares(pot_of, ppm)
    receipt_of = np.repeat(np.arange(len(fee), dtype=np.int64), np.diff(starts))
    pot = _scaled(fee[:, None], pots_bps, BPS)
    held = np.zeros_like(pot)
    np.add.at(held, (receipt_of, pot_of), ppm)
    if (held > PPM).any():
        raise InvalidInput("The shares of a pot exceed 1,000,000 ppm.")
    lines = _scaled(pot[receipt_of, pot_of], ppm, PPM)
    null = _scaled(pot, PPM - held, PPM)
    null[:, : min(SHARED_POTS)] = 0
    insurance = pot[:, Pot.INSURANCE] + (null // 2).sum(axis=1)
    audit = pot[:, Pot.AUDIT]
    paid = np.zeros_like(fee)
    np.add.at(paid, receipt_of, lines)
    burn = fee - paid - audit - insurance
    dust = burn - pot[:, Pot.BURN] - (null - null // 2).sum(axis=1)
    return Split(fee, lines, audit, insurance, burn, dust)


def fee_of(terms: Terms, tokens_in: int, tokens_out: int) -> int:
    """The price of one answer, base units."""
    return int(fees(_ints([[terms.price_in, terms.price_out]]), _ints([[tokens_in, tokens_out]]))[0])


def split_shares(terms: Terms, fee: int, shares: Sequence[Share]) -> tuple[Line, ...]:
    """Lines of one receipt: the shares in their order, then audit, insurance and burn."""
    done = _split_one(terms, fee, shares)
    lines = [Line(s.asset_id, s.pot, s.ppm, int(a)) for s, a in zip(shares, done.lines, strict=True)]
    return (*lines, *_reserved(done))


def dust_of(terms: Terms, fee: int, lines: Sequence[Line]) -> int:
    """The rounding that a receipt's burn line holds; `lines` are all of the receipt's."""
    shares = [Share(line.asset_id, line.pot, line.ppm) for line in lines[:-3]]
    return int(_split_one(terms, fee, shares).dust[0])


def _split_one(terms: Terms, fee: int, shares: Sequence[Share]) -> Split:
    if len(shares) > MAX_LINES - 3:
        raise InvalidInput(f"A receipt has at most {MAX_LINES - 3} shares; these are {len(shares)}.")
    if len({(s.asset_id, s.pot) for s in shares}) != len(shares):
        raise InvalidInput("An asset has two shares in one pot.", "Add them up first.")
    pots, ppm = _ints([int(s.pot) for s in shares]), _ints([s.ppm for s in shares])
    return split(_ints([fee]), _ints([terms.pots]), _ints([0, len(shares)]), pots, ppm)


def _ints(values: Sequence[object]) -> Ints:
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError as error:
        raise InvalidInput("An amount does not fit 63 bits.") from error


def _reserved(done: Split) -> tuple[Line, ...]:
    amounts: list[tuple[AssetId, Pot, Ints]] = [
        (AUDIT_POOL, Pot.AUDIT, done.audit),
        (INSURANCE, Pot.INSURANCE, done.insurance),
        (BURN, Pot.BURN, done.burn),
    ]
    return tuple(Line(asset, pot, PPM, int(a[0])) for asset, pot, a in amounts)


def _scaled(amount: Ints, numerator: Ints, denominator: int) -> Ints:
    """floor(amount * numerator / denominator) for numerator <= denominator, without the large product."""
    return amount // denominator * numerator + amount % denominator * numerator // denominator


def _check_offsets(count: int, starts: Ints, pot_of: Ints, ppm: Ints) -> None:
    fits = len(starts) == count + 1 and starts[0] == 0 and starts[-1] == len(ppm) == len(pot_of)
    if not fits or (np.diff(starts) < 0).any():
        raise InvalidInput("The offsets do not divide the shares among the receipts.")


def _check_pots(fee: Ints, pots_bps: Ints) -> None:
    _check_range(fee, FEE_LIMIT, "a fee")
    if pots_bps.shape != (len(fee), len(Pot)):
        raise InvalidInput(f"Terms have {len(Pot)} pots.")
    _check_range(pots_bps, BPS + 1, "a pot")
    if (pots_bps.sum(axis=1) != BPS).any():
        raise InvalidInput("The pots of some terms do not sum to 10,000 bps.")


def _check_shares(pot_of: Ints, ppm: Ints) -> None:
    if len(pot_of) and (pot_of.min() < min(SHARED_POTS) or pot_of.max() > max(SHARED_POTS)):
        raise InvalidInput("A share names a pot that nobody can earn.")
    _check_range(ppm, PPM + 1, "a share")
    if len(ppm) and ppm.min() < 1:
        raise InvalidInput("A share of zero ppm is no share.", "Leave it out.")


def _check_range(values: Ints, limit: int, what: str) -> None:
    if values.size and (values.min() < 0 or values.max() >= limit):
        raise InvalidInput(f"{what.capitalize()} is outside 0 .. {limit - 1}.")
