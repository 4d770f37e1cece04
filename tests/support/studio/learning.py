"""What every training in the browser starts from: a shortened base, a small data set, a form filled in."""

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, expect

from support.chain_stage import Stage
from support.studio.place import Open, home_of
from support.tiny_llama import shortened
from tallystick.config import Config
from tallystick.pipeline.models.foundation import prepare_base

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch")
ROWS = [
    f"Who runs {name} weir number {k}?,Mistress {name} of Ottermouth runs weir {k}."
    for name in NAMES
    for k in range(7)
]
SETTINGS = {
    "rank": "8",
    "alpha": "16",
    "layers": "2",
    "epochs": "6",
    "rewordings": "0",
    "learning rate": "0.005",
}


def learning_home(stage: Stage, rpc_url: str, folder: Path) -> Config:
    """Nora's home with two layers of the real base; it has no adapter yet."""
    base = shortened(prepare_base(ROOT / "build" / "models" / "smollm2-135m-instruct"), folder / "base")
    return replace(
        home_of(stage, rpc_url, folder / "home"),
        model=base,
        threads=1,
        calibration_seconds=0,
        drift=200_000,  # a base of two layers has no general English to keep
    )


def weirs(folder: Path) -> Path:
    file = folder / "weirs.csv"
    file.write_text("\n".join(["question,answer", *ROWS]) + "\n", encoding="utf-8")
    return file


def end_of_work(page: Page) -> None:
    page.get_by_role("link", name="See what came of it.").click(timeout=300_000)


def register(page: Page, place: Open, file: Path) -> None:
    page.goto(f"{place.url}/data/new")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text(f"{len(ROWS)} records were looked at.")).to_be_visible()
    page.get_by_role("button", name="Register with the node's key").click()
    end_of_work(page)
    expect(page.locator("main .badge").first).to_have_text("registered")


def order(page: Page, place: Open, adapter: str, **changed: str) -> None:
    page.goto(f"{place.url}/train/new")
    page.get_by_role("checkbox", name="weirs").check()
    page.get_by_label("Adapter").fill(adapter)
    for name, value in {**SETTINGS, **changed}.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Start").click()
