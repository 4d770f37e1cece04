"""Pictures of every page of a running studio, light, dark and narrow, as small PNGs in docs/studio.

Run: python scripts/studio_pictures.py LINK [PAGE ...]. LINK is the operator's, as `tallystick studio` printed it; pages
are paths below the studio, by default those of its menu. The claim page, which is handed out as a file, is shown as one.
"""

import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tallystick.interfaces.studio.navigation import PLACES

OUT = Path(__file__).resolve().parents[1] / "docs" / "studio"
GROUPS = {place.noun: place.group.lower() for place in PLACES}
LOOKS = {"light": ("light", 1280, 860), "dark": ("dark", 1280, 860), "phone": ("light", 390, 844)}
COLOURS, TALLEST, MOST_BYTES = 192, 1800, 150_000
FILES = {"rewards/claim.html"}
HASH = re.compile("/0x[0-9a-f]+")


def main(link: str, pages: list[str]) -> None:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        entered = browser.new_context()
        entered.new_page().goto(link)
        state = entered.storage_state()
        for look in LOOKS:
            take(browser, link.split("/account/")[0], pages, look, state)
        browser.close()


def take(browser: Browser, base: str, pages: list[str], look: str, state: object) -> None:
    scheme, width, height = LOOKS[look]
    size = {"width": width, "height": height}
    context = browser.new_context(color_scheme=scheme, viewport=size, storage_state=state)
    page = context.new_page()
    for path in pages:
        address = f"{base}/{path}"
        page.goto(as_file(context, address) if path in FILES else address)
        page.wait_for_load_state("networkidle")
        taken = page.screenshot(full_page=True)
        name = HASH.sub("-one", path).removesuffix(".html").replace("/", "-") or "overview"
        group = "" if path in FILES else GROUPS.get(path.partition("/")[0], "")
        keep(taken, OUT / look / group / f"{name}.png")
    context.close()


def as_file(context: BrowserContext, address: str) -> str:
    """Where a page lies that was kept, opened from the disk as its user would."""
    kept = Path(tempfile.mkdtemp()) / address.rpartition("/")[2]
    kept.write_bytes(context.request.get(address).body())
    return kept.as_uri()


def keep(taken: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, TALLEST)))
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    bytes_ = target.stat().st_size
    assert bytes_ <= MOST_BYTES, f"{target} has {bytes_} bytes"
    print(f"{target.relative_to(OUT)} {bytes_:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or ["" if p.noun == "overview" else p.noun for p in PLACES])
