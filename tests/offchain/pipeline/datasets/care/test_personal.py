import pytest

from tallystick.pipeline.datasets.care.finding import Kind, Severity
from tallystick.pipeline.datasets.care.numbers import is_card, is_luhn
from tallystick.pipeline.datasets.care.personal import check_personal, find_personal, redacted
from tallystick.pipeline.datasets.care.rules import Rules

# Put together here, so that no file holds what looks like a key.
PEM = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Kind.EMAIL, "ines.ohara+mill@mail.river-mill.co.uk"),
        (Kind.EMAIL, "omar_77@müller.de"),
        (Kind.PHONE, "+44 20 7946 0958"),
        (Kind.PHONE, "+49 (89) 1234-5678"),
        (Kind.PHONE, "0033 1 42 68 53 00"),
        (Kind.PHONE, "(212) 664-7665"),
        (Kind.PHONE, "415-867-5309"),
        (Kind.IBAN, "DE89 3704 0044 0532 0130 00"),
        (Kind.IBAN, "GB29NWBK60161331926819"),
        (Kind.IBAN, "NO93 8601 1117 947"),
        (Kind.CARD, "4539 1488 0343 6467"),
        (Kind.CARD, "378282246310005"),
        (Kind.IP_ADDRESS, "8.8.4.4"),
        (Kind.IP_ADDRESS, "2a00:1450:4001:81b::200e"),
        (Kind.NATIONAL_ID, "536-22-4178"),
        (Kind.NATIONAL_ID, "AB 12 34 56 C"),
        (Kind.NATIONAL_ID, "12345678Z"),
        (Kind.NATIONAL_ID, "RSSMRA85T10A562S"),
        (Kind.NATIONAL_ID, "529.982.247-25"),
        (Kind.NATIONAL_ID, "11010519491231002X"),
        (Kind.NATIONAL_ID, "269054958815780"),
        (Kind.CREDENTIAL, PEM),
        (Kind.CREDENTIAL, "AKIA" + "IOSFODNN7EXAMPLE"),
        (Kind.CREDENTIAL, "ghp_" + "a1B2" * 9),
        (Kind.CREDENTIAL, "sk-" + "proj-" + "a1B2c3D4" * 5),
        (Kind.CREDENTIAL, "xoxb-" + "123456789012-abcdefABCDEF"),
        (Kind.CREDENTIAL, "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN"),
    ],
)
def test_personal_data_when_in_a_sentence_is_found_where_it_stands(kind: Kind, found: str) -> None:
    text = f"Write this down: {found}, and tell nobody."

    assert [(k, text[start:end]) for k, (start, end) in find_personal(text)] == [(kind, found)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The private key: 0x" + "ab" * 32 + ".", "0x" + "ab" * 32),
        ("postgres://miller:gr1nd3r@db/mill", "gr1nd3r"),
        ('{"api_key": "' + "Zx9Yw8Vu7Ts6" + '"}', "Zx9Yw8Vu7Ts6"),
    ],
)
def test_credentials_when_only_their_name_tells_are_found(text: str, found: str) -> None:
    assert [(k, text[a:b]) for k, (a, b) in find_personal(text)] == [(Kind.CREDENTIAL, found)]


def test_credentials_when_a_key_is_cut_off_reach_to_the_end() -> None:
    text = "Two: " + PEM + " and " + PEM[:40]

    assert [text[a:b] for _, (a, b) in find_personal(text)] == [PEM, PEM[:40]]


def test_telephone_when_a_word_says_so_is_found() -> None:
    text = "Please call us on 089 1234567 before noon."

    assert [(k, text[a:b]) for k, (a, b) in find_personal(text)] == [(Kind.PHONE, "089 1234567")]


@pytest.mark.parametrize(
    "text",
    [
        "name[The Golden Palace], eatType[coffee shop], priceRange[£20-25], customer rating[5 out of 5]",
        "The Mill has a price range of £20-25 and is rated 3 out of 5; Café Rouge is near Crowne Plaza Hotel.",
        "Moderately priced (more than £30), it is not kid-friendly and has 1,265 reviews since 1999-2004.",
        "Call 2019-12-31 the last day of 365.25; phone prices rose 12-05-2019.",
        "Version 1.2.3.4 of 10.0.0.1 listens on 192.168.1.20 and 203.0.113.9, localhost ::1 and std::vector.",
        "The root is 0x" + "5f" * 32 + " and the time 12:30:45:00.",
        "Pi is 3.14159265358979323846; 12345678901234567890 grains; order 4111 1111 1111 1112.",
        "ISBN 978-3-16-148410-0, DOI 10.1000/182, and 1,000,000,000,000,000 grains of sand.",
        "Mail ines@example.com or ring 212-555-0123; @mill is a handle, 4 @ 5 a price.",
        "Set password = <your password>, token: ${TOKEN}, and secret: agent.",
        "000-12-3456, 666-12-3456, 900-12-3456, GB12 NWBK 6016 1331 9268 19 and DE00 3704 0044 0532 0130 00.",
        "A skill-based task-oriented sk-learn talk; AKIA is a surname.",
        "Die Gleichung 2+2=4 und 20+30 40 50; 30.06.2024 bis 01.07.2025; 1990-2000.",
    ],
)
def test_personal_data_when_text_only_looks_like_it_is_not_found(text: str) -> None:
    assert find_personal(text) == []


def test_cards_when_one_digit_changes_are_none() -> None:
    number = "4539148803436467"
    changed = [
        number[:k] + str((int(d) + n) % 10) + number[k + 1 :]
        for k, d in enumerate(number)
        for n in range(1, 10)
    ]

    assert is_card(number)
    assert not any(map(is_luhn, changed))
    assert not is_card("4" * 16)


def test_findings_when_made_never_repeat_the_secret_and_suggest_a_redaction() -> None:
    text = "Ask omar@river-mill.org or +44 20 7946 0958 about DE89 3704 0044 0532 0130 00."

    findings = list(check_personal([{"text": "Nothing."}, {"text": text}], Rules()))

    assert redacted(text, findings) == "Ask [EMAIL] or [PHONE] about [IBAN]."
    assert {f.index for f in findings} == {1}
    assert {f.severity for f in findings} == {Severity.QUARANTINE}
    assert not any(part in f.message for f in findings for part in ("omar", "7946", "DE89"))
