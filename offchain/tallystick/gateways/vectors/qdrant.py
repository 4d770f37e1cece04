"""Retrieval's index in a Qdrant server. It proposes candidates; their cosines are computed anew from their vectors."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx
import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from tallystick.commitments.keccak import keccak256
from tallystick.errors import Unavailable
from tallystick.hidden import scrubbed

Rows = NDArray[np.float32]
_Result = TypeVar("_Result")
PAGE, UPLOAD, TIMEOUT_S = 256, 1000, 30
# The server's sums may differ from ours in their last bits: asked for a little more, it leaves nothing out.
MARGIN = 1e-3


class Qdrant:
    """A server, or one in memory for tests."""

    def __init__(self, client: QdrantClient, url: str = "") -> None:
        self._client, self._url = client, url

    @classmethod
    def at(cls, url: str) -> "Qdrant":
        return cls(QdrantClient(url=url, timeout=TIMEOUT_S, check_compatibility=False), url)

    def index(self, rows: Rows) -> "QdrantIndex":
        """A collection of exactly these rows, named by their digest: found again after a restart, never mixed."""
        shape = b"%d %d " % rows.shape
        name = "tallystick-" + keccak256(shape + np.ascontiguousarray(rows).tobytes()).hex()
        self._asked(lambda: self._fill(name, rows))
        return QdrantIndex(self._client, name, self._asked)

    def _fill(self, name: str, rows: Rows) -> None:
        if not self._client.collection_exists(name):
            # Unit rows: the dot product is the cosine, and the server stores them as they are.
            size = models.VectorParams(size=rows.shape[1], distance=models.Distance.DOT)
            self._client.create_collection(name, vectors_config=size)
        if self._client.count(name, exact=True).count == len(rows):
            return
        for first in range(0, len(rows), UPLOAD):
            part = rows[first : first + UPLOAD]
            points = [models.PointStruct(id=first + i, vector=row.tolist()) for i, row in enumerate(part)]
            self._client.upsert(name, points=points, wait=True)

    def _asked(self, ask: Callable[[], _Result]) -> _Result:
        try:
            return ask()
        except (ApiException, httpx.HTTPError, OSError) as error:
            raise Unavailable(
                f"The vector database does not answer: {scrubbed(str(error), self._url)}.",
                "Start it, or set `vectors` to 'embedded'.",
            ) from error


class QdrantIndex:
    """Satisfies `pipeline.inference.retrieval.vectors.VectorIndex`."""

    def __init__(self, client: QdrantClient, name: str, asked: Callable[[Callable[[], Any]], Any]) -> None:
        self._client, self._name, self._asked = client, name, asked

    def near(self, question: Rows, floor: float, window: float) -> Sequence[tuple[int, float]]:
        found = self._asked(lambda: self._candidates(question, floor, window))
        if not found:
            return ()
        vectors = np.array([point.vector for point in found], dtype=np.float32)
        cosine = vectors @ question
        least = max(floor, float(cosine.max()) - window)
        return tuple(
            (int(point.id), float(value))
            for point, value in zip(found, cosine, strict=True)
            if value >= least
        )

    def _candidates(self, question: Rows, floor: float, window: float) -> list[models.ScoredPoint]:
        """Best first, in pages until one ends beyond the window; exact, not by the server's graph."""
        found: list[models.ScoredPoint] = []
        while True:
            page = self._client.query_points(
                self._name,
                query=question.tolist(),
                limit=PAGE,
                offset=len(found),
                score_threshold=floor - MARGIN,
                with_vectors=True,
                search_params=models.SearchParams(exact=True),
            ).points
            found += page
            if len(page) < PAGE or page[-1].score < found[0].score - window - MARGIN:
                return found
