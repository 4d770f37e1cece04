"""What the pages load is ours, pinned, and needs nothing that the content policy forbids."""

import hashlib
import re
from pathlib import Path

import pytest

from tallystick.interfaces import studio
from tallystick.interfaces.studio.numbers import address_of_web, brief_amount, open_amount
from tallystick.interfaces.studio.rendering import Renderer

HERE = Path(studio.__file__).parent
# As published on npm: htmx.org 2.0.11 dist/htmx.min.js and idiomorph 0.7.4 dist/idiomorph-ext.min.js, both 0BSD.
PINNED = {
    "htmx-2.0.11.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "idiomorph-ext-0.7.4.min.js": "a6437e55b1b6a07bc421f0d230266a39399b6826c6ed19e0ed9c63b707444a5f",
}
TEMPLATES = sorted(HERE.glob("templates/**/*.html"))


def test_library_when_shipped_is_the_published_file() -> None:
    shipped = (HERE / "static" / "vendor").iterdir()

    assert {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in shipped} == PINNED


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_when_read_asks_for_nothing_inline_or_outside(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|javascript:|js:|<style|<script(?! src=)", text)
    assert not re.search(r"""(src|href|action)=["']https?://""", text)
    assert not re.search(r"\|\s*safe\b", text) or template.name == "icons.html"


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_template_when_compiled_has_no_fault(template: Path) -> None:
    Renderer().environment.get_template(str(template.relative_to(HERE / "templates")))


@pytest.mark.parametrize(
    ("units", "shown"),
    [(0, "0.00"), (1, "0.000001"), (1_500_000, "1.50"), (-2_000_000_000_000, "−2,000,000.00")],
)
def test_amount_when_shown_is_exact_and_has_its_unit(units: int, shown: str) -> None:
    assert f">{shown}&nbsp;<abbr>OPEN</abbr>" in open_amount(units)
    assert f'title="{units:,} base units"' in open_amount(units)


@pytest.mark.parametrize(
    ("units", "shown"),
    [
        (0, "0"),
        (12, "0.000012"),
        (149_699, "0.1496"),
        (6_774_771, "6.77"),
        (15_005_794_082, "15,005"),
        (7_239_999_000_000, "7.23&nbsp;M"),
    ],
)
def test_amount_when_a_tile_is_small_is_cut_off_and_whole_in_its_title(units: int, shown: str) -> None:
    assert f">{shown}&nbsp;<abbr>OPEN</abbr>" in brief_amount(units)
    assert f'title="{units // 10**6:,}' in brief_amount(units)


def test_address_when_shown_may_break_before_its_parts_alone() -> None:
    assert address_of_web("https://a.org:81/b?<c>") == (
        "https:<wbr>//<wbr>a<wbr>.org<wbr>:81<wbr>/b<wbr>?&lt;c&gt;"
    )
    assert address_of_web("bells-1@9f31c2") == "bells-1<wbr>@9f31c2"
