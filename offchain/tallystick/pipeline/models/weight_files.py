"""Is a file really safetensors? Its header is read whole and believed in nothing (format: huggingface/safetensors)."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, Final

from tallystick.commitments import strict_json
from tallystick.errors import InvalidInput

_MOST_HEADER, _MOST_TENSORS, _MOST_AXES = 16 << 20, 100_000, 8
_BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64,
}  # fmt: skip
_Span = tuple[int, int]


def check_safetensors(path: Path) -> None:
    """`InvalidInput` unless header and file fit: known types, one place a tensor, no gap, no overlap, nothing behind.

    A pickle under that name is refused, and so is a header that would take much memory to read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 10 or length > min(size - 8, _MOST_HEADER):
                raise ValueError("its header has no sensible length")
            header = file.read(length)
        if header[:1] != b"{":
            raise ValueError("it does not start as one")
        told = strict_json.loads(header.decode("utf-8"), most=256 << 20)
        _check_layout(sorted(_spans(told)), size - 8 - length)
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise InvalidInput(
            f"{path.name} is not a safetensors file: {error}.",
            "Pickled weights are refused; convert them to safetensors.",
        ) from error


def _spans(told: dict[str, Any]) -> Iterator[_Span]:
    if len(told) > _MOST_TENSORS:
        raise ValueError(f"it has {len(told)} tensors")
    for name, entry in told.items():
        if name == "__metadata__":
            continue
        shape, (start, end) = entry["shape"], entry["data_offsets"]
        numbers = [*shape, start, end]
        if len(shape) > _MOST_AXES or not all(type(n) is int and n >= 0 for n in numbers):
            raise ValueError(f"a tensor's shape or place is {str(numbers)[:80]}")
        if (end - start) * 8 != prod(shape) * _BITS[entry["dtype"]]:
            raise ValueError(f"a tensor of shape {shape} lies at {start} to {end}")
        yield start, end


def _check_layout(spans: list[_Span], size: int) -> None:
    at = 0
    for start, end in spans:
        if start != at:
            raise ValueError(f"tensors overlap or leave a gap at {min(start, at)}")
        at = end
    if at != size:
        raise ValueError(f"its tensors end at {at}, its bytes at {size}")
