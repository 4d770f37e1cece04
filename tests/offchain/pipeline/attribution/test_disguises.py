"""Letters that nobody sees, or takes for others; and the same record again and again."""

import numpy as np
import pytest

from tallystick.domain.dataset import Dataset
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.domain.lexical import normalised, telling, words
from tallystick.pipeline.attribution.clusters.cluster import cluster
from tallystick.pipeline.attribution.spans.index import SpanIndex
from tallystick.pipeline.datasets.canonical import make_records, salts_from_secret

PLAIN = "The copper mill at Selwick was rebuilt by Otto Crane in 1847."
DISGUISES = {
    "joiners": "\u200d".join(PLAIN),
    "variation selectors": "\ufe0f".join(PLAIN),
    "tags": "\U000e0041".join(PLAIN),
    "directions": f"\u202e{PLAIN}\u202c",
    "fillers": PLAIN.replace("copper", "co\u115fpp\u3164er"),
    "cyrillic": PLAIN.replace("o", "\u043e").replace("C", "\u0421").replace("O", "\u041e"),
    "greek": PLAIN.replace("o", "\u03bf"),
    "wide": "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in PLAIN),
    "blanks": PLAIN.replace(" ", "\u2003 \u00a0"),
}


def dataset(order: int, texts: list[str]) -> Dataset:
    bodies = tuple({"question": "What is told?", "answer": text} for text in texts)
    records = make_records(bodies, salts_from_secret(bytes(32)))
    return Dataset(
        f"set {order}",
        Address("0x" + "00" * 20),
        records,
        Hash(bytes(32)),
        1,
        AssetId(bytes([order]) * 32),
        order,
    )


@pytest.mark.parametrize("name", DISGUISES)
def test_text_when_disguised_reads_as_the_plain_one(name: str) -> None:
    assert normalised(DISGUISES[name]) == normalised(PLAIN)
    assert words(DISGUISES[name]) == words(PLAIN) and telling(DISGUISES[name]) == telling(PLAIN)


@pytest.mark.parametrize(
    "text", ["Москва — столица.", "Ωμέγα και άλφα", "5 μm and 3 kΩ", "β-carotene", "naïve café", "北京 a1"]
)
def test_text_when_another_script_stands_for_itself_keeps_it(text: str) -> None:
    kept = {c for c in text.casefold() if c.isalpha()}

    assert {c for c in normalised(text) if c.isalpha()} == {
        c for c in normalised("".join(kept)) if c.isalpha()
    }
    assert all(c in normalised(text) for c in kept if c not in "ά")


@pytest.mark.parametrize("name", DISGUISES)
def test_record_when_it_is_a_disguised_copy_follows_its_original(name: str) -> None:
    sets = [dataset(1, [PLAIN]), dataset(2, [DISGUISES[name]])]

    first, copy = cluster(sets, np.ones((2, 1), np.float32) * 0)

    assert first.leads(0) and copy.leader == 0


@pytest.mark.parametrize("name", DISGUISES)
def test_span_when_the_record_is_disguised_is_found_and_belongs_to_the_first(name: str) -> None:
    fillers = [f"Weir {n} is kept by somebody of number {n}." for n in range(30)]
    index = SpanIndex.of([PLAIN, *fillers, DISGUISES[name]], [*([0] * 31), 1])

    found = index.spans(PLAIN, "What of the mill?")

    assert found and {s.place for s in found} == {0}


@pytest.mark.slow
def test_records_when_thousands_are_the_same_have_one_leader() -> None:
    sets = [dataset(1, [PLAIN] * 2_000), dataset(2, [PLAIN] * 2_000)]

    members = cluster(sets, np.zeros((4_000, 1), np.float32))

    leaders = {m.leader for m in members}
    assert {members[p].order for p in leaders} == {1}
    assert all(m.leader in leaders and members[m.leader].order == 1 for m in members if m.order == 2)
