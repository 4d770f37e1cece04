"""Numbers with a check digit, which tells them from any other digits: cards, bank accounts, identity numbers."""

import re

# Length of an IBAN by country (ISO 13616 registry).
IBAN_LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL", "19": "MK SI", "20": "AT BA EE KZ LT LU XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ TL OM",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "PT ST LY", "26": "IS TR", "27": "FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL", "29": "BR EG PS QA UA", "30": "JO KW MU", "31": "MT SC", "32": "LC",
    }.items()
    for country in countries.split()
}  # fmt: skip
_CARDS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"6011|64[4-9]|65"), (16, 19)),
    (re.compile(r"352[89]|35[3-8]"), (16,)),
    (re.compile(r"30[0-5]|36|38"), (14,)),
    (re.compile(r"62"), (16, 17, 18, 19)),
)
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_FISCAL_ODD = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17,
    19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"


def is_luhn(digits: str) -> bool:
    """Luhn's checksum (ISO/IEC 7812-1)."""
    doubled = (int(d) * (1 + k % 2) for k, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


def is_card(digits: str) -> bool:
    """A payment card's number: a scheme's prefix with its length, and Luhn's checksum."""
    fits = any(p.match(digits) and len(digits) in lengths for p, lengths in _CARDS)
    return fits and len(set(digits)) > 2 and is_luhn(digits)


def iban_length(text: str) -> int:
    """How many characters of `text` (no blanks) are an IBAN; 0 for none."""
    length = IBAN_LENGTHS.get(text[:2], 0)
    iban = text[:length]
    if not length or len(iban) < length or not iban[2:4].isdecimal():
        return 0
    number = int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4]))
    return length if number % 97 == 1 else 0


def is_social_security(text: str) -> bool:
    """United States: ddd-dd-dddd, without the numbers that are never issued."""
    area, group, serial = text.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def is_dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is the number modulo 23."""
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI[int(number) % 23] == text[-1]


def is_nir(digits: str) -> bool:
    """France: 13 digits and a key of two, modulo 97."""
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_fiscal_code(text: str) -> bool:
    """Italy: 16 characters, the last one a checksum."""
    odd = sum(_FISCAL_ODD[int(c, 36)] for c in text[:15:2])
    even = sum(int(c, 36) - (10 if c.isalpha() else 0) for c in text[1:15:2])
    return chr(65 + (odd + even) % 26) == text[15]


def is_cpf(text: str) -> bool:
    """Brazil: ddd.ddd.ddd-dd with two check digits."""
    digits = [int(c) for c in text if c.isdecimal()]
    return len(set(digits)) > 1 and all(
        sum((n + 1 - k) * d for k, d in enumerate(digits[:n])) * 10 % 11 % 10 == digits[n] for n in (9, 10)
    )


def is_resident_id(text: str) -> bool:
    """China: 17 digits and a check character, modulo 11 (GB 11643)."""
    total = sum(w * int(d) for w, d in zip(_RESIDENT_WEIGHTS, text[:17], strict=True))
    return _RESIDENT_CHECKS[total % 11] == text[17].upper()
