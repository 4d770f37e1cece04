from pathlib import Path

import pytest

from support.factories import DOMAIN, make_lane
from tallystick.app.settlement.drawing import (
    Counted,
    batch_file,
    leaves_of,
    published_receipts,
    receipt_row,
    write_file,
)
from tallystick.domain.trees import credits_of, true_leaf
from tallystick.domain.usage import SignedReceipt
from tallystick.pipeline.batches import publication
from tallystick.pipeline.batches.assemble import settleable
from tallystick.pipeline.batches.sheet import Sheet

RECEIPTS = settleable([*make_lane(3, "bob", 2), *make_lane(4, "dora", 0)])


def whole(receipts: tuple[SignedReceipt, ...]) -> bytes:
    return publication.write(published_receipts(receipts), credits_of(receipts))


@pytest.mark.parametrize("count", [0, 1, len(RECEIPTS)])
def test_file_when_written_bit_by_bit_has_the_bytes_of_the_whole(tmp_path: Path, count: int) -> None:
    sheet = Sheet(DOMAIN)

    file = write_file(tmp_path, sheet, iter(RECEIPTS[:count]))

    assert file.read_bytes() == whole(RECEIPTS[:count]) == batch_file(iter(RECEIPTS[:count]))
    assert len(sheet) == count and [*tmp_path.iterdir()] == [file]


def test_file_when_read_back_gives_the_leaves(tmp_path: Path) -> None:
    file = write_file(tmp_path, Sheet(DOMAIN), RECEIPTS)

    assert tuple(leaves_of(publication.open_file(file))) == tuple(map(true_leaf, RECEIPTS))


def test_file_when_it_would_be_larger_than_auditors_read_leaves_the_rest(tmp_path: Path) -> None:
    sheet, there, most = Sheet(DOMAIN), Counted(RECEIPTS), 4 * len(receipt_row(RECEIPTS[0])) + 8_000

    file = write_file(tmp_path, sheet, there, most_bytes=most)

    assert 0 < len(sheet) < len(RECEIPTS) and file.stat().st_size <= most
    assert file.read_bytes() == whole(RECEIPTS[: len(sheet)])
    assert there.count == len(sheet) + 1
