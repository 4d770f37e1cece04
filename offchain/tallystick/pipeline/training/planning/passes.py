"""The greatest forward pass of a training, from records' lengths alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tallystick.pipeline.training.packing import first_fit_decreasing, minibatches
from tallystick.pipeline.training.recipe import TrainingRecipe
from tallystick.pipeline.training.records import Encoded

MOST_IN_HALVES = 2048


@dataclass(frozen=True, slots=True)
class Lengths:
    """Token ids of each record, how many of them are answers', and how many first ids all records share."""

    tokens: tuple[int, ...]
    answers: tuple[int, ...]
    shared: int = 0

    @classmethod
    def of(cls, records: Sequence[Encoded]) -> "Lengths":
        first, last = min(r.ids for r in records), max(r.ids for r in records)
        same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
        begun = min(r.learnt.index(True) for r in records) - 1
        return cls(tuple(len(r) for r in records), tuple(r.answers for r in records), min(same, begun))


@dataclass(frozen=True, slots=True)
class Pass:
    """`rows` of `length` ids; packed, `sizes` are its records'. `answers` are all places with something to learn."""

    rows: int
    length: int
    answers: int
    sizes: tuple[int, ...] = ()


def greatest_pass(lengths: Lengths, recipe: TrainingRecipe) -> Pass:
    """By positions, over the recipe's own minibatches: the same seed, the same rows."""
    return max(_passes(lengths, recipe), key=lambda p: (p.rows * p.length, p.answers))


def _passes(lengths: Lengths, recipe: TrainingRecipe) -> Iterator[Pass]:
    blanks = [
        Encoded((0,) * n, (False,) * (n - told) + (True,) * told)
        for n, told in zip(lengths.tokens, lengths.answers, strict=True)
    ]
    if recipe.in_halves:
        yield from _in_halves(blanks, recipe, lengths.shared)
        return
    drawn = minibatches(blanks, recipe.minibatch, recipe.seed, recipe.epochs, bucketing=recipe.bucketing)
    for minibatch in drawn:
        if not recipe.packing:
            longest = max(len(r) for r in minibatch)
            yield Pass(len(minibatch), longest, sum(r.answers for r in minibatch))
            continue
        for group in first_fit_decreasing([len(r) for r in minibatch], recipe.cutoff):
            chosen = [minibatch[i] for i in group]
            sizes = tuple(len(r) for r in chosen)
            yield Pass(1, sum(sizes), sum(r.answers for r in chosen), sizes)


def _in_halves(records: Sequence[Encoded], recipe: TrainingRecipe, shared: int) -> Iterator[Pass]:
    """What is shared stands once in front, and an example's last id is only ever predicted."""
    for minibatch in minibatches(records, recipe.minibatch, recipe.seed, recipe.epochs, bucketing=False):
        own = sum(len(r) - shared - 1 for r in minibatch)
        yield Pass(1, min(shared + own, MOST_IN_HALVES), sum(r.answers for r in minibatch))
