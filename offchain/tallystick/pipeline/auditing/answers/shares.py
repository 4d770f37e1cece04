"""Levels L2 and L3 of one answer: the paid shares of a pot against the reference scorer's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.domain.answers.levels import Fault
from tallystick.domain.ids import AssetId, Pot
from tallystick.domain.usage import Line, Share


@dataclass(frozen=True, slots=True)
class Compared:
    """Paid less reference, ppm, of every asset that either names in one pot."""

    pot: Pot
    differences: Mapping[AssetId, int]

    @property
    def largest(self) -> int:
        return max((abs(d) for d in self.differences.values()), default=0)


def compare(pot: Pot, paid: Sequence[Line], reference: Sequence[Share]) -> Compared:
    said = {x.asset_id: x.ppm for x in paid if x.pot is pot}
    found = {s.asset_id: s.ppm for s in reference if s.pot is pot}
    assets = sorted(said.keys() | found.keys())
    return Compared(pot, {a: said.get(a, 0) - found.get(a, 0) for a in assets})


def faults_of(compared: Compared, tolerance: int, remedy: str) -> tuple[Fault, ...]:
    """One fault an asset that was paid otherwise than the tolerance, ppm of its pot, allows."""
    name = compared.pot.name.lower()
    return tuple(
        Fault(
            f"{name} share",
            f"0x{asset.hex()} was paid {difference:+d} ppm of the {name} pot against the reference",
            f"{tolerance} ppm are allowed",
            remedy,
        )
        for asset, difference in compared.differences.items()
        if abs(difference) > tolerance
    )
