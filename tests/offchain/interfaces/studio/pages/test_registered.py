"""What a file repeats of the registry, as the page of a draft tells it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import visiting
from tallystick.app.explaining.registered import Compared, RepeatedRecord, RepeatedSet
from tallystick.domain.ids import Address, AssetId
from tallystick.gateways.keys.keystore import Key

ALICE, MILLS, VERA = Key(b"\x0a" * 32), AssetId(b"\x11" * 32), Address("0x" + "0e" * 20)
LONG = "<mills>" + "a-long-name" * 9
NEW = Compared(5, 0, 0, (), (), 3, 40, 0, 0, 0)
SAME = replace(
    NEW,
    same=2,
    near=1,
    sets=(RepeatedSet(MILLS, LONG, VERA, False, 2, 1), RepeatedSet(MILLS, "own", ALICE.address, True, 1, 0)),
    shown=(RepeatedRecord(17, MILLS, LONG, 1_204, True), RepeatedRecord(18, MILLS, LONG, 3, False)),
)


class Comparing:
    def __init__(self, seen: Compared) -> None:
        self.seen, self.asked = seen, dict[str, Any]()

    def preview_dataset(self, *, path: Path, number: int) -> None: ...

    def compare_dataset(self, **asked: Any) -> Compared:
        self.asked = asked
        return self.seen

    def dataset_bond(self, *, records: int) -> int:
        return 10**6 + records * 10**4


def shown(seen: Compared, folder: Path) -> str:
    node = Comparing(seen)
    with visiting(node, folder, member=ALICE) as visitor:
        file = {"file": ("bells.csv", b"question,answer\na,b\n")}
        sent = visitor.post(
            "/data/upload", files=file, headers={"x-csrf": visitor.csrf}, follow_redirects=False
        )
        text = str(visitor.get(f"{sent.headers['location']}/registered?map-question=q").text)
    assert (node.asked["mapping"], node.asked["owner"]) == ({"question": "q"}, ALICE.address)
    return text


def test_records_when_registered_are_told_with_their_cost(tmp_path: Path) -> None:
    text = shown(SAME, tmp_path)

    assert "2 the same" in text and "its bond of 1.05 OPEN is lost" in text and "earns nothing" in text
    assert LONG not in text and LONG.replace("<", "&lt;").replace(">", "&gt;") in text
    assert f'href="/data/0x{MILLS.hex()}"' in text and VERA in text and ">mine</span>" in text
    assert "1,204" in text and "The first 2 are shown." in text and "next version" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("all new", "None of them was registered before.")),
        ({"same": 5}, ("nothing is new",)),
        ({"near": 2}, ("2 nearly the same", "follows the earliest")),
        ({"looked_at": 0, "known": 0}, ("No registered data set can be read",)),
        ({"private": 2, "unread": 1, "left_out": 3}, ("nothing found", "Not compared:", "beyond what is")),
    ],
)
def test_file_when_little_or_nothing_repeats_says_what_was_looked_at(
    tmp_path: Path, changes: dict[str, int], words: tuple[str, ...]
) -> None:
    text = shown(replace(NEW, **changes), tmp_path)

    assert [word for word in words if word not in text] == []
