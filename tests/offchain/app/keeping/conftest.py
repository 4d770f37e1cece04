"""A node's home with books, notes and a key file; and another machine's, which is empty."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.ledger_records import OPENING, make_receipt, make_voucher
from tallystick.config import Config, load
from tallystick.gateways.ledger.books import SqlLedger

Configure = Callable[..., Config]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    def make(name: str, database: str = "") -> Config:
        flags = {"home": str(tmp_path / name), "prices.tokens_in": "7", "database": database or None}
        return load(flags, {}, ())

    return make


@pytest.fixture
def config(configure: Configure) -> Config:
    made = configure("nora")
    fill_home(made)
    return made


def fill_home(config: Config) -> None:
    with SqlLedger(config.database) as ledger:
        for previous in range(0, 500, 100):
            ledger.receipts.store(make_receipt(previous, previous + 100), OPENING)
        ledger.vouchers.store(make_voucher(300, 900))
    for place, text in {
        "datasets/tide.json": json.dumps({"asset_id": "0a" * 32}),
        "artifacts/ab12/adapter_model.safetensors": "weights",
        "court/31337-ab-cd/planted.jsonl": "{}\n",
        "content/blocks/one": "a cache",
        "node.password": "secret-password",
    }.items():
        (config.home / place).parent.mkdir(parents=True, exist_ok=True)
        (config.home / place).write_text(text)
    config.keystore.mkdir(parents=True)
    (config.keystore / "node.json").write_text('{"crypto": "encrypted"}')
