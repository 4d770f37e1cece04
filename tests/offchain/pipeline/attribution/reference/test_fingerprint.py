"""The fingerprint alone: what it holds, what it refuses, and that it needs the right numbers at the right places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.errors import InvalidInput
from tallystick.pipeline.attribution.reference.fingerprint import CHUNK, KEPT, fingerprint, matches

WIDTH = 64


def states(seed: int = 0, tokens: int = 70, width: int = WIDTH) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((tokens, width)).astype(np.float32)


@pytest.mark.parametrize(("tokens", "chunks"), [(1, 1), (32, 1), (33, 2), (70, 3)])
def test_fingerprint_when_its_own_holds_and_is_eight_bytes_a_token(tokens: int, chunks: int) -> None:
    hidden = states(tokens=tokens)

    code = fingerprint(hidden)

    verdict = matches(code, hidden)
    assert (verdict.holds, verdict.chunks, verdict.far, verdict.apart) == (True, chunks, 0, 0)
    assert len(code) == 7 + chunks * (1 + 5 * KEPT) <= 7 + chunks * 8 * CHUNK


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 90), st.integers(1, 80), st.integers(0, 2**32 - 1), st.floats(-60, 60), st.floats(0, 1e-4)
)
def test_fingerprint_when_noise_is_a_computers_holds_at_any_scale(
    tokens: int, width: int, seed: int, scale: float, noise: float
) -> None:
    hidden = states(seed, tokens, width) * np.float32(2.0**scale)
    moved = hidden * (1 + noise * states(seed + 1, tokens, width).clip(-3, 3))

    assert matches(fingerprint(hidden), moved.astype(np.float32)).holds


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 90), st.integers(0, 2**31), st.floats(0.02, 1.0))
def test_fingerprint_when_the_numbers_are_a_little_others_does_not_hold(
    tokens: int, seed: int, noise: float
) -> None:
    hidden = states(seed, tokens)
    moved = hidden + noise * states(seed + 1, tokens)

    assert not matches(fingerprint(hidden), moved.astype(np.float32)).holds


def test_fingerprint_when_one_chunk_is_anothers_says_from_which_token() -> None:
    hidden = states(tokens=96)
    moved = hidden.copy()
    moved[32:64] = states(9, 32)

    verdict = matches(fingerprint(hidden), moved)

    assert not verdict.holds and "tokens 32 on" in verdict.reason


def test_fingerprint_when_tokens_change_places_does_not_hold() -> None:
    hidden = states(tokens=32)

    assert not matches(fingerprint(hidden), hidden[::-1].copy()).holds


def test_fingerprint_when_made_of_small_activations_does_not_hold() -> None:
    """Nobody may commit to activations that are easy to guess: told ones must be among the largest."""
    hidden = states(tokens=32)
    quiet = np.where(np.abs(hidden) < 1.0, hidden, 0).astype(np.float32)
    quiet[0, 0] = hidden.flat[np.abs(hidden).argmax()]

    assert not matches(fingerprint(quiet), hidden).holds


@pytest.mark.parametrize(("tokens", "width"), [(69, WIDTH), (70, WIDTH - 1)])
def test_fingerprint_when_of_another_shape_does_not_hold(tokens: int, width: int) -> None:
    verdict = matches(fingerprint(states()), states(tokens=tokens, width=width))

    assert not verdict.holds and "70 tokens" in verdict.reason


def test_matches_when_the_code_is_cut_long_or_foreign_refuses() -> None:
    code = fingerprint(states())

    for wrong in (b"", code[:5], code[:-1], code + b"\0", b"\2" + code[1:], code[:3] + b"\0\0\0\0"):
        with pytest.raises(InvalidInput, match="no fingerprint"):
            matches(wrong, states())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_matches_when_the_code_is_any_bytes_refuses_or_answers(code: bytes) -> None:
    try:
        assert not matches(code, states(tokens=1)).holds
    except InvalidInput:
        return


def test_matches_when_places_repeat_or_leave_the_chunk_refuses() -> None:
    code = bytearray(fingerprint(states(tokens=32)))
    first = 8
    repeated = code[: first + 5] + code[first : first + 5] + code[first + 10 :]
    outside = code[:first] + b"\x20" + code[first + 1 :]

    for wrong in (repeated, outside):
        with pytest.raises(InvalidInput, match="position"):
            matches(bytes(wrong), states(tokens=32))


@pytest.mark.parametrize(
    "hidden",
    [np.zeros((0, 4)), np.zeros((4, 0)), np.zeros(4), np.full((2, 4), np.nan), np.full((2, 4), np.inf)],
)
def test_fingerprint_when_there_is_nothing_to_commit_to_refuses(hidden: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        fingerprint(hidden)


def test_fingerprint_when_all_is_zero_holds() -> None:
    hidden = np.zeros((3, WIDTH), dtype=np.float32)

    assert matches(fingerprint(hidden), hidden).holds
