"""The real embedded Kubo, spoken to by the real client."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import ipfshttpclient
import pytest

from tallystick.domain.ids import Hash
from tallystick.errors import Conflict, IntegrityMismatch, InvalidInput, NotFound, Unavailable
from tallystick.gateways.content import blocks, cid
from tallystick.gateways.content.embedded import EmbeddedKubo
from tallystick.gateways.content.kubo import Kubo
from tallystick.gateways.content.verified import VerifiedContent

pytestmark = pytest.mark.integration
START = "import sys,time; from pathlib import Path\n"
START += "from tallystick.gateways.content.embedded import EmbeddedKubo\n"
START += "print(EmbeddedKubo(Path(sys.argv[1])).start().pid, flush=True); time.sleep(60)"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKubo]:
    with EmbeddedKubo(tmp_path_factory.mktemp("kubo") / "repo") as running:
        yield running


@pytest.fixture(scope="module")
def repo(node: EmbeddedKubo) -> Path:
    return node._repo


@pytest.fixture(scope="module")
def content(node: EmbeddedKubo) -> VerifiedContent:
    return VerifiedContent(Kubo(node.multiaddr, timeout_s=20))


@pytest.mark.parametrize("size", [0, 1, cid.CHUNK, cid.CHUNK + 1, 3_000_000, cid.CHUNK * cid.WIDTH + 1])
def test_content_when_added_comes_back_under_the_digest_we_compute(
    content: VerifiedContent, size: int
) -> None:
    data = os.urandom(size)

    digest = content.add(data)

    assert digest == cid.digest_of(data)
    assert content.get(digest, max_bytes=size) == data
    assert content.is_pinned(digest)


def test_file_when_added_and_fetched_is_the_same(content: VerifiedContent, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(os.urandom(700_000))

    content.get_file(content.add_file(tmp_path / "in"), tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()


def test_content_when_absent_is_not_found_at_once(content: VerifiedContent) -> None:
    start = monotonic()

    with pytest.raises(NotFound):
        content.get(Hash(bytes(32)))

    assert monotonic() - start < 2


def test_content_when_a_lower_block_is_lost_is_not_found_instead_of_hanging(
    content: VerifiedContent, repo: Path
) -> None:
    digest = content.add(os.urandom(cid.CHUNK * 3))
    root = blocks.block_path(repo, digest).read_bytes()
    child = next(blocks._links(root))[0]
    blocks.block_path(repo, child).unlink()

    with pytest.raises(NotFound, match=cid.to_cid(child)):
        content.get(digest)


def test_content_when_a_block_was_tampered_with_is_never_returned(
    content: VerifiedContent, repo: Path, tmp_path: Path
) -> None:
    digest = content.add(b"alice's record " * 10)
    path = blocks.block_path(repo, digest)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"alice", b"malle"))

    with pytest.raises((IntegrityMismatch, Unavailable)):
        content.get(digest)
    with pytest.raises((IntegrityMismatch, Unavailable)):
        content.get_file(digest, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_content_when_above_the_limit_is_refused(content: VerifiedContent) -> None:
    digest = content.add(bytes(5000))

    with pytest.raises(InvalidInput, match="limit of 4999"):
        content.get(digest, max_bytes=4999)


def test_pin_when_removed_and_set_again_follows(content: VerifiedContent) -> None:
    digest = content.add(b"pin me")

    content.unpin(digest)
    assert not content.is_pinned(digest)
    content.pin(digest)
    assert content.is_pinned(digest)


def test_unmodified_client_when_it_connects_can_do_what_it_knows(node: EmbeddedKubo, tmp_path: Path) -> None:
    (tmp_path / "set" / "sub").mkdir(parents=True)
    (tmp_path / "set" / "sub" / "y").write_bytes(b"y")
    with ipfshttpclient.connect(node.multiaddr) as client:
        root = client.add(str(tmp_path / "set"), recursive=True)[-1]["Hash"]
        client.get(root, target=str(tmp_path / "got"))
        text = client.add_json({"a": 1})

        assert (tmp_path / "got" / root / "sub" / "y").read_bytes() == b"y"
        assert client.get_json(text) == {"a": 1}
        assert client.cat(text, offset=1, length=3) == b'"a"'
        assert cid.digest_of(b'{"a":1}') == cid.from_cid(text)
        assert root in client.pin.ls()["Keys"]
        assert client.block.get(text).endswith(b'{"a":1}\x18\x07')
        assert client.repo.stat()["NumObjects"] > 0 and client.id()["ID"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example:80"}])
def test_endpoint_when_asked_from_a_browser_page_refuses(node: EmbeddedKubo, headers: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", node.port)
    connection.request("POST", "/api/v0/id", headers=headers)

    assert connection.getresponse().status == 403
    connection.close()


def test_node_when_running_listens_on_loopback_only(node: EmbeddedKubo) -> None:
    lines = subprocess.run(["ss", "-ltnHp"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split()[3] for line in lines if f"pid={node.pid}," in line]

    assert ours and all(address.startswith("127.0.0.1:") for address in ours)


def test_second_node_when_the_repository_is_taken_is_refused(node: EmbeddedKubo, repo: Path) -> None:
    with pytest.raises(Conflict, match=f"process {node.pid}"):
        EmbeddedKubo(repo).start()


def test_second_node_when_the_port_is_taken_is_refused(node: EmbeddedKubo, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="another port"):
        EmbeddedKubo(tmp_path / "repo", port=node.port).start()


def test_node_when_restarted_has_its_content(tmp_path: Path) -> None:
    with EmbeddedKubo(tmp_path / "repo") as first:
        digest = VerifiedContent(Kubo(first.multiaddr)).add(b"kept")
    with EmbeddedKubo(tmp_path / "repo") as second:
        assert VerifiedContent(Kubo(second.multiaddr)).get(digest) == b"kept"


def test_node_when_its_parent_is_killed_ends(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    args = [sys.executable, "-c", START, str(tmp_path / "repo")]
    parent = subprocess.Popen(args, stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()

    deadline = monotonic() + 5
    while Path(f"/proc/{pid}/cmdline").exists() and monotonic() < deadline:
        sleep(0.05)

    assert not Path(f"/proc/{pid}/cmdline").exists()
    EmbeddedKubo(tmp_path / "repo").start().close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not http at all",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut off",
        b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["closes", "garbles", "cuts", "fails"],
)
def test_endpoint_when_it_misbehaves_is_unavailable(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_once, args=(server, answer), daemon=True).start()
        content = VerifiedContent(Kubo(f"/ip4/127.0.0.1/tcp/{server.getsockname()[1]}/http", timeout_s=2))

        with pytest.raises(Unavailable, match="does not answer"):
            content.get(cid.digest_of(b"x"))


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"], ids=["before", "within"]
)
def test_endpoint_when_it_stalls_is_unavailable(head: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_once, args=(server, head, 2.0), daemon=True).start()
        content = VerifiedContent(Kubo(f"/ip4/127.0.0.1/tcp/{server.getsockname()[1]}/http", timeout_s=0.3))

        with pytest.raises(Unavailable, match="does not answer"):
            content.get(cid.digest_of(b"x"))


def answer_once(server: socket.socket, answer: bytes, wait_s: float = 0.0) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)
        sleep(wait_s)


def test_endpoint_address_when_unusable_is_refused() -> None:
    with pytest.raises(InvalidInput, match="content endpoint"):
        Kubo("http://somewhere:5001")
