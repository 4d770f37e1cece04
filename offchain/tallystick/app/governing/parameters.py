"""The parameters in force with their bounds, what motions would make of them, and every version there was."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from tallystick.app.governing.motions import SeenMotion
from tallystick.domain.ids import Hash
from tallystick.ports import Chain, ChainEvent, ParameterSet


@dataclass(frozen=True, slots=True)
class Pending:
    """What a motion that is not over would set."""

    motion_id: Hash
    state: str
    value: int


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """Windows in seconds, parts in bps, cover in percent, bonds and caps in base units; `least` and `most` are code."""

    name: str
    value: int
    least: int
    most: int
    pending: tuple[Pending, ...]


@dataclass(frozen=True, slots=True)
class SetVersion:
    """A version as it came into force, and the parameters that differ from the version before."""

    version: int
    changed: tuple[str, ...]
    block: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class ParametersNow:
    version: int
    lines: tuple[ParameterLine, ...]
    versions: tuple[SetVersion, ...]


def parameters_now(
    chain: Chain, motions: Sequence[SeenMotion], versions: Sequence[ChainEvent]
) -> ParametersNow:
    now, bounds = chain.parameters.current(), chain.parameters.bounds()
    lines = (
        ParameterLine(f.name, getattr(now, f.name), *bounds[f.name], _pending(f.name, motions))
        for f in fields(ParameterSet)
        if f.name != "version"
    )
    return ParametersNow(now.version, tuple(lines), _versions(chain, versions))


def _pending(name: str, motions: Sequence[SeenMotion]) -> tuple[Pending, ...]:
    changes = ((m, c) for m in motions if not m.is_over for c in m.changes if c.name == name)
    return tuple(Pending(m.motion_id, m.state, c.then) for m, c in changes)


def _versions(chain: Chain, events: Sequence[ChainEvent]) -> tuple[SetVersion, ...]:
    """The newest first; the first version changed nothing."""
    sets = [chain.parameters.at_version(e.values["version"]) for e in events]
    before = [*sets[:1], *sets]
    rows = zip(events, sets, before, strict=False)
    found = [SetVersion(now.version, _differ(was, now), e.block, e.tx_hash) for e, now, was in rows]
    return tuple(reversed(found))


def _differ(was: ParameterSet, now: ParameterSet) -> tuple[str, ...]:
    names = (f.name for f in fields(ParameterSet) if f.name != "version")
    return tuple(name for name in names if getattr(was, name) != getattr(now, name))
