"""A compact commitment to what a model computed: the largest activations of its final hidden states, per 32 tokens.

The idea is TOPLOC's (arXiv 2501.16007): another model, adapter, precision or prompt has other activations, while an
honest recomputation, in one prefill or token by token, has nearly the same. Positions stand beside their values, so that
a checker looks its own numbers up there. Comparison is by whole numbers only.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import InvalidInput

VERSION, CHUNK, KEPT = 1, 32, 48
# A chunk's largest activation is below 2^15 units. Honest numbers lie 1 unit apart (measured, fp32 on a CPU); NEAR allows
# for other hardware, and FAR_ALLOWED activations may lie further. In bf16, or of a changed prompt, 36 of 48 do.
UNITS, NEAR, FAR_ALLOWED = 15, 16, 6
_HEAD, _ENTRY = struct.Struct(">BHI"), np.dtype([("token", ">u1"), ("place", ">u2"), ("value", ">i2")])
Hidden = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`far` is the worst chunk's number of activations that lie apart, of KEPT; `apart` its median distance in units."""

    holds: bool
    chunks: int
    far: int
    apart: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Chunk:
    exponent: int
    entries: NDArray[np.void]


def fingerprint(hidden: Hidden) -> bytes:
    """Of final hidden states, shape (answer tokens, width): the rows that predict each token. 8 bytes a token."""
    rows = _checked(hidden)
    parts = [_HEAD.pack(VERSION, rows.shape[1] - 1, len(rows))]
    for piece in _pieces(rows):
        exponent = _exponent(piece)
        whole = _whole(piece, exponent)
        chosen = np.sort(_largest(whole))
        entries = np.zeros(len(chosen), dtype=_ENTRY)
        entries["token"], entries["place"] = np.divmod(chosen, piece.shape[1])
        entries["value"] = whole.ravel()[chosen]
        parts += [struct.pack(">b", exponent), entries.tobytes()]
    return b"".join(parts)


def matches(code: bytes, hidden: Hidden) -> Verdict:
    """Whether these hidden states are honestly those of `code`. `InvalidInput` where `code` is no fingerprint."""
    rows = _checked(hidden)
    width, tokens, chunks = _read(code)
    if (tokens, width) != rows.shape:
        told = f"it is of {tokens} tokens with {width} activations, not {rows.shape[0]} with {rows.shape[1]}"
        return Verdict(False, len(chunks), KEPT, 1 << UNITS, told)
    compared = [_compared(c, piece) for c, piece in zip(chunks, _pieces(rows), strict=True)]
    far, apart = max(f for f, _ in compared), max(a for _, a in compared)
    bad = next((i for i, (f, _) in enumerate(compared) if f > FAR_ALLOWED), None)
    reason = "" if bad is None else f"tokens {bad * CHUNK} on have other activations"
    return Verdict(bad is None, len(chunks), far, apart, reason)


def _compared(told: _Chunk, piece: Hidden) -> tuple[int, int]:
    """How many told activations are far from ours or not among our largest, and their median distance."""
    whole = _whole(piece, told.exponent).ravel()
    places = told.entries["token"].astype(np.int64) * piece.shape[1] + told.entries["place"]
    ours = whole[places]
    apart = np.abs(ours - told.entries["value"])
    least = int(np.abs(whole[_largest(whole)]).min()) - NEAR
    far = (apart > NEAR) | (np.abs(ours) < least)
    return int(far.sum()), int(np.sort(apart)[len(apart) // 2])


def _read(code: bytes) -> tuple[int, int, list[_Chunk]]:
    try:
        version, width, tokens = _HEAD.unpack_from(code)
    except struct.error as error:
        raise _malformed("it is too short") from error
    width += 1
    if version != VERSION or not tokens:
        raise _malformed("its version is unknown" if version != VERSION else "it is of no token")
    sizes = [min(KEPT, n * width) for n in _lengths(tokens)] if tokens <= len(code) else []
    if len(code) != _HEAD.size + sum(1 + n * _ENTRY.itemsize for n in sizes) or not sizes:
        raise _malformed("its length does not fit its number of tokens")
    found, at = [], _HEAD.size
    for size, length in zip(sizes, _lengths(tokens), strict=True):
        (exponent,) = struct.unpack_from(">b", code, at)
        entries = np.frombuffer(code, _ENTRY, size, at + 1)
        places = entries["token"].astype(np.int64) * width + entries["place"]
        if (entries["token"] >= length).any() or (entries["place"] >= width).any():
            raise _malformed("a position lies outside its chunk")
        if (np.diff(places) <= 0).any():
            raise _malformed("its positions do not ascend")
        found.append(_Chunk(exponent, entries))
        at += 1 + size * _ENTRY.itemsize
    return width, tokens, found


def _malformed(why: str) -> InvalidInput:
    return InvalidInput(f"This is no fingerprint: {why}.", "Ask for the opening again.")


def _checked(hidden: Hidden) -> Hidden:
    rows = np.asarray(hidden, dtype=np.float32)
    if rows.ndim != 2 or not rows.size or rows.shape[1] > 1 << 16:
        raise InvalidInput(f"Hidden states have the shape (tokens, width), not {rows.shape}.")
    if not np.isfinite(rows).all():
        raise InvalidInput("A hidden state is no finite number.", "The model's computation is broken.")
    return rows


def _lengths(tokens: int) -> list[int]:
    return [min(CHUNK, tokens - start) for start in range(0, tokens, CHUNK)]


def _pieces(rows: Hidden) -> Iterator[Hidden]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def _exponent(piece: Hidden) -> int:
    """The least power of two above every activation of the chunk."""
    return int(np.clip(np.frexp(np.abs(piece).max())[1], -128, 127))


def _whole(piece: Hidden, exponent: int) -> Ints:
    scaled = np.rint(np.ldexp(piece.astype(np.float64), UNITS - exponent))
    return np.asarray(np.clip(scaled, 1 - (1 << UNITS), (1 << UNITS) - 1), dtype=np.int64)


def _largest(whole: Ints) -> Ints:
    """Flat positions of the KEPT largest; of equals the earlier ones."""
    order = np.argsort(-np.abs(whole.ravel()), kind="stable")
    return np.asarray(order[:KEPT], dtype=np.int64)
