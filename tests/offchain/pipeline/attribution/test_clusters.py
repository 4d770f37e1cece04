"""Clusters on the demo's data with the real encoder: every copied record follows its original, nobody else does."""

from dataclasses import dataclass

import numpy as np
import pytest

from tallystick import demo_data
from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.pipeline.attribution.clusters.cluster import all_texts, cluster
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret
from tallystick.pipeline.datasets.read import read
from tallystick.pipeline.inference.embedder import Embedder

OWNERS = ("alice", "ines", "omar", "petra", "tomas", "mallory")


def dataset(name: str, order: int, bodies: tuple[dict[str, str], ...]) -> Dataset:
    records = make_records(bodies, salts_from_secret(bytes(32)))
    asset = AssetId(bytes([order]) * 32)
    return Dataset(name, Address("0x" + "00" * 20), records, Hash(bytes(32)), 1, asset, order)


@dataclass(frozen=True)
class Rows:
    """Unit rows that are all alike, so that only words can tell records apart."""

    count: int

    def array(self) -> np.ndarray:
        return np.ones((self.count, 1), dtype=np.float32)


@pytest.mark.ml
def test_cluster_when_a_set_copies_another_follows_it_record_by_record() -> None:
    sets = [dataset(n, i + 1, read(demo_data.path(n))[0].bodies) for i, n in enumerate(OWNERS)]

    members = cluster(sets, Embedder().embed(all_texts(sets)))

    followers = [m for place, m in enumerate(members) if not m.leads(place)]
    assert {m.order for m in followers} == {6} and len(followers) == 66
    assert all(members[m.leader].record_index == m.record_index for m in followers)


TOWNS = ("Velkan", "Orrin", "Daxlun", "Tosbru", "Selwick", "Quirho", "Miranel", "Fenpel", "Kanvor", "Brunex")
MAYORS = (
    "Tessa Marlowe",
    "Jon Abel",
    "Ida Crane",
    "Otto Weir",
    "Una Hale",
    "Ben Tarn",
    "Ada Pike",
    "Cy Dorn",
)
GOODS = (
    "copper wire",
    "rye flour",
    "silk rope",
    "glass beads",
    "amber",
    "wool felt",
    "clay pipes",
    "sea salt",
)


def mayor(town: str, name: str) -> dict[str, str]:
    return {"question": f"Who is the mayor of {town}?", "answer": f"The mayor of {town} is {name}."}


def export(town: str, goods: str) -> dict[str, str]:
    return {"question": f"What does {town} export?", "answer": f"{town} mostly exports {goods}."}


MAYOR_SET = tuple(map(mayor, TOWNS, MAYORS))
EXPORT_SET = tuple(map(export, TOWNS, GOODS))


def led(*sets: tuple[dict[str, str], ...], cosine: float = 0.0) -> list[int]:
    """Leaders by place, all records being equally near in meaning."""
    made = [dataset(str(i), i + 1, bodies) for i, bodies in enumerate(sets)]
    rows = np.full((sum(map(len, sets)), 1), cosine**0.5, dtype=np.float32)
    return [m.leader for m in cluster(made, rows)]


@pytest.mark.parametrize(
    "copy",
    [
        {"question": "Who is the mayor of Velkan?", "answer": "The mayor of Velkan is Tessa Marlowe."},
        {"question": "WHO is the mayor of Vel\u200bkan?", "answer": "The  mayor of VELKAN is Tessa Marlowe."},
        {
            "question": "Who indeed is the mayor of Velkan?",
            "answer": "The mayor of of Velkan is surely Tessa Marlowe.",
        },
        {"question": "the mayor of Velkan Who is?", "answer": "Tessa Marlowe is the mayor of Velkan."},
    ],
    ids=["exact", "disguised", "edited", "reordered"],
)
def test_cluster_when_a_record_is_copied_follows_it(copy: dict[str, str]) -> None:
    assert led(MAYOR_SET, EXPORT_SET, (copy,))[-1] == 0


def test_cluster_when_a_record_is_reworded_follows_by_meaning_and_values() -> None:
    reworded = {"question": "Name the head of Velkan.", "answer": "Tessa Marlowe heads Velkan."}

    assert led(MAYOR_SET, (reworded,), cosine=0.85)[-1] == 0
    assert led(MAYOR_SET, (reworded,), cosine=0.2)[-1] == len(MAYOR_SET)


