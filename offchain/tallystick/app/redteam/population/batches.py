"""What an operator's open batch holds until it is judged: what was taken aside, and what honest shares would have been.

A conviction returns a batch's total; whoever replaces it pays the honest shares and takes the operator's pot
(PROTOCOL sections 5 and 8). A batch that nobody convicts pays what it says.
"""

from dataclasses import dataclass

import numpy as np

from tallystick.app.redteam.population.people import Bools, Floats, Ints


@dataclass(slots=True)
class Pending:
    """By operator: base units taken aside and of its own pot; `owed` are honest shares as (operator, owner, amount)."""

    taken: Floats
    own: Floats
    owed: list[tuple[Ints, Ints, Ints]]

    @classmethod
    def empty(cls, operators: int) -> "Pending":
        return cls(np.zeros(operators), np.zeros(operators), [])

    def close(self, full: Bools, fell: Bools, size: int) -> tuple[Floats, Floats]:
        """What full batches pay their operators, shape (operators,), and what replaced ones pay others, shape (size,)."""
        paid = np.where(full & ~fell, self.taken + self.own, 0.0)
        self.taken[full] = 0.0
        self.own[full] = 0.0
        late = np.zeros(size)
        for operator, owner, amount in self.owed:
            due = fell[operator]
            late += np.bincount(owner[due], weights=amount[due], minlength=size)
        self.owed = [kept for kept in (_kept(entry, ~full) for entry in self.owed) if len(kept[0])]
        return paid, late


def _kept(entry: tuple[Ints, Ints, Ints], still: Bools) -> tuple[Ints, Ints, Ints]:
    mask = still[entry[0]]
    return entry[0][mask], entry[1][mask], entry[2][mask]
