"""The studio as a server: with its sessions, its uploads and a link for whoever holds the node's key."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tallystick.app.node import Node
from tallystick.config import Config
from tallystick.domain.ids import Address
from tallystick.errors import NodeError
from tallystick.interfaces.studio import application
from tallystick.interfaces.studio.access.sessions import Sessions
from tallystick.interfaces.studio.rendering import Renderer
from tallystick.interfaces.studio.works import Works, report
from tallystick.interfaces.web import hosting, server
from tallystick.sections import StudioPlace

__all__ = ["hosted", "opened", "report", "run"]
Announce = Callable[[str], None]
WARM_S = 5.0


def run(node: Node, config: Config, place: StudioPlace, announce: Announce, *, serve: bool = False) -> None:
    """Until interrupted. `announce` is told the address: the operator's link, where the node's key could be unlocked."""
    with ExitStack() as held:
        if serve:
            app = server.build(node.serve(waits=False))
            held.enter_context(hosting.hosted(app, config.api_host, config.api_port))
        studio = held.enter_context(opened(node, place))
        app = application.served(studio, hosts_of(place))
        _warm(studio)
        hosting.run(lambda: app, place.host, place.port, lambda url: announce(link_of(studio, url)))


@contextmanager
def hosted(node: Node, place: StudioPlace) -> Iterator[str]:
    """In a thread, beside what else a process does; the link."""
    with opened(node, place) as studio:
        app = application.served(studio, hosts_of(place))
        with hosting.hosted(app, place.host, place.port) as url:
            yield link_of(studio, url)


@contextmanager
def opened(node: Node, place: StudioPlace) -> Iterator[application.Studio]:
    """Everything that a studio holds, until it is closed; uploads of a day are thrown away with it."""
    uploads = Path(tempfile.mkdtemp(prefix="tallystick-uploads-"))
    works = Works()
    try:
        sessions = Sessions(_operator(node), place.session)
        yield application.Studio(node, sessions, Renderer(), works, uploads)
    finally:
        works.close()
        shutil.rmtree(uploads, ignore_errors=True)


def _warm(studio: application.Studio) -> None:
    """What the first visitor would wait for is done before there is one, unless the chain is slow to answer."""

    def work() -> None:
        studio.render.warm()
        with suppress(NodeError):  # the page says so itself
            studio.node.glance()

    warming = threading.Thread(target=work, name="studio-warms", daemon=True)
    warming.start()
    warming.join(WARM_S)


def link_of(studio: application.Studio, url: str) -> str:
    """Where a person should go: signed in as the operator where that is possible."""
    at = f"{url}{application.PATH}/"
    return f"{at}account/link/{studio.sessions.make_link()}" if studio.sessions.operator else at


def hosts_of(place: StudioPlace) -> tuple[str, ...]:
    """Only these: a name that a stranger binds to our address would make browsers ask us in his pages' name."""
    return tuple(dict.fromkeys((*application.LOOPBACK, place.host.lower(), *place.names.split())))


def _operator(node: Node) -> Address | None:
    """None without a key or its password: the studio shows, and others sign in with wallets of their own."""
    try:
        return node.identity()
    except NodeError:
        return None
