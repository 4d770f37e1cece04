"""The part of Kubo's RPC that ipfshttpclient needs, over the embedded library. Serves loopback only.

Reports version 0.7.0, the newest that ipfshttpclient 0.7.0 accepts; the node behind it is Kubo 0.22.
"""

import asyncio
import json
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from aiohttp import BodyPartReader, hdrs, web

from tallystick.domain.ids import Hash
from tallystick.errors import InvalidInput, NodeError, NotFound
from tallystick.gateways.content import blocks, cid
from tallystick.gateways.content.libkubo import LibKubo
from tallystick.gateways.content.pins import PinList

VERSION = "0.7.0"
MAX_UPLOAD = 8 << 30
_PIECE = 1 << 18
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in Kubo's JSON form; browsers and rebound host names stay out, as in Kubo."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if hdrs.ORIGIN in request.headers or host not in _LOOPBACK_HOSTS:
        return _failure("this endpoint answers local programs only", 403)
    try:
        return await handler(request)
    except NodeError as error:
        return _failure(str(error), 500)
    except OSError as error:
        return _failure(f"{error.strerror or error} ({error.errno})", 500)


def _failure(message: str, status: int) -> web.Response:
    return web.json_response({"Message": message, "Code": 0, "Type": "error"}, status=status)


class Facade:
    """One handler per endpoint."""

    def __init__(self, kubo: LibKubo, *, max_upload: int = MAX_UPLOAD) -> None:
        self._kubo, self._repo, self._max_upload = kubo, kubo.repo, max_upload
        self._scratch = kubo.repo / "scratch"
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        self._pins = PinList(kubo.repo / "pinned")

    def application(self) -> web.Application:
        app = web.Application(client_max_size=self._max_upload, middlewares=[guard])
        app.router.add_get("/healthz", self.health)
        posts: dict[str, Handler] = {
            "add": self.add, "cat": self.cat, "get": self.get, "block/get": self.block,
            "pin/add": self.pin_add, "pin/rm": self.pin_rm, "pin/ls": self.pin_ls,
            "version": self.version, "id": self.identity, "repo/stat": self.stat,
        }  # fmt: skip
        for path, handler in posts.items():
            app.router.add_post(f"/api/v0/{path}", handler)
        return app

    async def health(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "repo": str(self._repo)})

    async def version(self, request: web.Request) -> web.Response:
        return web.json_response({"Version": VERSION, "Commit": "", "Repo": "14", "System": "", "Golang": ""})

    async def identity(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"ID": self._kubo.node_id(), "Addresses": [], "AgentVersion": "kubo/0.22.0/embedded"}
        )

    async def add(self, request: web.Request) -> web.Response:
        only_hash = request.query.get("only-hash") == "true"
        async with self._folder() as folder:
            names = await self._receive(request, folder)
            directories = {n for n in names if (folder / n).is_dir()}
            directories |= {str(p) for n in names for p in PurePosixPath(n).parents if str(p) != "."}
            outermost_last = sorted(directories, key=lambda n: -n.count("/"))
            rows = []  # all of them before the answer starts, so that a failure is still an error answer
            for name in [n for n in names if n not in directories] + outermost_last:
                path = folder / name
                found = await asyncio.to_thread(self._kubo.add_file, path, only_hash=only_hash)
                row = {
                    "Name": found if name == "blob" else name,
                    "Hash": found,
                    "Size": str(path.stat().st_size),
                }
                rows.append(json.dumps(row))
                if not only_hash:
                    self._pins.add(found)
            return web.Response(text="\n".join(rows) + "\n", content_type="application/json")

    async def _receive(self, request: web.Request, folder: Path) -> list[str]:
        """Write every part below `folder`; the names in order of arrival."""
        if not request.content_type.startswith("multipart/"):
            raise InvalidInput("add wants a multipart body.", "Use an IPFS client.")
        names: list[str] = []
        left = self._max_upload
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader):
                raise InvalidInput("A nested multipart body is not served.", "Use an IPFS client.")
            name = safe_name(unquote(part.filename or "blob"))
            target = folder / name
            names.append(name)
            if part.headers.get(hdrs.CONTENT_TYPE, "").startswith("application/x-directory"):
                target.mkdir(parents=True, exist_ok=True)
                await part.read()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                while piece := await part.read_chunk(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise InvalidInput(f"The upload is above {self._max_upload} bytes.", "Split it.")
                    file.write(piece)
        return names

    async def cat(self, request: web.Request) -> web.StreamResponse:
        offset, length = _number(request, "offset", 0), _number(request, "length", -1)
        async with self._downloaded(request) as (_, source):
            if source.is_dir():
                raise InvalidInput("this dag node is a directory", "Ask for a file in it.")
            return await self._send(request, source, "text/plain", offset, length)

    async def get(self, request: web.Request) -> web.StreamResponse:
        async with self._downloaded(request) as (name, source):
            archive = source.with_suffix(".tar")
            await asyncio.to_thread(_write_tar, archive, source, name)
            return await self._send(request, archive, "application/x-tar", 0, -1)

    async def block(self, request: web.Request) -> web.StreamResponse:
        _, digest = _argument(request)
        path = blocks.block_path(self._repo, digest)
        if not path.exists():
            raise _absent(digest)
        return await self._send(request, path, "text/plain", 0, -1)

    async def pin_add(self, request: web.Request) -> web.Response:
        name = await self._present(request)
        await asyncio.to_thread(self._kubo.pin, name)
        self._pins.add(name)
        return web.json_response({"Pins": [name]})

    async def pin_rm(self, request: web.Request) -> web.Response:
        name, _ = _argument(request)
        if name not in self._pins:
            raise NotFound("not pinned or pinned indirectly", "")
        await asyncio.to_thread(self._kubo.unpin, name)
        self._pins.remove(name)
        return web.json_response({"Pins": [name]})

    async def pin_ls(self, request: web.Request) -> web.Response:
        names = self._pins.names()
        if "arg" in request.query:
            name, _ = _argument(request)
            if name not in self._pins:
                raise NotFound(f"path '{name}' is not pinned", "")
            names = [name]
        return web.json_response({"Keys": {name: {"Type": "recursive"} for name in names}})

    async def stat(self, request: web.Request) -> web.Response:
        sizes = await asyncio.to_thread(
            lambda: [p.stat().st_size for p in self._repo.glob("blocks/*/*.data")]
        )
        return web.json_response(
            {
                "RepoSize": sum(sizes),
                "NumObjects": len(sizes),
                "RepoPath": str(self._repo),
                "StorageMax": 0,
                "Version": "14",
            }
        )

    async def _present(self, request: web.Request) -> str:
        name, digest = _argument(request)
        missing = await asyncio.to_thread(blocks.first_missing, self._repo, digest)
        if missing is not None:
            raise _absent(missing)
        return name

    @asynccontextmanager
    async def _folder(self) -> AsyncIterator[Path]:
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @asynccontextmanager
    async def _downloaded(self, request: web.Request) -> AsyncIterator[tuple[str, Path]]:
        name = await self._present(request)
        async with self._folder() as folder:
            target = folder / "content"
            await asyncio.to_thread(self._kubo.download, name, target)
            yield name, target

    async def _stream(self, request: web.Request, content_type: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: content_type})
        response.enable_chunked_encoding()
        await response.prepare(request)
        return response

    async def _send(
        self, request: web.Request, path: Path, kind: str, offset: int, length: int
    ) -> web.StreamResponse:
        response = await self._stream(request, kind)
        left = path.stat().st_size if length < 0 else length
        with path.open("rb") as file:
            file.seek(offset)
            while left > 0 and (piece := file.read(min(_PIECE, left))):
                await response.write(piece)
                left -= len(piece)
        await response.write_eof()
        return response


def safe_name(name: str) -> str:
    """A relative path below the upload; InvalidInput for anything that could leave it."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name or not path.parts or len(name) > 1024:
        raise InvalidInput(
            f"The file name {name[:80]!r} leaves the upload.", "Give relative names without '..'."
        )
    return str(path)


def _argument(request: web.Request) -> tuple[str, Hash]:
    name = request.query.get("arg", "").removeprefix("/ipfs/")
    return name, cid.from_cid(name)


def _number(request: web.Request, key: str, default: int) -> int:
    text = request.query.get(key, "")
    if text and not text.isdecimal():
        raise InvalidInput(f"{key} must be a whole number, not {text[:20]!r}.", "")
    return int(text) if text else default


def _absent(digest: bytes) -> NotFound:
    return NotFound(f"block was not found locally (offline): {cid.to_cid(digest)}", "")


def _write_tar(archive: Path, source: Path, name: str) -> None:
    with tarfile.open(archive, "w") as tar:
        tar.add(source, arcname=name)
