"""Small faults put into Solidity sources, one at a time. Knows the surface of the language: a mutant may not compile."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HIDDEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\b(?:import|pragma|event|error|using)\b[^;]*;', re.DOTALL
)
SWAPS = {
    "relation": {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="},
    "arithmetic": {
        "+": "-",
        "-": "+",
        "*": "/",
        "/": "*",
        "%": "*",
        "+=": "-=",
        "-=": "+=",
        "<<": ">>",
        ">>": "<<",
    },
    "boolean": {"&&": "||", "||": "&&", "true": "false", "false": "true"},
}
SWAP = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||\+=|-=|<<|>>|<|>|\+|-|\*|/|%)(?= )|\b(?:true|false)\b")
STEP = re.compile(r"\+\+|--(?!>)")
NOT = re.compile(r"!(?=[A-Za-z_(])")
NUMBER = re.compile(r"(?<![\w.$])(\d[\d_]*)(?![\w.]|\s*(?:days|hours|ether))")
GUARD = re.compile(r"\brequire\(")
STATEMENT = re.compile(
    r"(?<=[;{}])(\s+)(?!return\b|revert\b|require\b|emit\b|if\b|else\b|for\b|while\b|unchecked\b|let\b|mstore8?\b)"
    r"([A-Za-z_(][^;{}]*(?:=|\)|\+\+|--)[^;{}]*;)"
)
MODIFIER = re.compile(r"(?<=\s)(restricted|only[A-Z]\w*|ofBatch\([^)]*\)|ofProposal\([^)]*\))(?=\s)")
BODY = re.compile(r"\bfunction\s+(\w+)|\b(constructor)\s*\(|\bmodifier\s+(\w+)")
# The left side of these is a declaration: without it nothing compiles.
DECLARATION = re.compile(
    r"^\(?(?:[A-Z]\w*(?:\.\w+)?|u?int\d*|bytes\d*|bool|address|mapping\b.*?|string)(?:\[\d*\])*\s+"
    r"(?:memory |storage |calldata |public |private |internal |immutable |constant )*\w+\b",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """`source[start:end]` becomes `after`. The place has no line number, so that it outlives edits elsewhere."""

    path: str
    function: str
    operator: str
    start: int
    end: int
    before: str
    after: str
    line: str
    """The source's line or lines, with what is changed between marks."""

    @property
    def name(self) -> str:
        return (
            f"{self.path} {self.function} {self.operator}: {self.line} => {_short(self.after) or 'nothing'}"
        )

    def applied(self, source: str) -> str:
        return source[: self.start] + self.after + source[self.end :]


def mutants_of(path: str, source: str) -> list[Mutant]:
    """All mutants of a file, in the order of the source."""
    shown = HIDDEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), source)
    starts = [(m.start(), next(g for g in m.groups() if g)) for m in BODY.finditer(shown)]
    if not starts:
        return []
    found = [
        Mutant(
            path,
            _function(starts, start),
            operator,
            start,
            end,
            source[start:end],
            after,
            _line(source, start, end),
        )
        for operator, start, end, after in _places(shown)
        if start > starts[0][0]
    ]
    return sorted(found, key=lambda m: (m.start, m.end, m.after))


def sample(mutants: list[Mutant], count: int, seed: str) -> list[Mutant]:
    """So many of them, always the same for a seed, in an order that makes every beginning a sample too."""
    return random.Random(seed).sample(mutants, min(count, len(mutants)))


def read(root: Path, path: str) -> list[Mutant]:
    return mutants_of(path, (root / path).read_text(encoding="utf-8"))


def _places(shown: str) -> Iterator[tuple[str, int, int, str]]:
    for m in SWAP.finditer(shown):
        yield from (
            (name, m.start(), m.end(), swaps[m.group()])
            for name, swaps in SWAPS.items()
            if m.group() in swaps
        )
    for m in STEP.finditer(shown):
        yield "arithmetic", m.start(), m.end(), "--" if m.group() == "++" else "++"
    for operator, pattern in (("boolean", NOT), ("modifier", MODIFIER)):
        yield from ((operator, m.start(), m.end(), "") for m in pattern.finditer(shown))
    for m in NUMBER.finditer(shown):
        yield "constant", m.start(), m.end(), str(int(m.group().replace("_", "")) + 1)
    for m in GUARD.finditer(shown):
        end = shown.find(";", _closing(shown, m.end() - 1))
        yield "guard", m.start(), end + 1, ""
    for m in STATEMENT.finditer(shown):
        if not DECLARATION.match(m.group(2)):
            yield "statement", m.start(2), m.end(2), ""


def _closing(shown: str, opening: int) -> int:
    depth = 0
    for i in range(opening, len(shown)):
        depth += {"(": 1, ")": -1}.get(shown[i], 0)
        if depth == 0:
            return i
    return len(shown)


def _function(starts: list[tuple[int, str]], place: int) -> str:
    return next(name for start, name in reversed(starts) if start <= place)


def _line(source: str, start: int, end: int) -> str:
    first, last = source.rfind("\n", 0, start) + 1, source.find("\n", end)
    return _short(f"{source[first:start]}«{source[start:end]}»{source[end:last]}")


def _short(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
