"""carl's file hides the lines of a receipt; what he had to show on demand takes their place."""

from dataclasses import replace

from support.carl import RECEIPTS, Facts, settle, with_receipt
from tallystick.domain.digests import pack_lines, unpack_lines
from tallystick.domain.finding import FindingKind
from tallystick.pipeline.auditing.replay import replay
from tallystick.pipeline.auditing.shown_lines import hides_lines, with_shown_lines

TRUE = pack_lines(RECEIPTS[1].lines)
HIDDEN = settle(with_receipt(1, lambda signed: replace(signed, lines=signed.lines[1:])))


def kinds(batch: object) -> list[FindingKind]:
    return [f.kind for f in replay(batch, Facts())]  # type: ignore[arg-type]


def test_lines_when_hidden_are_noticed() -> None:
    assert hides_lines(HIDDEN) and not hides_lines(settle())
    assert FindingKind.LINES_MISMATCH in kinds(HIDDEN)


def test_lines_when_shown_take_the_place_of_the_files() -> None:
    shown = with_shown_lines(HIDDEN, {1: TRUE})

    assert shown.leaves == settle().leaves and not hides_lines(shown)
    assert FindingKind.LINES_MISMATCH not in kinds(shown)
    assert shown.receipt_tree.root == HIDDEN.receipt_tree.root


def test_lines_when_they_are_not_of_the_receipt_are_not_believed() -> None:
    assert with_shown_lines(HIDDEN, {1: TRUE[53:], 99: TRUE}).leaves == HIDDEN.leaves
    assert with_shown_lines(settle(), {1: b""}).leaves == settle().leaves


def test_lines_when_packed_are_unpacked_again() -> None:
    assert unpack_lines(TRUE) == RECEIPTS[1].lines
    assert unpack_lines(b"") == () and unpack_lines(TRUE[:-1]) is None
