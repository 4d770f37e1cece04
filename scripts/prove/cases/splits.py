"""Splits of fees: lines as the node's kernel makes them, true and damaged, against the referee's judgement."""

import random
from collections.abc import Iterator
from functools import partial

from prove.cases.calls import Call, blob, number, selector, word, words
from tallystick.domain.digests import Domain, pack_lines
from tallystick.domain.ids import SHARED_POTS, Address, AssetId, Hash, Pot
from tallystick.domain.money import BPS, FEE_LIMIT, MAX_LINES, PPM, split_shares
from tallystick.domain.usage import Line, Share, Terms
from tallystick.errors import InvalidInput

IS_SPLIT = selector("isSplit(uint128,uint16[8],bytes)")
LINE = 53
RESERVED = 3
_NOBODY = Hash(bytes(32))
_terms = partial(Terms, Address("0x" + "00" * 20), AssetId(_NOBODY), AssetId(_NOBODY), _NOBODY, _NOBODY, 0, 0)


def cases(draw: random.Random, _: Domain) -> Iterator[Call]:
    """Without end."""
    while True:
        terms, fee = _terms(_pots(draw)), number(draw, 54) % FEE_LIMIT
        lines = split_shares(terms, fee, _shares(draw))
        yield _judged(terms, fee, pack_lines(lines))
        yield _judged(terms, *_damaged(draw, fee, lines))


def _pots(draw: random.Random) -> tuple[int, ...]:
    cuts = sorted(draw.randint(0, BPS) for _ in range(7))
    return tuple(b - a for a, b in zip([0, *cuts], [*cuts, BPS], strict=True))


def _shares(draw: random.Random) -> list[Share]:
    left = dict.fromkeys(SHARED_POTS, PPM)
    found: list[Share] = []
    for _ in range(draw.choice((0, 1, 3, 6, 12, MAX_LINES - RESERVED))):
        pot = draw.choice(SHARED_POTS)
        ppm = min(left[pot], draw.choice((1, 333_333, draw.randint(1, PPM), left[pot])))
        if ppm > 0:
            left[pot] -= ppm
            found.append(Share(AssetId(draw.randbytes(32)), pot, ppm))
    return found


def _damaged(draw: random.Random, fee: int, lines: tuple[Line, ...]) -> tuple[int, bytes]:
    """One thing changed, which may leave it true."""
    packed = bytearray(pack_lines(lines))
    at = LINE * draw.randrange(len(lines))
    other = LINE * draw.randrange(len(lines))
    match draw.randrange(8):
        case 0:
            return max(fee + draw.choice((-1, 1)), 0), bytes(packed)
        case 1:
            packed[at + LINE - 1] ^= 1
        case 2:
            packed[at + 33 + draw.randrange(4)] ^= 1 << draw.randrange(8)
        case 3:
            packed[at + 32] = draw.randrange(9)
        case 4:
            packed[at : at + 33] = packed[other : other + 33]
        case 5:
            packed[at : at + LINE], packed[other : other + LINE] = (
                packed[other : other + LINE],
                packed[at : at + LINE],
            )
        case 6:
            packed[at : at + LINE] = b""
        case _:
            packed += packed[at : at + draw.choice((1, LINE))]
    return fee, bytes(packed)


def _judged(terms: Terms, fee: int, packed: bytes) -> Call:
    data = IS_SPLIT + words(fee, *terms.pots, 32 * 10) + blob(packed)
    return Call(data, word(is_split(terms, fee, packed)))


def is_split(terms: Terms, fee: int, packed: bytes) -> bool:
    """The auditor's judgement: whether these are the lines that the kernel gives for their shares."""
    if len(packed) % LINE or not RESERVED <= len(packed) // LINE <= MAX_LINES:
        return False
    try:
        lines = tuple(_line(packed[at : at + LINE]) for at in range(0, len(packed), LINE))
        shares = [Share(line.asset_id, line.pot, line.ppm) for line in lines[:-RESERVED]]
        return split_shares(terms, fee, shares) == lines
    except (InvalidInput, ValueError):
        return False


def _line(packed: bytes) -> Line:
    """ValueError for a pot that there is not."""
    ppm, amount = int.from_bytes(packed[33:37], "big"), int.from_bytes(packed[37:], "big")
    return Line(AssetId(packed[:32]), Pot(packed[32]), ppm, amount)
