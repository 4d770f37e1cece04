"""How rare a term is: binary logarithms in whole micro-bits, by integers alone."""

from functools import lru_cache

MICRO_BITS = 1_000_000
# A term that more than every eighth record has says nothing about where a text came from.
COMMON = 8
_FRACTION = 32


@lru_cache(maxsize=2**16)
def micro_bits(records: int, holders: int) -> int:
    """10^6 * log2(records / holders), rounded down; 0 for what is common, or held by nobody.

    32 binary digits of the fraction, by squaring a 64-bit mantissa that is cut off: anyone computes the same number.
    """
    if holders <= 0 or holders * COMMON > records:
        return 0
    ratio = (records << 64) // holders
    whole = ratio.bit_length() - 65
    mantissa, fraction = ratio >> (ratio.bit_length() - 64), 0
    for _ in range(_FRACTION):
        mantissa = mantissa * mantissa >> 63
        carry = mantissa >> 64
        mantissa >>= carry
        fraction = fraction << 1 | carry
    return ((whole << _FRACTION | fraction) * MICRO_BITS) >> _FRACTION
