"""The gate of parameters: what is proposed has to pass what today's parameters pass, and to be no worse elsewhere.

A proposal carries the report's digest; whoever votes runs the same seed and compares.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from tallystick.app.redteam.attacks.attack import Attack, Ground
from tallystick.app.redteam.attacks.report import Outcome, run
from tallystick.commitments.keccak import keccak256
from tallystick.errors import InvalidInput, Reverted

FRESH = 5
# Of what an attack earned beyond its bar, percent: more than this worse is worse.
SLACK = 1


@dataclass(frozen=True, slots=True)
class Changes:
    """Of the parameters that pay and deter; None leaves one as it is. Windows are bounded by the contracts alone."""

    burned_bps: int | None = None
    reporter_bps: int | None = None
    cover_percent: int | None = None
    proposal_bond: int | None = None

    def over(self, current: tuple[int, ...]) -> tuple[int, ...]:
        """A parameter set as the contract takes it, the next version of `current`."""
        chosen = (self.burned_bps, self.reporter_bps, self.cover_percent, self.proposal_bond)
        kept = [old if new is None else new for old, new in zip(current[4:8], chosen, strict=True)]
        return (current[0] + 1, *current[1:4], *kept, *current[8:])


@dataclass(frozen=True, slots=True)
class Compared:
    """One attack today and as proposed: whether its bar was met, and what the best of all plays earned beyond it."""

    attack: str
    bar: str
    was_met: bool
    is_met: bool
    was_excess: int
    excess: int
    is_worse: bool


@dataclass(frozen=True, slots=True)
class Gated:
    """`digest` is of all else here, in canonical form: 32 bytes in hexadecimal."""

    passes: bool
    parameters: tuple[int, ...]
    seed: int
    plays: int
    attacks: tuple[Compared, ...]
    digest: str = ""


def gate(
    changes: Changes,
    fresh_ground: Callable[[], Ground],
    attacks: Iterable[Attack],
    seed: int,
    plays: int,
    tell: Callable[[str], None] = lambda name: None,
) -> Gated:
    """Every attack with the same search under both; `InvalidInput` where the contract's hard bounds refuse."""
    proposed = changes.over(_current(fresh_ground()))

    def changed() -> Ground:
        ground = fresh_ground()
        try:
            ground.contracts.Parameters.set(proposed, {"from": ground.treasury})
        except Reverted as error:
            raise InvalidInput(
                f"The contract refuses {proposed}.", "Keep to the bounds in contracts/access/Parameters.sol."
            ) from error
        return ground

    found = []
    for attack in attacks:
        tell(attack.name)
        plain = Attack(attack.name, attack.about, attack.bar, attack.space, attack.play)
        before, after = (run(plain, ground, seed, plays, FRESH) for ground in (fresh_ground, changed))
        found.append(_compared(before, after))
    passes = not any(c.is_worse for c in found)
    return _sealed(Gated(passes, proposed, seed, plays, tuple(found)))


def _compared(before: Outcome, after: Outcome) -> Compared:
    lost = before.met and not after.met
    more = not before.met and 100 * after.excess > (100 + SLACK) * max(before.excess, 0)
    return Compared(after.attack, after.bar, before.met, after.met, before.excess, after.excess, lost or more)


def _sealed(gated: Gated) -> Gated:
    told = {**asdict(gated), "digest": ""}
    digest = keccak256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())
    return Gated(gated.passes, gated.parameters, gated.seed, gated.plays, gated.attacks, "0x" + digest.hex())


def _current(ground: Ground) -> tuple[int, ...]:
    return tuple(int(word) for word in ground.contracts.Parameters.current())
