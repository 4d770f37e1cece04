import json
from typing import Any

import pytest

from support.factories import make_lane
from tallystick.commitments.canonical import canonical_json
from tallystick.domain.trees import credits_of, true_leaf
from tallystick.errors import IntegrityMismatch
from tallystick.pipeline.batches.publication import PublishedReceipt, read, write
from tallystick.pipeline.receipts.encoding import signed_receipt_from_json, signed_receipt_to_json

RECEIPTS = make_lane(2)
CREDITS = credits_of(RECEIPTS)
LEAVES = [true_leaf(s) for s in RECEIPTS]
DATA = write([PublishedReceipt(signed_receipt_to_json(x.signed), x.value) for x in LEAVES], CREDITS)


def altered(**changes: Any) -> bytes:
    return canonical_json({**json.loads(DATA), **changes})


def test_file_when_read_gives_both_trees_back() -> None:
    published = read(DATA)

    assert tuple(signed_receipt_from_json(r.signed) for r in published.receipts) == RECEIPTS
    assert [r.value for r in published.receipts] == [x.value for x in LEAVES]
    assert tuple(published.credits) == CREDITS


def test_file_when_searched_holds_no_text_and_no_salt() -> None:
    assert b"Question" not in DATA
    assert b"Answer" not in DATA
    assert b"salt" not in DATA


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 10_000,
        DATA + b"\n",
        DATA[:-1],
        altered(format="tallystick-batch-0"),
        altered(extra=1),
        altered(credits=None),
        altered(credits=[["0x00", 0, 0, "1"]]),
        altered(credits=[["0x" + "00" * 32, -1, 0, "1"]]),
        altered(credits=[["0x" + "00" * 32, 0, 0, 1]]),
        altered(credits=[["0x" + "00" * 32, 0, 0, str(2**128)]]),
        altered(receipts=[{"signed": [], "val": "1"}]),
        altered(receipts=[{"signed": {}, "value": "01"}]),
        altered(receipts=[{"signed": {}, "val": "1"}]),
    ],
)
def test_file_when_malformed_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityMismatch):
        read(data)
