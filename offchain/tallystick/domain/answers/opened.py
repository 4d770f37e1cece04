"""What a receipt's two commitments open to: the messages of the question, and the record of the output.

Specification section 5. The record binds the very tokens, the passages and the model's fingerprint, so that an auditor
scores what was served and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.commitments.canonical import canonical_json
from tallystick.commitments.leaves import opening_commit
from tallystick.domain.answers.draws import GREEDY, Sampling, sampling_from_json, sampling_to_json
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import InvalidInput

# The role of the only message of a bare prompt: text that a model continues, in no conversation.
BARE = "prompt"
MOST_TOKENS, MOST_PASSAGES, MOST_FINGERPRINT = 1 << 17, 64, 1 << 17
_FIELDS = {"answer", "tokens", "passages", "fingerprint"}


@dataclass(frozen=True, slots=True)
class PassageRef:
    """A record of a data set that stood in the prompt."""

    dataset_id: AssetId
    record_index: int


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """`tokens` are the ids that the model made, end mark included; `passages` stand as in the prompt.

    `fingerprint` is empty where the engine gives none; then nothing binds the model. `sampling` is as the consumer asked.
    """

    answer: str
    tokens: tuple[int, ...]
    passages: tuple[PassageRef, ...] = ()
    fingerprint: bytes = b""
    sampling: Sampling = GREEDY


def query_commit(messages: Sequence[Mapping[str, str]], salt: bytes) -> Hash:
    plain = [{"role": m["role"], "content": m["content"]} for m in messages]
    return Hash(opening_commit(salt, canonical_json(plain)))


def output_commit(record: OutputRecord, salt: bytes) -> Hash:
    """`InvalidInput` for an answer that is no text."""
    return Hash(opening_commit(salt, canonical_json(output_to_json(record))))


def output_to_json(record: OutputRecord) -> dict[str, Any]:
    drawn = {} if record.sampling.is_greedy else {"sampling": sampling_to_json(record.sampling)}
    return {
        "answer": record.answer,
        "tokens": list(record.tokens),
        "passages": [["0x" + p.dataset_id.hex(), p.record_index] for p in record.passages],
        "fingerprint": "0x" + record.fingerprint.hex(),
        **drawn,
    }


def output_from_json(body: object) -> OutputRecord:
    """`InvalidInput` for anything but what `output_to_json` writes."""
    if (
        not isinstance(body, Mapping)
        or set(body) - {"sampling"} != _FIELDS
        or not isinstance(body["answer"], str)
    ):
        raise InvalidInput("The record of an output has an answer, tokens, passages and a fingerprint.")
    tokens, passages = body["tokens"], body["passages"]
    if not isinstance(tokens, list) or len(tokens) > MOST_TOKENS or not all(_is_count(t) for t in tokens):
        raise InvalidInput(f"`tokens` must be at most {MOST_TOKENS} whole numbers below 2^31.")
    if not isinstance(passages, list) or len(passages) > MOST_PASSAGES:
        raise InvalidInput(f"`passages` must be a list of at most {MOST_PASSAGES}.")
    shown = tuple(_passage(p) for p in passages)
    mark = _bytes(body["fingerprint"], "fingerprint")
    sampling = sampling_from_json(body["sampling"]) if "sampling" in body else GREEDY
    return OutputRecord(body["answer"], tuple(tokens), shown, mark, sampling)


def _passage(body: object) -> PassageRef:
    if not isinstance(body, list) or len(body) != 2 or not _is_count(body[1]):
        raise InvalidInput("A passage is a data set's id and the number of its record.")
    dataset = _bytes(body[0], "data set's id")
    if len(dataset) != 32:
        raise InvalidInput("A passage's data set has an id of 32 bytes.")
    return PassageRef(AssetId(dataset), body[1])


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31


def _bytes(value: object, what: str) -> bytes:
    if isinstance(value, str) and value[:2] == "0x" and len(value) <= 2 * MOST_FINGERPRINT + 2:
        try:
            found = bytes.fromhex(value[2:])
        except ValueError:
            found = b""
        if value == "0x" + found.hex():
            return found
    raise InvalidInput(f"The {what} must be lower-case 0x hex.")
