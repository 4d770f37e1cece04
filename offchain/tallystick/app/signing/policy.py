"""A policy file: for each key what it may sign, how much at once and a day. What is not named is refused."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tallystick.app.signing.readings import BEYOND, Asked, Readings
from tallystick.errors import InvalidInput, NotFound
from tallystick.ports.keys import Charge, SigningRefused

EVERY: Final = "every-transaction"
_PARTS: Final = frozenset({"most", "per_day", "only"})
_NONE_UNLESS_BOUND: Final = {"value": "wei", BEYOND: "units that no voucher acknowledges"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Bounds by field: of one signature, of a day's, and the values that alone are allowed.

    In a list each value must keep within `most` and `only`, and a day's sum counts all of them.
    """

    most: Mapping[str, int]
    per_day: Mapping[str, int]
    only: Mapping[str, frozenset[int]]

    def check(self, asked: Asked) -> None:
        for name, limit in self.most.items():
            for found in asked.fields[name]:
                if not 0 <= found <= limit:
                    raise SigningRefused(f"{asked.name}: {name} is {found}, more than {limit}.")
        for name, allowed in self.only.items():
            for found in asked.fields[name]:
                if found not in allowed:
                    raise SigningRefused(f"{asked.name}: {name} {found:#x} is not allowed.")

    def charges(self, key: str, rule: str, asked: Asked) -> Iterable[Charge]:
        return (
            Charge(f"{key}/{rule}/{name}", sum(asked.fields[name]), limit)
            for name, limit in self.per_day.items()
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules by key name and by what is asked."""

    keys: Mapping[str, Mapping[str, Rule]]

    def check(self, key: str, asked: Asked) -> tuple[Charge, ...]:
        """What it counts against; `SigningRefused` says which bound forbids it."""
        rules = self.keys.get(key, {})
        rule = rules.get(asked.name)
        if rule is None:
            raise SigningRefused(f"The policy does not let the key {key!r} sign {asked.name}.")
        for name, unit in _NONE_UNLESS_BOUND.items() if asked.is_transaction else ():
            if name not in rule.most and (found := max(asked.fields.get(name, ()), default=0)):
                raise SigningRefused(f"{asked.name}: a {name} of {found} {unit}, but none is allowed.")
        rule.check(asked)
        charges = list(rule.charges(key, asked.name, asked))
        if asked.is_transaction and (every := rules.get(EVERY)) is not None:
            every.check(asked)
            charges += every.charges(key, EVERY, asked)
        return tuple(charges)


def read_policy(path: Path, readings: Readings) -> Policy:
    """`InvalidInput` names the line of thought that is wrong: a typing error must never allow or forbid by accident."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no policy file {path}.", "docs/node/keys.md has one to start from."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not TOML: {error}.") from error
    _known(path, "", told, {"chain_id", "keys"})
    if told.get("chain_id") != readings.chain_id:
        raise InvalidInput(
            f"{path} is for chain {told.get('chain_id')}, the deployment for {readings.chain_id}.",
            "Write the policy for this chain.",
        )
    keys = _table(path, "keys", told.get("keys"))
    return Policy({key: _rules(path, key, _table(path, key, rules), readings) for key, rules in keys.items()})


def _rules(path: Path, key: str, rules: Mapping[str, Any], readings: Readings) -> dict[str, Rule]:
    _known(path, key, rules, {*readings.names, EVERY})
    return {
        name: _rule(path, f"{key}.{name}", _table(path, name, told), readings) for name, told in rules.items()
    }


def _rule(path: Path, place: str, told: Mapping[str, Any], readings: Readings) -> Rule:
    _known(path, place, told, _PARTS)
    name = place.partition(".")[2]
    fields = readings.fields_of("no-op" if name == EVERY else name)
    parts = {part: _table(path, f"{place}.{part}", told.get(part, {})) for part in _PARTS}
    for part, bounds in parts.items():
        _known(path, f"{place}.{part}", bounds, fields)
    only = {
        field: frozenset(_number(path, place, each) for each in (some if isinstance(some, list) else [some]))
        for field, some in parts["only"].items()
    }
    most, per_day = (
        {field: _number(path, place, limit) for field, limit in parts[part].items()}
        for part in ("most", "per_day")
    )
    return Rule(most, per_day, only)


def _table(path: Path, place: str, told: object) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise InvalidInput(f"{path}: {place} is no table.", "docs/node/keys.md shows the form.")
    return told


def _number(path: Path, place: str, told: object) -> int:
    """A whole number, or 0x hex text: an address, a hash."""
    if isinstance(told, str) and told.startswith("0x"):
        try:
            return int(told, 16)
        except ValueError:
            pass
    if isinstance(told, bool) or not isinstance(told, int) or told < 0:
        raise InvalidInput(f"{path}: {place} has {told!r} where a whole number or 0x text belongs.")
    return told


def _known(path: Path, place: str, told: Mapping[str, Any], known: Collection[str]) -> None:
    for name in told:
        if name not in known:
            raise InvalidInput(
                f"{path}: {place or 'the top'} has an unknown {name!r}.",
                f"There are: {', '.join(sorted(known))}." if len(known) < 30 else "See docs/node/keys.md.",
            )
