"""A batch's public file, drawn up from receipts that are read one by one; the caller's folder holds it."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from tallystick.app import exchange
from tallystick.domain.ids import Hash
from tallystick.domain.trees import ReceiptLeaf, true_leaf
from tallystick.domain.usage import SignedReceipt
from tallystick.pipeline.batches import publication
from tallystick.pipeline.batches.lazily import Lazily
from tallystick.pipeline.batches.sheet import CreditSheet, Sheet
from tallystick.pipeline.receipts import encoding
from tallystick.ports import ContentStore, StoredReceipt

# What a credit takes in the file at most: an asset, two positions, an amount, and what parts them.
_CREDIT_BYTES = 130
_PIECE = 1 << 20
Item = TypeVar("Item")


class Counted(Generic[Item]):
    """Passes items on and knows how many there were."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items, self.count = items, 0

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            self.count += 1
            yield item


def write_file(
    folder: Path, sheet: Sheet, receipts: Iterable[SignedReceipt], most_bytes: int = publication.MOST_BYTES
) -> Path:
    """The file over those receipts, in leaf order, that it has room for; they are on the sheet then."""
    rows, file = folder / "rows", folder / "batch"
    with rows.open("wb") as out:
        for signed in receipts:
            row = receipt_row(signed)
            credits_ = len(sheet.credits) + len(signed.lines)
            if out.tell() + len(sheet) + len(row) + 1000 + _CREDIT_BYTES * credits_ > most_bytes:
                break
            sheet.add(signed)
            out.write(row + b"\n")
    with rows.open("rb") as told, file.open("wb", buffering=_PIECE) as out:
        out.writelines(publication.pieces((row[:-1] for row in told), sheet.credits))
    rows.unlink()
    return file


def fetch_file(content: ContentStore, data_digest: Hash) -> publication.Published:
    """A batch's file, mapped and not read into memory; `NotFound` or `IntegrityMismatch` where there is none."""
    with TemporaryDirectory(prefix="tallystick-batch-") as folder:
        content.get_file(data_digest, Path(folder) / "batch", publication.MOST_BYTES)
        return publication.open_file(Path(folder) / "batch")


def leaves_of(published: publication.Published) -> Sequence[ReceiptLeaf]:
    """The receipt leaves of a file, read out of it each time they are asked for."""
    rows, from_json = published.receipts, encoding.published_receipt_from_json
    return Lazily(len(rows), lambda n: ReceiptLeaf(from_json(rows[n].signed), rows[n].value))


def batch_file(receipts: Iterable[SignedReceipt]) -> bytes:
    """The public file of a batch over these receipts."""
    sheet, rows = CreditSheet(), []
    for index, signed in enumerate(receipts):
        sheet.add(index, signed.lines)
        rows.append(receipt_row(signed))
    return b"".join(publication.pieces(rows, sheet))


def receipt_row(signed: SignedReceipt) -> bytes:
    """As the file has it, without a line break within."""
    return publication.receipt_row(encoding.canonical_receipt(signed), true_leaf(signed).value)


def published_receipts(receipts: Sequence[SignedReceipt]) -> list[publication.PublishedReceipt]:
    """Receipts as the batch file has them."""
    return [
        publication.PublishedReceipt(encoding.signed_receipt_to_json(r), true_leaf(r).value) for r in receipts
    ]


def signed_of(stored: StoredReceipt) -> SignedReceipt:
    """A receipt out of the books, with its voucher."""
    signed = exchange.decode(stored.encoded)
    return SignedReceipt(signed.receipt, signed.lines, signed.signature, stored.voucher)
