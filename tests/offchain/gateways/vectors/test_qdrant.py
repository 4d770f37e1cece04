"""The same passages whether vectors are in memory or in the database, here its client's local mode."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from qdrant_client import QdrantClient

from support.retrieval.passages import Letters, passages, questions
from tallystick.app.answering.kitchen import Dish, Kitchen
from tallystick.errors import NotAuthorised, Unavailable
from tallystick.gateways.vectors import qdrant
from tallystick.gateways.vectors.qdrant import Qdrant
from tallystick.pipeline.inference.retrieval.library import Library


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    opened = QdrantClient(":memory:")
    yield opened
    opened.close()


def rows() -> np.ndarray:
    return Letters().embed([p.text for p in passages()])


@pytest.mark.parametrize("page", [1, 3, 256])
def test_search_when_in_the_database_finds_what_memory_finds(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(qdrant, "PAGE", page)
    embedded = Library(passages(), Letters())
    stored = Library(passages(), Letters(), Qdrant(client).index)

    for question in [*questions()[::4], "zzzzzz qqqqqq"]:
        assert stored.search(question) == embedded.search(question)


def test_index_when_made_again_uploads_nothing_and_mixes_nothing(client: QdrantClient) -> None:
    Qdrant(client).index(rows())
    Qdrant(client).index(rows())
    Qdrant(client).index(rows()[:5])

    names = [c.name for c in client.get_collections().collections]
    assert sorted(client.count(name).count for name in names) == [5, len(rows())]


def test_index_when_its_upload_was_cut_off_is_completed(client: QdrantClient) -> None:
    index = Qdrant(client).index(rows())
    client.delete(index._name, points_selector=[3, 4])

    again = Qdrant(client).index(rows())

    assert client.count(again._name).count == len(rows())


def test_index_when_the_database_is_down_says_so(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Qdrant(client).index(rows())

    def refuse(*_: object, **__: object) -> None:
        raise httpx.ConnectError("connection refused")

    monkeypatch.setattr(client, "query_points", refuse)
    with pytest.raises(Unavailable, match="vector database"):
        index.near(rows()[0], 0.6, 0.1)


def test_consent_when_withdrawn_asks_the_database_nothing(client: QdrantClient) -> None:
    asked: list[str] = []
    library = Library(passages(), Letters(), Qdrant(client).index)

    def retrieve(question: str) -> object:
        asked.append(question)
        return library.search(question)

    def withdrawn() -> None:
        raise NotAuthorised("The owner has taken back its consent.")

    dish = Dish(None, Kitchen(None, retrieve, None), withdrawn)  # type: ignore[arg-type]
    with pytest.raises(NotAuthorised):
        dish.prepare(None)  # type: ignore[arg-type]

    assert asked == []
