"""Which of a file's columns make a record: one of four shapes to train on, or text, with a title or not, to quote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.errors import InvalidInput
from tallystick.pipeline.datasets.conversation import conversation_text
from tallystick.pipeline.datasets.formats import Row

MESSAGES = "messages"
# Required columns of each shape with its optional ones; the first that a file has is taken.
SHAPES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("question", "answer"), ()),
    (("instruction", "output"), ("input", "system")),
    (("prompt", "completion"), ()),
    ((MESSAGES,), ()),
    (("text",), ("title",)),
)
OPTIONAL = tuple(name for _, optional in SHAPES for name in optional)
OWNER = "owner"
KNOWN = (*(name for required, optional in SHAPES for name in (*required, *optional)), OWNER)


@dataclass(frozen=True, slots=True)
class Columns:
    """`source` maps our name to the file's; `required` must have text in every row."""

    source: Mapping[str, str]
    required: tuple[str, ...]

    @property
    def owner(self) -> str | None:
        return self.source.get(OWNER)


def find_columns(file: str, present: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """The columns of a file's records. `mapping` maps our names to the file's, such as question to `mr`."""
    _check_mapping(file, present, mapping)
    source = {ours: mapping.get(ours, ours) for ours in KNOWN}
    held = {ours: theirs for ours, theirs in source.items() if theirs in present}
    for required, optional in SHAPES:
        if all(name in held for name in required):
            kept = {k: v for k, v in held.items() if k in (*required, *optional, OWNER)}
            return Columns(kept, required)
    raise InvalidInput(
        f"{file} has the columns {', '.join(present) or '(none)'}. "
        "Training records need question and answer, or instruction and output, or prompt and completion, or messages;"
        " documents need text, and may have a title.",
        "Say which columns they are, for example: --map question=mr --map answer=ref.",
    )


def body_of(file: str, row: Row, columns: Columns) -> dict[str, str]:
    """A record's text by our column names; an empty optional column is left out."""
    body = {}
    for ours, theirs in columns.source.items():
        if ours == OWNER:
            continue
        if ours == MESSAGES:
            body[ours] = _conversation(file, row, theirs)
            continue
        text = _text(file, row, theirs, is_required=ours in columns.required)
        if text.strip():
            body[ours] = text
        elif ours in columns.required:
            raise InvalidInput(f"{file}, line {row.line}: {theirs} is empty.", "Fill it in, or drop the row.")
    return body


def _conversation(file: str, row: Row, column: str) -> str:
    try:
        return conversation_text(row.fields.get(column))
    except InvalidInput as error:
        raise InvalidInput(
            f"{file}, line {row.line}: {column} is no conversation: {error.message}", error.hint
        ) from error


def owner_of(file: str, row: Row, columns: Columns) -> str | None:
    """Whose row it is, None where the file does not say."""
    if columns.owner is None:
        return None
    name = _text(file, row, columns.owner, is_required=True).strip()
    if not name:
        raise InvalidInput(
            f"{file}, line {row.line}: {columns.owner} is empty.", "Every row needs its owner."
        )
    return name


def _text(file: str, row: Row, column: str, *, is_required: bool) -> str:
    value = row.fields.get(column)
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidInput(f"{file}, line {row.line}: {column} holds a NUL character.", "Remove it.")
        return value
    if value is None and not is_required:
        return ""
    if column not in row.fields:
        raise InvalidInput(
            f"{file}, line {row.line}: no {column}; it has {', '.join(row.fields) or 'no columns'}.",
            "Every record needs the same columns.",
        )
    found = "empty" if value is None else f"{type(value).__name__}, not text"
    raise InvalidInput(f"{file}, line {row.line}: {column} is {found}.", "Fill it in, or drop the row.")


def _check_mapping(file: str, present: Sequence[str], mapping: Mapping[str, str]) -> None:
    for ours, theirs in mapping.items():
        if ours not in KNOWN:
            raise InvalidInput(f"There is no column {ours!r} to map to.", f"Use one of: {', '.join(KNOWN)}.")
        if theirs not in present:
            raise InvalidInput(
                f"{file} has no column {theirs!r}; it has {', '.join(present)}.", "Check the spelling."
            )
