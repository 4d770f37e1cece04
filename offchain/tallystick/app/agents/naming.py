"""The agent that a request names: read from its body, and looked up before anybody pays for it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from tallystick.domain.ids import NO_AGENT, AssetId
from tallystick.errors import Conflict, InvalidInput, NotFound
from tallystick.ports.agents import AgentRegistry

LOOK_EVERY_S = 60.0
MOST_KNOWN = 10_000


def agent_of(body: Mapping[str, Any]) -> AssetId:
    """Of a request's `tallystick.agent`; `NO_AGENT` where it names none, `InvalidInput` for anything but an asset id."""
    extension = body.get("tallystick")
    if extension is None:
        return NO_AGENT
    named = extension.get("agent") if isinstance(extension, Mapping) else extension
    if isinstance(extension, Mapping) and named is None:
        return NO_AGENT
    try:
        if not (isinstance(named, str) and len(named) == 66 and named.startswith("0x")):
            raise ValueError(named)
        return AssetId(bytes.fromhex(named[2:]))
    except ValueError as error:
        raise InvalidInput(
            "`tallystick.agent` must be 0x and 64 hex digits.", "Name a registered agent, or none."
        ) from error


def naming(body: Mapping[str, Any], agent: AssetId) -> dict[str, Any]:
    """The same request, naming this agent where it names none."""
    if agent == NO_AGENT or agent_of(body) != NO_AGENT:
        return dict(body)
    return {**body, "tallystick": {**(body.get("tallystick") or {}), "agent": "0x" + agent.hex()}}


class KnownAgents:
    """Whether an agent may be paid. Asks the chain once a minute and agent, since strangers name what they like."""

    def __init__(self, registry: AgentRegistry, clock: Callable[[], float] = time.monotonic) -> None:
        self._registry, self._clock = registry, clock
        self._seen: dict[AssetId, float] = {}

    def __call__(self, agent: AssetId) -> None:
        """`NotFound` for an id that is no agent's, `Conflict` for a retired one."""
        if agent == NO_AGENT or self._clock() - self._seen.get(agent, -LOOK_EVERY_S) < LOOK_EVERY_S:
            return
        if not self._registry.registered_at(agent):
            raise NotFound(f"No agent 0x{agent.hex()} is registered.", "Name a registered agent, or none.")
        if self._registry.retired_at(agent):
            raise Conflict(f"The agent 0x{agent.hex()} is retired.", "Name another agent, or none.")
        if len(self._seen) >= MOST_KNOWN:
            self._seen.clear()
        self._seen[agent] = self._clock()
