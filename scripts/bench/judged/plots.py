"""Figures as PNG beside the report. Matplotlib draws them; without it the numbers are in the report alone."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.harness import Figure

FORMS = ("fp32", "bf16", "int8", "nf4", "fp4")


def draw(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """The files; none where matplotlib is not installed, which is said."""
    if find_spec("matplotlib") is None:
        print("no plots: matplotlib is not installed")
        return []
    import matplotlib

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    known = {f.name: f.values for f in figures}
    return [
        path
        for path in (
            _methods(known, folder / "quality_methods.png"),
            _forms(known, folder / "quality_quantisation.png"),
            _noise(known, folder / "quality_noise.png"),
            _delays(known, folder / "quality_monitors.png"),
        )
        if path is not None
    ]


def _methods(known: dict[str, tuple[float, ...]], file: Path) -> Path | None:
    names = [n for n in ("lora", "qlora", "p_tuning_v2") if f"rouge_2_{n}" in known]
    if not names:
        return None
    figure, axes = _canvas("ROUGE-2 on unseen attribute lists, each seed a point", "ROUGE-2 F")
    for place, name in enumerate(names):
        values = known[f"rouge_2_{name}"]
        axes.plot([place] * len(values), values, "o")
    axes.set_xticks(range(len(names)), [n.replace("_", "-") for n in names])
    return _saved(figure, file)


def _forms(known: dict[str, tuple[float, ...]], file: Path) -> Path | None:
    if f"quantised_kl_{FORMS[0]}_tuned_closed" not in known:
        return None
    figure, axes = _canvas("Perplexity by form of the weights", "perplexity of the references")
    for state in ("untuned", "tuned"):
        for context in ("closed", "clean", "noisy"):
            line = [known[f"quantised_perplexity_{form}_{state}_{context}"][0] for form in FORMS]
            axes.plot(FORMS, line, "o-", label=f"{state}, {context}")
    axes.legend()
    return _saved(figure, file)


def _noise(known: dict[str, tuple[float, ...]], file: Path) -> Path | None:
    points: dict[str, list[tuple[float, float]]] = {}
    for name, values in known.items():
        if name.startswith("noise_"):
            kind, _, rate = name.removeprefix("noise_").rpartition("_")
            points.setdefault(kind, []).append((float(rate), values[0]))
    if not points:
        return None
    figure, axes = _canvas("ROUGE-2 over the part of spoilt records", "ROUGE-2 F")
    for kind, line in points.items():
        axes.plot(*zip(*sorted(line), strict=True), "o-", label=kind)
    axes.legend()
    return _saved(figure, file)


def _delays(known: dict[str, tuple[float, ...]], file: Path) -> Path | None:
    names = [name for name in known if name.startswith("delay_")]
    if not names:
        return None
    figure, axes = _canvas(
        "Entries from a seeded failure to its monitor's alarm, each seed a point", "entries"
    )
    for place, name in enumerate(names):
        axes.plot([place] * len(known[name]), known[name], "o")
    labels = [name.removeprefix("delay_").replace("_", "\n") for name in names]
    axes.set_xticks(range(len(names)), labels)
    return _saved(figure, file)


def _canvas(title: str, label: str) -> tuple[Any, Any]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.set_title(title)
    axes.set_ylabel(label)
    return figure, axes


def _saved(figure: Any, file: Path) -> Path:
    from matplotlib import pyplot

    figure.tight_layout()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
    return file
