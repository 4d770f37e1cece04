"""Which fields of a recipe a method uses, and why it does not use the others."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LORA = ("lora", "qlora", "dora", "rslora")
VIRTUAL = ("p-tuning-v2", "p-tuning-v1", "prompt-tuning")
METHODS = (*LORA, *VIRTUAL)
QUANTISATIONS = ("nf4", "fp4", "int8")
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Rule:
    fields: tuple[str, ...]
    holds: Callable[[Values], bool]
    because: str


OPTIMISERS = ("adamw", "fused-adamw", "adamw-8bit", "paged-adamw-8bit")
_WHOLE = (
    *("cutoff", "packing", "bucketing", "loss", "precision", "gradient_checkpointing"),
    *("optimiser", "compile"),
)
_RULES = (
    _Rule(
        ("rank", "alpha", "layers", "targets", "halves"),
        lambda v: v["method"] in LORA,
        f"only {', '.join(LORA)} put matrices beside layers",
    ),
    _Rule(("quantisation",), lambda v: v["method"] == "qlora", "only qlora quantises its base"),
    _Rule(
        ("double_quantisation",),
        lambda v: v["method"] == "qlora" and v["quantisation"] != "int8",
        "only qlora in nf4 or fp4 has constants to quantise again",
    ),
    _Rule(
        ("virtual_tokens",),
        lambda v: v["method"] in VIRTUAL,
        f"only {', '.join(VIRTUAL)} have virtual tokens",
    ),
    _Rule(("projection",), lambda v: v["method"] == "p-tuning-v2", "only p-tuning-v2 projects a prefix"),
    _Rule(("encoder",), lambda v: v["method"] == "p-tuning-v1", "only p-tuning-v1 encodes its prompt"),
    _Rule(
        ("encoder_width",),
        lambda v: v["method"] == "p-tuning-v1" or (v["method"] == "p-tuning-v2" and v["projection"]),
        "only p-tuning-v1, and p-tuning-v2 with `projection = true`, have an encoder",
    ),
    _Rule(
        ("encoder_layers",),
        lambda v: v["method"] == "p-tuning-v1" and v["encoder"] == "lstm",
        'only p-tuning-v1 with `encoder = "lstm"` has encoder layers to count',
    ),
    _Rule(
        ("init",),
        lambda v: v["method"] == "prompt-tuning" or (v["method"] == "p-tuning-v2" and not v["projection"]),
        "only prompt-tuning, and p-tuning-v2 without projection, choose how to begin",
    ),
    _Rule(("rewordings",), lambda v: in_halves(v), "only `halves = true` takes turns with rewordings"),
    _Rule(
        ("packing",),
        lambda v: v["method"] != "p-tuning-v2",
        "beside the cache that carries the prefix, the records of a row would see each other",
    ),
    _Rule(
        ("packing",),
        lambda v: v["method"] in LORA,
        "the virtual tokens stand once before a row, so its later records would not see them",
    ),
    _Rule(
        ("gradient_checkpointing",),
        lambda v: v["method"] != "p-tuning-v2",
        "checkpointing drops the cache that carries the prefix",
    ),
    _Rule(_WHOLE, lambda v: not in_halves(v), "`halves = true` has a loop of its own; say `halves = false`"),
    _Rule(("bucketing",), lambda v: not v["packing"], "`packing = true` leaves no padding to save"),
)


def in_halves(values: Values) -> bool:
    """Whether the frozen lower layers run once and are remembered, see `loop`; else the whole decoder runs."""
    return values["method"] in LORA and bool(values["halves"])


def unused(values: Values) -> Iterator[tuple[str, str]]:
    """Fields that these settings do not use, each with the first reason. `values` holds every field."""
    told: set[str] = set()
    for rule in _RULES:
        if not rule.holds(values):
            for name in rule.fields:
                if name not in told:
                    told.add(name)
                    yield name, rule.because
