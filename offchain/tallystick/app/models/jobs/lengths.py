"""Records that a recipe cannot read whole: set aside with the others in quarantine, unless too much would be lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tallystick.app.models.material import Material, SetAside, used_of
from tallystick.domain.dataset import Dataset
from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.care.finding import Kind
from tallystick.pipeline.training.recipe import TrainingRecipe

# Beyond it the data do not fit the recipe, and what would be learnt is another set than was named.
MOST_LOST = 0.1


def readable(material: Material, base: Path, recipe: TrainingRecipe) -> Material:
    """Without records that have more tokens than the recipe reads; `InvalidInput` where they are over MOST_LOST of all.

    A record is not cut: half an answer would be learnt as a whole one.
    """
    most, setting = _limit(recipe)
    long = [
        (
            SetAside(
                d.asset_id, index, ({"kind": Kind.TOO_LONG.value, "message": _message(n, most, setting)},)
            ),
            n,
        )
        for d in material.training
        for index, n in _lengths(d, base)
        if n > most
    ]
    if not long:
        return material
    records = sum(len(d.records) for d in material.training)
    if len(long) > MOST_LOST * records:
        raise InvalidInput(
            f"{len(long)} of {records} records have more than the {most} tokens of {setting}; a training goes on"
            f" without {MOST_LOST:.0%} at most.",
            f"The longest has {max(n for _, n in long)}: raise `cutoff`, or split them.",
        )
    return _without(material, [each for each, _ in long])


def reasons_of(quarantine: Sequence[SetAside]) -> dict[str, int]:
    """How many records each kind of fault set aside; one with two faults counts for both."""
    kinds = Counter(kind for each in quarantine for kind in {str(r["kind"]) for r in each.reasons})
    return dict(sorted(kinds.items()))


def _without(material: Material, long: Sequence[SetAside]) -> Material:
    left_out = {asset: list(records) for asset, records in material.left_out.items()}
    for each in long:
        left_out[each.asset_id.hex()] = sorted({*left_out.get(each.asset_id.hex(), ()), each.record})
    return replace(
        material,
        training=used_of(material.training, left_out),
        quarantine=(*material.quarantine, *long),
        left_out=left_out,
    )


def _limit(recipe: TrainingRecipe) -> tuple[int, str]:
    """Token ids of a record, and what sets that limit. Reworded, a question may take a few more."""
    from tallystick.pipeline.training.loop import MOST_TOKENS

    if recipe.in_halves:
        return MOST_TOKENS - 32, "a recipe in halves"
    return recipe.cutoff, "the recipe's `cutoff`"


def _lengths(dataset: Dataset, base: Path) -> list[tuple[int, int]]:
    """Index and tokens of each record."""
    from tallystick.pipeline.models.chat import chat_of
    from tallystick.pipeline.training.records import encode_record

    chat = chat_of(base)
    made: list[tuple[int, int]] = []
    for record in dataset.records:
        try:
            made.append((record.index, len(encode_record(record.body, chat))))
        except InvalidInput as error:
            raise InvalidInput(
                f"{dataset.name}, record {record.index}: {error.message}", error.hint
            ) from error
    return made


def _message(tokens: int, most: int, setting: str) -> str:
    return f"{tokens} tokens, more than the {most} of {setting}. Split it."
