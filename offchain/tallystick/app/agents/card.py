"""An agent's card: what A2A clients read, pinned as canonical JSON, so that the chain's digest binds it."""

from collections.abc import Mapping
from typing import Any

from tallystick.commitments import strict_json
from tallystick.commitments.canonical import canonical_json
from tallystick.errors import IntegrityMismatch, InvalidInput

PROTOCOL_VERSION = "1.0"
MOST_BYTES = 1 << 16
_TEXT = ["text/plain"]
_JSON = ["application/json"]


def card_of(name: str, description: str, endpoint: str) -> dict[str, Any]:
    """An A2A agent card in its JSON form, whose skills price and ask. Below the base URL the service is at `/a2a`."""
    if not name.strip() or not endpoint.startswith(("http://", "https://")):
        raise InvalidInput(
            "An agent needs a name and an endpoint.", "Name it, and give the http(s) URL at which it answers."
        )
    return {
        "name": name,
        "description": description or name,
        "version": "1",
        "supportedInterfaces": [
            {
                "url": f"{endpoint.rstrip('/')}/a2a",
                "protocolBinding": "JSONRPC",
                "protocolVersion": PROTOCOL_VERSION,
            }
        ],
        "capabilities": {"streaming": False, "pushNotifications": False},
        "defaultInputModes": _TEXT,
        "defaultOutputModes": _TEXT + _JSON,
        "skills": [
            {
                "id": "price",
                "name": "Price an answer",
                "description": "The most that an answer to the question may cost, in base units of OPEN.",
                "tags": ["price", "attribution"],
                "examples": ["price: When was the hour bell cast?"],
            },
            {
                "id": "ask",
                "name": "Ask a question",
                "description": "An answer with its receipt: who earned what of the fee, and why.",
                "tags": ["answer", "attribution", "citations"],
                "examples": ["When was the hour bell cast?"],
            },
        ],
    }


def encode(card: Mapping[str, Any]) -> bytes:
    return canonical_json(dict(card))


def decode(data: bytes) -> dict[str, Any]:
    """`IntegrityMismatch` for what is no card."""
    try:
        card = strict_json.loads(data)
        if not isinstance(card, dict) or not isinstance(card["name"], str):
            raise ValueError("it has no name")
    except (ValueError, KeyError) as error:
        raise IntegrityMismatch(f"The agent's card cannot be read: {error!r}.") from error
    return card
