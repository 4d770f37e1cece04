"""How the checks see a record: its columns in order, the ones that hold text, and what identifies its content."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence

Body = Mapping[str, object]
Records = Sequence[Body]

# Scripts that are written without spaces count by the character.
_TOKEN = re.compile(
    r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u0e00-\u0eff\u1780-\u17ff\u3040-\u9fff]+"
)


def fields_of(body: Body) -> Iterator[tuple[str, str]]:
    """Columns that hold text, with it."""
    for column, value in body.items():
        if isinstance(value, str):
            yield column, value


def text_of(body: Body) -> str:
    """All its text, columns by name, so that the order in which a file has them does not matter."""
    return " ".join(text for _, text in sorted(fields_of(body)))


def content_key(body: Body) -> bytes:
    """32 bytes, equal for equal records; unlike canonical JSON it takes broken Unicode too."""
    written = json.dumps(body, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(written.encode("ascii")).digest()


def tokens_in(text: str) -> int:
    """Words and unspaced characters: near a tokenizer's count, without one."""
    return len(_TOKEN.findall(text))
