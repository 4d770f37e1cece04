"""The official JavaScript client, unmodified, on every route through pay proxy and operator."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from architecture.repository import ROOT
from support.shop import WORDS, Shop

pytestmark = pytest.mark.integration
PROGRAM = Path(__file__).with_name("openai_client.mjs")
TEXT = "".join(WORDS)


@pytest.mark.skipif(
    not (ROOT / "node_modules" / "openai").is_dir() or not shutil.which("node"), reason="`make setup` has it"
)
def test_javascript_client_when_it_uses_every_route_is_answered_and_pays(shop: Shop, proxy: str) -> None:
    done = subprocess.run(
        ["node", str(PROGRAM), proxy], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    sold = shop.seller_books.receipts.recent(9)
    fees = [s.receipt.cumulative - s.receipt.previous for s in reversed(sold)]
    assert told["models"] == ["estuary"] and all(s.is_acknowledged for s in sold)
    assert told["whole"]["text"] == told["streamed"]["text"] == told["completed"] == TEXT
    assert [told["whole"]["fee"], told["streamed"]["fee"]] == fees[:2] and len(fees) == 4
    assert told["whole"]["usage"] == told["streamed"]["usage"]
    assert told["embedded"] == [[4, 116], [9, 109]]
    assert told["refused"] == {
        "name": "NotFoundError",
        "status": 404,
        "code": "model_not_found",
        "param": "model",
    }
