"""One HTML file with the plots and the table; no script, nothing fetched."""

import io
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bench.attacked import curves
from bench.harness import Figure, judge, read_bars

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>What attacks earn</title>
<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
svg{max-width:100%;height:auto}table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:left;
border-bottom:1px solid #ccc}.missed{color:#b00020;font-weight:bold}</style><h1>What attacks earn</h1>"""
SHIPPED, SAMPLES, GAIN = 2.5, 12, 0.42


def write(figures: Sequence[Figure], folder: Path) -> Path:
    """`redteam.html` in `folder`. `figures` are those of `make bench NAME=redteam`; the population's are read from its
    journal there."""
    parts = [HEAD, "<h2>Bars</h2>", _table(figures)]
    for title, told, draw in _plots(folder):
        parts.append(f"<h2>{escape(title)}</h2><p>{escape(told)}</p>{_svg(title, draw)}")
    place = folder / "redteam.html"
    folder.mkdir(parents=True, exist_ok=True)
    place.write_text("\n".join(parts), encoding="utf-8")
    return place


def _table(figures: Sequence[Figure]) -> str:
    rows = []
    for figure in figures:
        verdict = judge("redteam", figure, read_bars())
        if verdict.met is None:
            continue
        said = "met" if verdict.met else '<span class="missed">missed</span>'
        rows.append(
            f"<tr><td>{escape(figure.name)}<td>{verdict.value:g} {escape(figure.unit)}"
            f"<td>{escape(verdict.bar)}<td>{said}"
        )
    return "<table><tr><th>figure<th>measured<th>bar<th>" + "".join(rows) + "</table>"


def _plots(folder: Path) -> list[tuple[str, str, Callable[[Any], None]]]:
    return [
        (
            "Honest pay kept",
            "The worst role, least to most of the seeds that the population bench has played so far.",
            lambda axes: _kept(axes, curves.kept(folder / "population.jsonl")),
        ),
        (
            "Profit of false receipts",
            "Of a batch's total, 12 receipts drawn. Line: where it turns by the closed form; dashes: the shipped bond.",
            _profit,
        ),
        (
            "Copies against pay",
            "What copies of one record take of its pot by five rules; no cluster looks for them here.",
            _clones,
        ),
        ("Detection delay", "Audits until the shipped test of bias names an operator who shades.", _delay),
        (
            "Pay against contribution",
            "Made-up answers: the nearer to the black line, the more pay follows what answers lose without an owner.",
            _lorenz,
        ),
        (
            "Where a fee goes",
            "The default pots, two thirds of the measured ones earned; the rest is null.",
            _flow,
        ),
    ]


def _svg(title: str, draw: Callable[[Any], None]) -> str:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "tallystick", "svg.fonttype": "none"}):
        figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Title": title})
        plt.close(figure)
    drawn = out.getvalue()
    return drawn[drawn.index("<svg") :]


def _kept(axes: Any, bands: curves.Bands) -> None:
    for name, by in bands.items():
        parts = list(by)
        axes.fill_between(parts, [by[p][0] for p in parts], [by[p][2] for p in parts], alpha=0.25)
        axes.plot(parts, [by[p][1] for p in parts], marker="o", label=name)
    axes.plot([0.3, 0.6], [0.97, 0.90], "kv", label="bar")
    axes.set(xlabel="attackers, part of every role", ylabel="honest pay kept", ylim=(0, 1.3), xlim=(0, 1))
    if not bands:
        axes.text(0.5, 0.5, "make bench NAME=population has not been run here", ha="center")
    axes.legend()


def _profit(axes: Any) -> None:
    rates = [10 ** (-4 + n / 20) for n in range(81)]
    bonds = [10 ** (-2.5 + n / 30) for n in range(97)]
    found = curves.profit(rates, bonds, SAMPLES, GAIN)
    most = max(abs(v) for row in found for v in row)
    shown = axes.pcolormesh(
        rates, bonds, found, cmap="RdBu_r", vmin=-most / 20, vmax=most / 20, shading="auto", rasterized=True
    )
    axes.figure.colorbar(shown, ax=axes, label="profit, of the total")
    turns = [GAIN * f * (1 - f) ** SAMPLES / (1 - (1 - f) ** SAMPLES) for f in rates]
    axes.plot(rates, turns, "k")
    axes.axhline(GAIN / SAMPLES, color="k", lw=0.8, ls=":")
    axes.axhline(SHIPPED, color="k", ls="--")
    axes.set(
        xscale="log", yscale="log", xlabel="part of receipts that are false", ylabel="bond, of the total"
    )


def _clones(axes: Any) -> None:
    for name, parts in curves.clones().items():
        axes.plot(curves.COPIES, parts, marker=".", label=name, lw=3 if name == "ours" else 1)
    axes.set(xscale="log", xlabel="copies", ylabel="of the pot", ylim=(-0.03, 1.03))
    axes.legend()


def _delay(axes: Any) -> None:
    for size, delays in curves.detection((500, 1_000, 2_000, 5_000, 20_000)).items():
        parts = [(n + 1) / len(delays) for n in range(len(delays))]
        axes.step(delays, parts, where="post", label=f"{size / 10_000:g} % of a pot")
    axes.set(xlabel="audits", ylabel="named by then", xlim=(0, None))
    axes.legend()


def _lorenz(axes: Any) -> None:
    for name, parts in curves.lorenz().items():
        places = [n / (len(parts) - 1) for n in range(len(parts))]
        axes.plot(places, parts, "k" if name == "contribution" else "", label=name)
    axes.set(xlabel="owners, poorest first", ylabel="of all")
    axes.legend()


def _flow(axes: Any) -> None:
    found = curves.flow()
    names = list(found)[::-1]
    paid = [found[n][0] for n in names]
    axes.barh(names, paid, label="paid")
    axes.barh(names, [found[n][1] for n in names], left=paid, label="null: half insurance, half burned")
    axes.set(xlabel="of the fee")
    axes.legend()
