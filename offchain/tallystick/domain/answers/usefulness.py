"""What an answer tells of its passages, and what a node keeps of that for a passage."""

from dataclasses import dataclass

from tallystick.domain.ids import AssetId

# A data set and its record.
Place = tuple[AssetId, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """An earlier passage stood in a later one's place for once; `gave` is what it was paid of its rise, micro-nats."""

    earlier: Place
    later: Place
    gave: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """One answer: what stood in its prompt, the nearest to the question first; what raised it, there or not; who was
    asked."""

    shown: tuple[Place, ...]
    raised: frozenset[Place]
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """`raised` is how many answers this passage raised, `tried` how often others were asked about it, `earlier` who gave
    its rise before, with micro-nats."""

    place: Place
    credit: int
    raised: int = 0
    tried: int = 0
    earlier: tuple[tuple[Place, int], ...] = ()
