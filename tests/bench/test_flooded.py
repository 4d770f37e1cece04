"""The long flood: rows are kept and read again, and what it costs and hides is told."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.attacked.flooded import PART, Kept, Rows, figures
from tallystick.app.redteam.attacks.sharing.flood import Words


class Counted:
    """Words, and how many were embedded."""

    def __init__(self) -> None:
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> Rows:
        self.texts += len(texts)
        return Words().embed(texts)


def test_rows_when_a_run_was_stopped_are_embedded_from_there_on(tmp_path: Path) -> None:
    texts, words = [f"passage {n}" for n in range(2 * PART + 3)], Counted()
    first = Kept(words.embed, tmp_path, "words").embed(texts[:PART])

    rows = Kept(words.embed, tmp_path, "words").embed(texts)

    assert words.texts == len(texts) and rows.shape[0] == len(texts)
    assert np.array_equal(rows[:PART], first) and np.array_equal(rows, Words().embed(texts))


def test_rows_when_another_encoder_made_them_are_not_taken(tmp_path: Path) -> None:
    texts, words = [f"passage {n}" for n in range(PART)], Counted()

    for name in ("words", "other words"):
        Kept(words.embed, tmp_path, name).embed(texts)

    assert words.texts == 2 * PART


def test_figures_when_flooded_count_what_was_embedded_and_what_is_still_shown(tmp_path: Path) -> None:
    words = Counted()

    found = {f.name: f for f in figures(Kept(words.embed, tmp_path, "words"), 200, 600, 2)}

    assert found["flood_chunks"].values == (600.0,) and words.texts >= 800
    assert found["flood_latency"].values[0] > 0
    assert 0.5 < found["flood_shown"].values[0] < 1.5
    assert "200 honest passages and 600 machine-made" in found["flood_chunks"].how
