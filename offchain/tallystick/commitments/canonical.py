"""Canonical JSON (RFC 8785): one byte string per value, whoever writes it."""

from typing import Any

import rfc8785

from tallystick.errors import InvalidInput


def canonical_json(value: Any) -> bytes:
    """UTF-8 bytes; `InvalidInput` for what JSON or Unicode cannot hold."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InvalidInput(f"This cannot be written as canonical JSON: {error}.") from error
