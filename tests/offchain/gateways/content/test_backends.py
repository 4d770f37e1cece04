"""Content from several sources: what one lacks, withholds or falsifies comes right from another, or not at all."""

import hashlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallystick.errors import IntegrityMismatch, InvalidInput, NodeError, NotAuthorised, NotFound, Unavailable
from tallystick.gateways.content import cid as cids
from tallystick.gateways.content.gateway import Gateway
from tallystick.gateways.content.pinning import PinningService
from tallystick.gateways.content.verified import VerifiedContent

DATA = bytes(range(256)) * 2_500  # three chunks
DIGEST = cids.digest_of(DATA)


class Memory:
    """What `Kubo` answers, over a dictionary."""

    def __init__(self, held: dict[str, bytes] | None = None, error: NodeError | None = None) -> None:
        self.held, self.error, self.kept = held or {}, error, set[str]()

    def cat(self, cid: str) -> Generator[bytes, None, None]:
        if self.error:
            raise self.error
        if cid not in self.held:
            raise NotFound("It is not here.")
        yield self.held[cid][:1000]
        yield self.held[cid][1000:]


def store(first: Memory, *others: Any, **more: Any) -> VerifiedContent:
    return VerifiedContent(first, others, **more)  # type: ignore[arg-type]


def holding(data: bytes = DATA) -> Memory:
    return Memory({cids.to_cid(DIGEST): data})


@pytest.mark.parametrize(
    "first",
    [Memory(), Memory(error=Unavailable("It is down.")), holding(DATA[:-1] + b"?"), holding(DATA[:5])],
)
def test_content_when_the_first_source_fails_or_lies_comes_from_another(
    first: Memory, tmp_path: Path
) -> None:
    content = store(first, holding())

    content.get_file(DIGEST, tmp_path / "file")

    assert content.get(DIGEST) == DATA == (tmp_path / "file").read_bytes()
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
    with pytest.raises(NodeError):
        content.check(DIGEST)


def test_content_when_no_source_has_it_right_tells_of_the_worst(tmp_path: Path) -> None:
    with pytest.raises(IntegrityMismatch):
        store(Memory(), holding(b"another"), Memory(error=Unavailable("Down."))).get_file(
            DIGEST, tmp_path / "f"
        )
    with pytest.raises(Unavailable):
        store(Memory(), Memory(error=Unavailable("Down."))).get(DIGEST)
    with pytest.raises(NotFound):
        store(Memory(), Memory()).get(DIGEST)
    assert list(tmp_path.iterdir()) == []


def test_content_when_it_is_too_large_or_too_slow_is_given_up() -> None:
    with pytest.raises(InvalidInput, match="limit"):
        store(holding()).get(DIGEST, len(DATA) - 1)
    with pytest.raises(Unavailable, match="takes more"):
        store(holding(), within_s=-1).get(DIGEST)


def blocks_of(data: bytes) -> dict[str, bytes]:
    """The blocks of a file, as an honest gateway holds them."""
    found: dict[str, bytes] = {}

    def keep(block: bytes) -> bytes:
        found[cids.to_cid(hashlib.sha256(block).digest())] = block
        return block

    chunks = [data[i : i + cids.CHUNK] for i in range(0, len(data), cids.CHUNK)]
    leaves = [keep(cids._field(1, cids._unixfs(c, len(c)))) for c in chunks]
    links = b"".join(
        cids._field(
            2,
            cids._field(1, cids._MULTIHASH + hashlib.sha256(leaf).digest())
            + cids._field(2, b"")
            + b"\x18"
            + cids._varint(len(leaf)),
        )
        for leaf in leaves
    )
    keep(links + cids._field(1, cids._unixfs(b"", len(data), [len(c) for c in chunks])))
    return found


def gateway(monkeypatch: pytest.MonkeyPatch, answer: Any) -> Gateway:
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(answer))
    return Gateway("http://gateway.example")


def test_gateway_when_it_is_honest_gives_a_file_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, asked = blocks_of(DATA), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/ipfs/")
        assert request.url.params["format"] == "raw" and "raw" in request.headers["accept"]
        asked.append(name)
        return httpx.Response(200, content=blocks[name])

    assert cids.to_cid(DIGEST) in blocks
    assert store(Memory(), gateway(monkeypatch, answer)).get(DIGEST) == DATA
    assert len(asked) == 4


def test_gateway_when_it_lies_in_one_block_is_found_out_there(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = blocks_of(DATA)
    last = list(blocks)[1]
    blocks[last] = blocks[last][:-1] + b"\x00"

    liar = gateway(
        monkeypatch, lambda r: httpx.Response(200, content=blocks[r.url.path.removeprefix("/ipfs/")])
    )

    with pytest.raises(IntegrityMismatch, match=last):
        store(Memory(), liar).get(DIGEST)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (410, NotFound), (500, Unavailable), (302, Unavailable)]
)
def test_gateway_when_it_refuses_says_how(
    monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        store(Memory(), gateway(monkeypatch, lambda _: httpx.Response(status))).get(DIGEST)


class Service:
    """A service of the Pinning Service API, as its specification has it."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != "Bearer word":
            return httpx.Response(401, json={"error": {"reason": "UNAUTHORIZED"}})
        if request.method == "POST":
            pin = json.loads(request.content)
            name = f"r{len(self.rows)}"
            self.rows[name] = {
                "requestid": name,
                "status": "queued",
                "pin": pin,
                "delegates": [],
                "created": "now",
            }
            return httpx.Response(202, json=self.rows[name])
        if request.method == "DELETE":
            del self.rows[request.url.path.rsplit("/", 1)[1]]
            return httpx.Response(202)
        wanted = request.url.params["status"].split(",")
        found = [
            r
            for r in self.rows.values()
            if r["pin"]["cid"] == request.url.params["cid"] and r["status"] in wanted
        ]
        return httpx.Response(200, json={"count": len(found), "results": found})


def test_pinning_service_when_asked_pins_once_and_anew_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    server, name = Service(), cids.to_cid(DIGEST)
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(server))
    service = PinningService("https://pins.example/api", "word")

    assert service.status(name) == "absent"
    assert [service.ensure(name, "batch 1"), service.ensure(name)] == ["queued", "queued"] and len(
        server.rows
    ) == 1
    server.rows["r0"]["status"] = "failed"
    assert service.ensure(name) == "queued" and [r["status"] for r in server.rows.values()] == ["queued"]
    service.drop(name)
    assert server.rows == {}
    with pytest.raises(NotFound):
        service.drop(name)
    with pytest.raises(NotAuthorised):
        PinningService("https://pins.example/api", "another").status(name)


@pytest.mark.parametrize(
    "body", [b"[]", b"<html>", b'{"results": 1}', b'{"results": [{"status": "pinned"}]}']
)
def test_pinning_service_when_it_talks_nonsense_says_so(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(
        httpx, "HTTPTransport", lambda **_: httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    )

    with pytest.raises(Unavailable, match="does not talk"):
        PinningService("https://pins.example", "word").status(cids.to_cid(DIGEST))
