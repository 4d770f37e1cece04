"""The card in its canonical bytes."""

import json
from typing import Any

import pytest

from support.factories import asset_of, entries_named, index_facts, named
from tallystick.commitments.canonical import canonical_json
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.models.card import FORMAT, ModelCard, read_card, write_card

CARD = ModelCard(
    "estuary",
    asset_of("base"),
    named("base"),
    named("adapter"),
    {"adapter_config.json": named("file")},
    entries_named("alice", "ines"),
    index_facts(named("adapter"), named("manifest")),
)


def changed(**attribution: Any) -> bytes:
    body = json.loads(write_card(CARD))
    body["attribution"] |= attribution
    return canonical_json(body)


def test_card_when_written_reads_back() -> None:
    assert read_card(write_card(CARD)) == CARD
    assert FORMAT == "tallystick-model-2"


def test_card_of_the_format_before_is_refused_by_name() -> None:
    with pytest.raises(IntegrityMismatch, match="tallystick-model-1"):
        read_card(write_card(CARD).replace(b"tallystick-model-2", b"tallystick-model-1"))


@pytest.mark.parametrize(
    "broken",
    [
        {"root": "0x12"},
        {"rows": -1},
        {"rows": True},
        {"threads": "2"},
        {"manifests": []},
        {"manifests": [["0x"]]},
        {"gradient": [512]},
        {"gradient": [512, 2, 1]},
        {"hidden": {}},
        {"more": 1},
        {"layers": 7},
    ],
)
def test_card_with_a_broken_index_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(IntegrityMismatch, match="no model card"):
        read_card(changed(**broken))
