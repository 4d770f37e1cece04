"""What the demo is played on: a chain with a clock, content, books and keys per person, and faces over HTTP."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.paying.desk import PayDesk
from tallystick.app.paying.operator_api import OperatorApi
from tallystick.domain.digests import Domain
from tallystick.ports import Chain, ContentStore, Ledger, Reader

OWNERS = ("alice", "ines", "omar", "petra", "tomas", "mallory")


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with a key, a view of the chain that signs with it, and books."""

    name: str
    signer: Reader
    chain: Chain
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer as an OpenAI client got it. `extension` is the `tallystick` part."""

    question: str
    text: str
    extension: Mapping[str, Any]
    streamed: bool


class Faces(Protocol):
    """The HTTP side, made by the interfaces: each context serves on loopback and ends with it."""

    def operator(self, desk: AnswerDesk) -> AbstractContextManager[str]: ...
    def proxy(self, desk: PayDesk) -> AbstractContextManager[str]: ...
    def ask(self, url: str, model: str, question: str, *, stream: bool) -> Asked: ...


@dataclass(frozen=True, slots=True)
class Stage:
    """`mine(n)` and `advance(s)` move the development chain; `contracts` are addresses by name."""

    folder: Path
    base: Path
    embedder: Path | None
    threads: int
    domain: Domain
    contracts: Mapping[str, str]
    parameters: Mapping[str, Any]
    content: ContentStore
    actor: Callable[[str], Actor]
    operator_api: Callable[[str], OperatorApi]
    mine: Callable[[int], None]
    advance: Callable[[int], None]
    faces: Faces
