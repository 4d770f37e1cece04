"""A receipt with all that opens it, in one file: what a consumer or an operator gives to an auditor."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tallystick.app.exchange import decode, shown_from_json
from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.answers.opened import output_from_json, output_to_json
from tallystick.domain.answers.opening import OpenedAnswer
from tallystick.domain.digests import Domain
from tallystick.domain.ids import address
from tallystick.errors import InvalidInput
from tallystick.pipeline.receipts import encoding
from tallystick.ports import Opening, StoredReceipt

FORMAT = "tallystick-opening-1"
MOST_BYTES = 16 << 20


def opened_of(stored: StoredReceipt, opening: Opening) -> OpenedAnswer:
    """As this node's books have it."""
    signed = replace(decode(stored.encoded), voucher=stored.voucher)
    messages = _messages(json.loads(opening.messages_json))
    return OpenedAnswer(
        signed, opening.salt, messages, opening.output, shown_from_json(opening.attribution_json)
    )


def write_opening(domain: Domain, stored: StoredReceipt, opening: Opening) -> bytes:
    """Canonical JSON. It holds question and answer in plain text."""
    signed = replace(decode(stored.encoded), voucher=stored.voucher)
    return canonical_json(
        {
            "format": FORMAT,
            "chain_id": domain.chain_id,
            "escrow": domain.escrow,
            "receipt": encoding.signed_receipt_to_json(signed),
            "salt": "0x" + opening.salt.hex(),
            "messages": json.loads(opening.messages_json),
            "output": output_to_json(opening.output),
            "attribution": json.loads(opening.attribution_json),
        }
    )


def read_opening(domain: Domain, file: Path) -> OpenedAnswer:
    """`InvalidInput` for what is no opening, or one of another deployment. Nothing in it is believed yet."""
    if file.stat().st_size > MOST_BYTES:
        raise InvalidInput(f"{file} is too large for an opening.", f"At most {MOST_BYTES} bytes.")
    return parse_opening(domain, file.read_bytes(), str(file))


def parse_opening(domain: Domain, data: bytes, file: str) -> OpenedAnswer:
    """The same of bytes; `file` names them to a person."""
    try:
        body = strict_json.loads(data)
        place = Domain(int(body["chain_id"]), address(body["escrow"]))
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']!r}")
        opened = _read(body)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            f"{file} is no opening of a receipt: {error!r}.", "`tallystick receipt open` writes one."
        ) from error
    if place != domain:
        raise InvalidInput(
            f"{file} is of chain {place.chain_id}, escrow {place.escrow}.", "Use that deployment's settings."
        )
    return opened


def _read(body: Mapping[str, Any]) -> OpenedAnswer:
    salt = bytes.fromhex(body["salt"][2:])
    if len(salt) != 32:
        raise ValueError("the salt has not 32 bytes")
    shown = shown_from_json(json.dumps(body["attribution"]))
    signed = encoding.signed_receipt_from_json(body["receipt"])
    return OpenedAnswer(signed, salt, _messages(body["messages"]), output_from_json(body["output"]), shown)


def _messages(rows: Any) -> tuple[dict[str, str], ...]:
    return tuple({"role": str(m["role"]), "content": str(m["content"])} for m in rows)
