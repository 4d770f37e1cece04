import unicodedata

import pytest

from tallystick.pipeline.datasets.care.encoding import check_encoding, mend
from tallystick.pipeline.datasets.care.finding import Kind
from tallystick.pipeline.datasets.care.rules import Rules


def misread(text: str) -> str:
    """As browsers do it: the five bytes that Windows-1252 lacks become control characters."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


def kinds(text: str) -> list[Kind]:
    return [f.kind for f in check_encoding([{"text": text}], Rules())]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a\0b", Kind.NUL),
        ("a\x07b", Kind.CONTROL),
        ("a\x9fb", Kind.CONTROL),
        ("a\ud800b", Kind.SURROGATE),
        ("Caf\ufffd", Kind.REPLACEMENT),
        ("safe\u202eexe.txt", Kind.BIDIRECTIONAL),
        ("Cafe\u0301", Kind.NOT_NFC),
        *((misread(t), Kind.MOJIBAKE) for t in ("Café", "£20-25", "it’s", "Mühle – Fluß", "😀")),
    ],
)
def test_encoding_when_broken_is_named(text: str, kind: Kind) -> None:
    assert kinds(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "The Café serves £20-25 crêpes\n\tand “naïve” tea – it’s 5 °C.",
        "„Das macht Spaß“, sagte sie. GROẞ “É” CAFÉ” à « part » MAÇÃ” Â",
        "水車小屋は川のそばにある。Мельница стоит у реки. الطاحونة 😀",
    ],
)
def test_encoding_when_sound_has_nothing_found(text: str) -> None:
    assert kinds(unicodedata.normalize("NFC", text)) == []


@pytest.mark.parametrize("text", ["Café à Paris, £20–25", "it’s “fine” …", "naïve Mühle Straße"])
def test_mend_when_utf8_was_misread_gives_the_text_back(text: str) -> None:
    assert mend(misread(text)) == text
    assert mend(text) == text


def test_finding_when_made_says_where_how_often_and_what_instead() -> None:
    (found,) = check_encoding([{"text": "fine"}, {"text": "CafÃ© and crÃªpe"}], Rules())

    assert (found.index, found.column, found.start, found.end) == (1, "text", 3, 5)
    assert found.replacement == "é"
    assert "2 times" in found.message
