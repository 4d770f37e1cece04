"""JSON forms of terms, lines, receipts and vouchers, both ways and strict: each value has one form.

Amounts are decimal text and bytes lower-case 0x hex, as JSON numbers are exact to 2^53 only.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from tallystick.domain.ids import Address, AssetId, Pot, address
from tallystick.domain.usage import Line, Receipt, SignedReceipt, SignedVoucher, Terms, Voucher
from tallystick.errors import InvalidInput

Json = dict[str, Any]
_ADDRESSES = {"consumer", "operator"}
_WIDTHS = {"lane": 53, "previous": 128, "cumulative": 128, "limit": 128, "acknowledged": 128, "served_at": 53}
_DIGITS = 39  # of 2^128
_LONGEST_SIGNATURE = 4_096
_NUMBERS = tuple((f.name, _WIDTHS.get(f.name, 32)) for f in fields(Receipt) if f.type is int)
_POTS = {int(pot): pot for pot in Pot}


def receipt_to_json(receipt: Receipt) -> Json:
    return _record_to_json(receipt)


def terms_to_json(terms: Terms) -> Json:
    return {**_record_to_json(terms), "pots": list(terms.pots)}


def line_to_json(line: Line) -> Json:
    return {
        "asset_id": _hex(line.asset_id),
        "pot": int(line.pot),
        "ppm": line.ppm,
        "amount": str(line.amount),
    }


def signed_voucher_to_json(signed: SignedVoucher) -> Json:
    return {**_record_to_json(signed.voucher), "signature": _hex(signed.signature)}


def signed_receipt_to_json(signed: SignedReceipt) -> Json:
    """Receipt, lines, operator signature, and the voucher or null."""
    return {
        "receipt": receipt_to_json(signed.receipt),
        "lines": [line_to_json(line) for line in signed.lines],
        "signature": _hex(signed.signature),
        "voucher": signed_voucher_to_json(signed.voucher) if signed.voucher else None,
    }


def receipt_from_json(body: object) -> Receipt:
    return Receipt(*_record_from_json(_object(body, "receipt"), Receipt))


def terms_from_json(body: object) -> Terms:
    given = _object(body, "terms")
    pots = given.get("pots")
    if not isinstance(pots, list) or len(pots) != 8:
        raise InvalidInput("`pots` must be eight integers.")
    values = _record_from_json({k: v for k, v in given.items() if k != "pots"}, Terms, skip=("pots",))
    return Terms(*(*values, tuple(_integer(p, "pots", 16) for p in pots)))


def signed_voucher_from_json(body: object) -> SignedVoucher:
    return _signed_voucher(body, _signature)


def signed_receipt_from_json(body: object) -> SignedReceipt:
    return _signed_receipt(body, _signature)


def published_receipt_from_json(body: object) -> SignedReceipt:
    """Of a batch file: signatures of any length, so that a file with a false one is read, and convicted of it."""
    return _signed_receipt(body, _any_bytes)


def _signed_voucher(body: object, read: Callable[[object], bytes]) -> SignedVoucher:
    given = dict(_object(body, "voucher"))
    signature = read(given.pop("signature", None))
    return SignedVoucher(Voucher(*_record_from_json(given, Voucher)), signature)


def _signed_receipt(body: object, read: Callable[[object], bytes]) -> SignedReceipt:
    given = _object(body, "signed receipt")
    if set(given) != {"receipt", "lines", "signature", "voucher"} or not isinstance(given["lines"], list):
        raise InvalidInput("A signed receipt has the fields receipt, lines, signature and voucher.")
    return SignedReceipt(
        receipt_from_json(given["receipt"]),
        tuple(_line(line) for line in given["lines"]),
        read(given["signature"]),
        _signed_voucher(given["voucher"], read) if given["voucher"] is not None else None,
    )


def check_form(receipt: Receipt) -> None:
    """InvalidInput for a number that has no form here: nobody could read the batch file that holds it."""
    for name, bits in _NUMBERS:
        value = getattr(receipt, name)
        if not 0 <= value < 1 << bits:
            raise InvalidInput(
                f"The receipt's {name} is {value}: it must be a whole number below 2^{bits}.",
                "Nothing was signed or kept. Look at this machine's clock and at the lane's voucher.",
            )


def canonical_receipt(signed: SignedReceipt) -> bytes:
    """What is stored: the canonical JSON of a signed receipt. InvalidInput for one that could not be read again.

    Its texts are ASCII and its numbers whole and below 2^53, of which sorted JSON without blanks is canonical.
    """
    check_form(signed.receipt)
    return json.dumps(signed_receipt_to_json(signed), sort_keys=True, separators=(",", ":")).encode()


def _line(body: object) -> Line:
    given = _object(body, "line")
    if set(given) != {"asset_id", "pot", "ppm", "amount"}:
        raise InvalidInput("A line has the fields asset_id, pot, ppm and amount.")
    pot = _POTS.get(_integer(given["pot"], "pot", 8))
    if pot is None:
        raise InvalidInput(f"There is no pot {given['pot']}.")
    return Line(
        AssetId(_bytes(given["asset_id"], "asset_id", 32)),
        pot,
        _integer(given["ppm"], "ppm", 32),
        _amount(given["amount"], "amount", 128),
    )


def _record_to_json(record: Any) -> Json:
    out: Json = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, bytes):
            value = _hex(value)
        elif _WIDTHS.get(field.name) == 128:
            value = str(value)
        out[field.name] = value
    return out


def _record_from_json(given: Mapping[str, Any], kind: type, skip: tuple[str, ...] = ()) -> list[Any]:
    """Values in the order of the record's fields."""
    readers = _readers(kind, skip)
    if given.keys() != readers.keys():
        wrong = sorted(given.keys() ^ readers.keys())
        raise InvalidInput(
            f"A {kind.__name__.lower()} is missing, or has unknown, fields: {', '.join(wrong)}."
        )
    return [read(given[name], name, size) for name, (read, size) in readers.items()]


