"""A file on its way to become a data set: looked at, its columns named, checked, registered."""

import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from tallystick.app.datasets.care import CareOptions
from tallystick.app.datasets.register import LICENCES
from tallystick.domain.ids import Address
from tallystick.errors import InvalidInput, NodeError, NotFound, Overloaded
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.application import Studio
from tallystick.interfaces.studio.pages.asking import begun, see

MOST_EACH: Final = 5
MOST: Final = 200
MOST_BYTES: Final = 2 << 30
KEPT_S: Final = 3_600
OURS: Final = (
    "question",
    "answer",
    "instruction",
    "output",
    "input",
    "system",
    "prompt",
    "completion",
    "messages",
)
COLUMNS: Final = (*OURS, "text", "title")


@dataclass(frozen=True, slots=True)
class Draft:
    """Seen by the address that brought it, alone."""

    token: str
    path: Path
    owner: Address
    brought_at: float
    size: int


class Drafts:
    """Each person's newest; what falls out is deleted. Nobody's upload ends another's within the hour: when there is no
    more room, who comes last is told."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock, self._lock = folder, clock, threading.Lock()
        self._held: OrderedDict[str, Draft] = OrderedDict()

    def take(self, file: UploadFile, owner: Address) -> Draft:
        name = PurePosixPath((file.filename or "").replace("\\", "/")).name
        if not name or name.startswith(".") or len(name) > 200:
            raise InvalidInput("The file needs a name.", "Name it by what it holds, such as bells.csv.")
        token = secrets.token_urlsafe(9)
        path = self._folder / token / name
        path.parent.mkdir(parents=True)
        with path.open("wb") as out:
            shutil.copyfileobj(file.file, out)
        draft = Draft(token, path, owner, self._clock(), path.stat().st_size)
        with self._lock:
            self._make_room(draft)
            self._held[token] = draft
        return draft

    def _make_room(self, coming: Draft) -> None:
        own = [d for d in self._held.values() if d.owner == coming.owner]
        late = [d for d in self._held.values() if d.brought_at + KEPT_S < coming.brought_at]
        for each in {d.token: d for d in (*own[: max(0, len(own) + 1 - MOST_EACH)], *late)}.values():
            shutil.rmtree(self._held.pop(each.token).path.parent, ignore_errors=True)
        size = coming.size + sum(d.size for d in self._held.values())
        if len(self._held) >= MOST or size > MOST_BYTES:
            shutil.rmtree(coming.path.parent, ignore_errors=True)
            raise Overloaded("The studio holds all the uploads that it can.", retry_after_s=KEPT_S)

    def find(self, token: str, session: Session) -> Draft:
        session.require(Role.MEMBER)
        with self._lock:
            found = self._held.get(token)
        if found is None or found.owner != session.address:
            raise NotFound("That upload is not here any more.", "Upload the file again.")
        return found


def routes(studio: Studio, drafts: Drafts) -> APIRouter:
    router = APIRouter()
    _looking(router, studio, drafts)
    _comparing(router, studio, drafts)
    _registering(router, studio, drafts)
    return router


def _looking(router: APIRouter, studio: Studio, drafts: Drafts) -> None:
    @router.post("/upload")
    def upload(request: Request, file: UploadFile) -> Response:
        session: Session = request.state.session
        session.require(Role.MEMBER)
        assert session.address is not None
        draft = drafts.take(file, session.address)
        studio.node.preview_dataset(path=draft.path, number=1)  # what cannot be read is refused here
        return see(request, f"/data/draft/{draft.token}")

    @router.get("/draft/{token}")
    def draft(request: Request, token: str, page: int = 1) -> Response:
        found = drafts.find(token, request.state.session)
        seen = studio.node.preview_dataset(path=found.path, number=page)
        chosen = mapping_of(request.query_params) or dict(seen.mapping)
        facts: dict[str, Any] = {
            "seen": seen,
            "chosen": chosen,
            "columns": COLUMNS,
            "draft": found,
            "query": _query(chosen),
        }
        return studio.render.page(request, "data/draft.html", licences=LICENCES, **facts)

    @router.get("/draft/{token}/findings")
    def findings(request: Request, token: str) -> Response:
        """The slow part: every record is looked at."""
        found, chosen = drafts.find(token, request.state.session), mapping_of(request.query_params)
        checked = studio.node.check_dataset(path=found.path, mapping=chosen, care=CareOptions())
        return studio.render.page(
            request,
            "data/findings.html",
            checked=checked,
            bond=_bond(studio, sum(s.records for s in checked.sets)),
            draft=found,
            chosen=chosen,
            licences=LICENCES,
            names=sorted(studio.node.dataset_names().values()),
        )


def _comparing(router: APIRouter, studio: Studio, drafts: Drafts) -> None:
    @router.get("/draft/{token}/registered")
    def registered(request: Request, token: str) -> Response:
        """Slow, too: what others registered is read."""
        found, chosen = drafts.find(token, request.state.session), mapping_of(request.query_params)
        seen = studio.node.compare_dataset(path=found.path, mapping=chosen, owner=found.owner)
        return studio.render.page(
            request, "data/registered.html", seen=seen, bond=_bond(studio, seen.records)
        )


def _registering(router: APIRouter, studio: Studio, drafts: Drafts) -> None:
    @router.post("/draft/{token}/register")
    async def register(
        request: Request,
        token: str,
        name: Annotated[str, Form()],
        licence: Annotated[str, Form()],
        previous: Annotated[str, Form()] = "",
        private: Annotated[bool, Form()] = False,
    ) -> Response:
        session: Session = request.state.session
        session.require(Role.OPERATOR)
        found, chosen = drafts.find(token, session), mapping_of(await request.form())
        job = partial(
            studio.node.register_dataset,
            path=found.path,
            name=name,
            licence="by-grant" if private else licence,
            key=studio.node.key_name(),
            previous=previous or None,
            is_private=private,
            mapping=chosen,
        )
        work = studio.works.start(f"Registering {name}", job, page=f"/data/named/{name}", owner=found.owner)
        return begun(request, work)


def mapping_of(told: Mapping[str, object]) -> dict[str, str]:
    """Our columns to the file's, as the form names them."""
    found = {ours: str(told.get(f"map-{ours}", "")) for ours in COLUMNS}
    return {ours: theirs for ours, theirs in found.items() if theirs}


def _query(mapping: Mapping[str, str]) -> str:
    from urllib.parse import urlencode

    return "".join("&" + urlencode({f"map-{ours}": theirs}) for ours, theirs in mapping.items())


def _bond(studio: Studio, records: int) -> int | None:
    try:
        return studio.node.dataset_bond(records=records) if records else None
    except NodeError:
        return None