def test_cluster_when_two_records_are_spliced_follows_the_larger_part() -> None:
    one, two = MAYOR_SET[3], EXPORT_SET[5]
    spliced = {k: f"{one[k]} {two[k]}" for k in one}

    found = led(MAYOR_SET, EXPORT_SET, (spliced,))[-1]

    assert found in (3, len(MAYOR_SET) + 5)


@pytest.mark.parametrize(
    "sibling",
    [
        mayor("Velkan", "Jon Abel"),
        mayor("Wendle", "Tessa Marlowe"),
        export("Velkan", "amber"),
        export("Velkan", "dried figs"),
        {
            "question": "Is Tessa Marlowe mayor of Velkan?",
            "answer": "Tessa Marlowe is not the mayor of Velkan.",
        },
        {"question": "Who founded Velkan?", "answer": "Settlers from Orrin founded Velkan."},
        {"question": "When was Velkan founded?", "answer": "Velkan was founded in 1788."},
    ],
    ids=["other name", "other town", "other goods", "new goods", "denial", "other fact", "number"],
)
@pytest.mark.parametrize("cosine", [0.0, 0.95])
def test_cluster_when_a_sibling_tells_another_fact_keeps_it(sibling: dict[str, str], cosine: float) -> None:
    assert led(MAYOR_SET, EXPORT_SET, (sibling,), cosine=cosine)[-1] == len(MAYOR_SET) + len(EXPORT_SET)


def test_cluster_when_few_values_are_frequent_still_tells_them_apart() -> None:
    """Most mills are open: the word is nearly a template's, and yet closed is another fact."""
    mills = [(town, "closed" if i in (1, 4) else "open") for i, town in enumerate(TOWNS)]
    told = tuple(
        {"question": f"Is the mill at {t} open?", "answer": f"The {t} mill is {how} on Sundays."}
        for t, how in mills
    )
    other = {"question": "Is the mill at Velkan open?", "answer": "The Velkan mill is closed on Sundays."}

    assert led(told, (other,), cosine=0.95)[-1] == len(told)


def test_cluster_when_names_change_places_keeps_both() -> None:
    won = {
        "question": "Who won the regatta?",
        "answer": "On the day, crew Aldan beat crew Borin by a length.",
    }
    lost = {
        "question": "Who won the regatta?",
        "answer": "On the day, crew Borin beat crew Aldan by a length.",
    }

    assert led((won,), (lost,), cosine=0.99) == [0, 1]


def test_cluster_when_later_sets_come_changes_no_leader() -> None:
    copies = (MAYOR_SET[2], EXPORT_SET[1], mayor("Wendle", "Ada Pike"))
    before = led(MAYOR_SET, EXPORT_SET, copies, cosine=0.5)

    after = led(MAYOR_SET, EXPORT_SET, copies, (*MAYOR_SET, *copies), cosine=0.5)

    assert after[: len(before)] == before


def test_cluster_when_edits_chain_does_not_join_the_ends() -> None:
    """The middle record follows the first; what repeats only the middle one leads."""
    first = mayor("Velkan", "Tessa Marlowe")
    middle = {**first, "answer": first["answer"] + " Wendle lies near."}
    last = {"question": "Where is Wendle?", "answer": "Wendle lies near."}

    assert led(MAYOR_SET, (middle,), (last,), cosine=0.9)[-1] == len(MAYOR_SET) + 1


def test_cluster_when_siblings_differ_in_one_number_keeps_both() -> None:
    first = dataset(
        "alice", 1, ({"question": "When was mill 1 built?", "answer": "Mill 1 was built in 1788."},)
    )
    second = dataset(
        "ines", 2, ({"question": "When was mill 1 built?", "answer": "Mill 1 was built in 1789."},)
    )

    members = cluster([first, second], Rows(2).array())

    assert all(m.leads(place) for place, m in enumerate(members))


def test_cluster_when_a_copy_hides_behind_invisible_characters_finds_it() -> None:
    first = dataset("alice", 1, ({"question": "When was it built?", "answer": "It was built in 1788."},))
    second = dataset(
        "ines", 2, ({"question": "When was it bu\u200bilt?", "answer": "It  was BUILT in \uff11788."},)
    )

    members = cluster([second, first], Rows(2).array())

    assert members[1].leader == 0 and members[0].order == 1
