"""Reads what is typed: amounts, hashes, addresses, columns. Knows no rule of the protocol."""

import re
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import click

from tallystick.config import refuse_in_arguments
from tallystick.domain.challenge import Subject
from tallystick.domain.ids import Address, Hash, Purpose, address
from tallystick.hidden import HiddenUrls

DECIMALS = 6
NUMBER = click.IntRange(1, 2**63 - 1)  # as the books count
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(exists=False, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
FOLDER_OR_FILE = click.Path(exists=True, path_type=Path)


def shown_url(_: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A URL that anybody may read in the process list."""
    refuse_in_arguments(HiddenUrls(value or ""), param.opts[0])
    return value


class Amount(click.ParamType[int]):
    """OPEN as a decimal number, to base units; `1.5` is 1500000."""

    name = "open"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        match = re.fullmatch(r"([0-9]{1,30})(?:\.([0-9]{1,6}))?", str(value))
        if match is None:
            self.fail(
                f"{value!r} is not an amount of OPEN, such as 12 or 0.25 (at most 6 decimals).", param, ctx
            )
        units = int(match[1] + (match[2] or "").ljust(DECIMALS, "0"))
        if units == 0:
            self.fail("the amount must be above 0.", param, ctx)
        return units


class Bytes32(click.ParamType[bytes]):
    """`0x` and 64 hex digits."""

    name = "hash"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        if isinstance(value, bytes):
            return value
        if not re.fullmatch(r"0x[0-9a-fA-F]{64}", str(value)):
            self.fail(f"{value!r} is not 0x and 64 hex digits.", param, ctx)
        return bytes.fromhex(str(value)[2:])


class Pinned(click.ParamType[Path | Hash]):
    """What is pinned, by its hash; or a file that holds the same."""

    name = "hash|file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | Hash:
        if isinstance(value, Path | bytes):
            return value if isinstance(value, Path) else Hash(value)
        if str(value).startswith("0x"):
            return Hash(BYTES32.convert(value, param, ctx))
        return Path(str(FILE.convert(value, param, ctx)))


class SignatureText(click.ParamType[bytes]):
    """`0x` and 130 hex digits."""

    name = "signature"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        if isinstance(value, bytes):
            return value
        if not re.fullmatch(r"0x[0-9a-fA-F]{130}", str(value)):
            self.fail(f"{value!r} is not 0x and 130 hex digits.", param, ctx)
        return bytes.fromhex(str(value)[2:])


class AddressText(click.ParamType[Address]):
    """A 20-byte address."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        try:
            return address(str(value))
        except ValueError:
            self.fail(f"{value!r} is not 0x and 40 hex digits.", param, ctx)


class PurposeText(click.ParamType[Purpose]):
    """`train`, `serve` or `retrieve`, or several with commas."""

    name = "purposes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Purpose:
        if isinstance(value, Purpose):
            return value
        known = {str(p.name).lower(): p for p in Purpose}
        words = str(value).split(",")
        if not set(words) <= known.keys():
            self.fail(f"{value!r} is not of {', '.join(known)}.", param, ctx)
        return reduce(or_, (known[word] for word in words))


class SubjectText(click.ParamType[Subject]):
    """`batch` or `proposal`."""

    name = "batch|proposal"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Subject:
        if value not in (Subject.BATCH, Subject.PROPOSAL):
            self.fail(f"{value!r} is neither batch nor proposal.", param, ctx)
        return Subject(value)


class Column(click.ParamType[tuple[str, str]]):
    """`OURS=THEIRS`: which column of a file is the question, answer, title or text."""

    name = "ours=theirs"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        ours, equals, theirs = str(value).partition("=")
        if not (ours and equals and theirs):
            self.fail(f"{value!r} is not like question=prompt.", param, ctx)
        return ours, theirs


AMOUNT, BYTES32, ADDRESS, COLUMN = Amount(), Bytes32(), AddressText(), Column()
PURPOSES, PINNED, SUBJECT, SIGNATURE = PurposeText(), Pinned(), SubjectText(), SignatureText()
NUMBER = click.IntRange(1, 2**64 - 1)