@cache
def _readers(kind: type, skip: tuple[str, ...]) -> dict[str, tuple[Callable[[object, str, int], Any], int]]:
    """What reads each field, and how many bits or bytes it has."""
    return {f.name: _reader(f.name, f.type) for f in fields(kind) if f.name not in skip}


def _reader(name: str, kind: object) -> tuple[Callable[[object, str, int], Any], int]:
    if name in _ADDRESSES:
        return _address, 20
    if kind is int:
        width = _WIDTHS.get(name, 32)
        return (_amount if width == 128 else _integer), width
    return _bytes, 32


def _object(body: object, what: str) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise InvalidInput(f"A {what} must be a JSON object.")
    return body


def _integer(value: object, name: str, bits: int) -> int:
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise InvalidInput(f"`{name}` must be a whole number below 2^{bits}.")
    return value


def _amount(value: object, name: str, bits: int) -> int:
    """Whatever else `int` reads, only one text is how it writes a number."""
    try:
        if isinstance(value, str) and len(value) <= _DIGITS and str(found := int(value)) == value:
            return _integer(found, name, bits)
    except ValueError:
        pass
    raise InvalidInput(f"`{name}` must be a whole number written as text, without leading zeros.")


def _bytes(value: object, name: str, size: int) -> bytes:
    """Whatever else `fromhex` reads, only one text is how it is written."""
    try:
        if isinstance(value, str) and len(value) == 2 + 2 * size and value[:2] == "0x":
            found = bytes.fromhex(value[2:])
            if found.hex() == value[2:]:
                return found
    except ValueError:
        pass
    raise InvalidInput(f"`{name}` must be {size} bytes as lower-case 0x hex.")


def _signature(value: object) -> bytes:
    return _bytes(value, "signature", 65)


def _any_bytes(value: object) -> bytes:
    size = len(value) // 2 - 1 if isinstance(value, str) else 65
    return _bytes(value, "signature", min(max(size, 0), _LONGEST_SIGNATURE))


def _address(value: object, name: str, size: int = 20) -> Address:
    try:
        return address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InvalidInput(f"`{name}` must be an address.") from error


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
