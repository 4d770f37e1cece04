"""Sessions in this process's memory: a stop of the studio signs everybody out. No key and no password is ever here."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import IntEnum

from tallystick.domain.ids import Address
from tallystick.errors import NotAuthorised
from tallystick.interfaces.studio.access.siwe import Challenge

MOST, VISITOR_S, CHALLENGE_S, LINK_S = 10_000, 3_600, 600, 600


class Role(IntEnum):
    """Each may do what those before it may. The operator holds the node's key; a member has shown an address."""

    VISITOR = 0
    MEMBER = 1
    OPERATOR = 2


@dataclass(frozen=True, slots=True)
class Session:
    """`csrf` must come with whatever changes something."""

    id: str
    csrf: str
    expires_at: float
    address: Address | None = None
    role: Role = Role.VISITOR
    pending: Challenge | None = None
    is_new: bool = False

    def require(self, role: Role) -> None:
        if self.role >= role:
            return
        if self.role is Role.VISITOR:
            raise NotSignedIn("You are not signed in, or your session has ended.", "Sign in to go on.")
        raise NotAuthorised(
            "Only the operator of this node may do that.",
            "Sign in with the node's key: `tallystick studio` printed a link for it.",
        )


class NotSignedIn(NotAuthorised):
    http_status, code = 401, "not_signed_in"


@dataclass
class Sessions:
    """`lifetime_s` counts from the sign-in."""

    operator: Address | None
    lifetime_s: int
    clock: Callable[[], float] = time.time
    _held: dict[str, Session] = field(default_factory=dict)
    _links: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, id_: str | None) -> Session:
        """The session by its cookie; a new visitor's where there is none or its time is over."""
        with self._lock:
            found = self._held.get(id_ or "")
            if found is not None and self.clock() < found.expires_at:
                return replace(found, is_new=False)
            self._held.pop(id_ or "", None)
            return self._put(Session(_token(), _token(), self.clock() + VISITOR_S, is_new=True))

    def challenge(
        self, session: Session, domain: str, uri: str, address: Address, chain_id: int
    ) -> Challenge:
        """What the wallet shall sign; a later one takes its place."""
        now = int(self.clock())
        nonce = secrets.token_hex(12)
        made = Challenge(domain, uri, address, chain_id, nonce, now, now + CHALLENGE_S)
        with self._lock:
            self._put(replace(session, pending=made))
        return made

    def sign_in(self, session: Session, signature: str) -> Session:
        """A session with a new id; the challenge is used up either way."""
        with self._lock:
            current = self._held.get(session.id)
            if current is None or current.pending is None:
                raise NotAuthorised("No sign-in was begun here.", "Sign in again.")
            self._put(replace(current, pending=None))
        current.pending.check(signature, int(self.clock()))
        return self._renewed(session, current.pending.address)

    def make_link(self) -> str:
        """A token for one sign-in as the operator, for whoever reads what this process prints."""
        token = _token()
        self._links[token] = self.clock() + LINK_S
        return token

    def follow_link(self, session: Session, token: str) -> Session:
        ends_at = self._links.pop(token, 0.0)
        if self.operator is None or self.clock() >= ends_at:
            raise NotAuthorised(
                "This link was used already, or it is too old.", "Start `tallystick studio` anew for another."
            )
        return self._renewed(session, self.operator)

    def sign_out(self, session: Session) -> None:
        with self._lock:
            self._held.pop(session.id, None)

    def _renewed(self, session: Session, address: Address) -> Session:
        role = Role.OPERATOR if address == self.operator else Role.MEMBER
        made = Session(_token(), _token(), self.clock() + self.lifetime_s, address, role, is_new=True)
        with self._lock:
            self._held.pop(session.id, None)
            return self._put(made)

    def _put(self, session: Session) -> Session:
        self._held[session.id] = session
        while len(self._held) > MOST:
            self._held.pop(min(self._held, key=lambda i: (self._held[i].role, self._held[i].expires_at)))
        return session


def _token() -> str:
    return secrets.token_urlsafe(32)
