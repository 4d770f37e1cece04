"""A backup holds one moment of a node that goes on, is not taken for another, and never overwrites."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import DOMAIN, account_of, asset_of, key_of, named
from support.ledger_records import BOB, NORA, make_receipt, make_voucher
from tallystick.app.datasets.key_ring import KeyRing
from tallystick.app.node import Node
from tallystick.bootstrap import node_from
from tallystick.commitments.signatures import sign
from tallystick.commitments.wrapping import public_part, reader_secret, unwrap
from tallystick.config import Config, load
from tallystick.domain.ids import Hash, Purpose
from tallystick.errors import Conflict, IntegrityMismatch, InvalidInput, NodeError, NotFound
from tallystick.gateways.ledger.books import SqlLedger
from tallystick.gateways.lockfile import LockFile
from tallystick.pipeline.datasets.key_grant import KeyGrant, wrapped_to_reader

Configure = Callable[..., Config]


@pytest.fixture
def node(config: Config) -> Iterator[Node]:
    made = node_from(config)
    yield made
    made.close()


@pytest.fixture
def backup(node: Node, tmp_path: Path) -> Path:
    return node.back_up(folder=tmp_path / "backup", with_keys=False).folder


def restored(config: Config, backup: Path, digest: Hash | None = None) -> SqlLedger:
    node_from(config).restore(folder=backup, digest=digest)
    return SqlLedger(config.database)


@pytest.mark.slow
def test_backup_when_restored_elsewhere_has_books_notes_and_settings(
    config: Config, backup: Path, configure: Configure
) -> None:
    other = configure("elsewhere")

    with restored(other, backup) as books, SqlLedger(config.database) as ours:
        assert books.receipts.lane(BOB, NORA, 0) == ours.receipts.lane(BOB, NORA, 0)
        assert books.vouchers.lanes() == ours.vouchers.lanes()
        assert books.receipts.opening(make_receipt().digest) == ours.receipts.opening(make_receipt().digest)
    audits = "court/31337-ab-cd/planted.jsonl"
    for note in ("datasets/tide.json", "artifacts/ab12/adapter_model.safetensors", audits):
        assert (other.home / note).read_bytes() == (config.home / note).read_bytes()
    (settings,) = other.home.glob("settings-*.toml")
    assert load({}, {}, (settings,)).prices == config.prices


@pytest.mark.slow
def test_backup_when_the_node_bought_of_itself_brings_what_it_bought(
    node: Node, config: Config, configure: Configure, tmp_path: Path
) -> None:
    other = configure("elsewhere")
    with SqlLedger(config.purchases_file) as ours:
        ours.receipts.store(
            make_receipt(0, 70)
        )  # which is not in the other books, nor yet out of the journal
        folder = node.back_up(folder=tmp_path / "backup", with_keys=False).folder

    restored(other, folder).close()

    with SqlLedger(other.purchases_file) as bought, SqlLedger(other.database) as sold:
        assert [s.receipt.cumulative for s in bought.receipts.lane(BOB, NORA, 0)] == [70]
        assert len(sold.receipts.lane(BOB, NORA, 0)) == 5
    assert (folder / "home/purchases.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_backup_when_made_holds_no_key_and_no_password_in_clear(
    node: Node, config: Config, tmp_path: Path
) -> None:
    plain = node.back_up(folder=tmp_path / "plain", with_keys=False)
    keyed = node.back_up(folder=tmp_path / "keyed", with_keys=True)

    assert not (plain.folder / "keys").exists() and keyed.keys == 1
    assert (keyed.folder / "keys/node.json").read_text() == (config.keystore / "node.json").read_text()
    everything = b"".join(p.read_bytes() for p in keyed.folder.rglob("*") if p.is_file())
    assert b"secret-password" not in everything and b"a cache" not in everything
    private = [keyed.folder, *(keyed.folder / name for name in ("keys/node.json", "ledger.sqlite3"))]
    assert {p.stat().st_mode & 0o077 for p in private} == {0}


@pytest.mark.slow
def test_backup_when_the_books_are_written_meanwhile_is_of_one_moment(
    config: Config, tmp_path: Path, configure: Configure
) -> None:
    """A receipt and the voucher for it are written one after the other: no copy has the second alone."""
    done = threading.Event()

    def write(books: SqlLedger) -> None:
        for point in range(500, 500_000, 100):
            books.receipts.store(make_receipt(point, point + 100))
            books.vouchers.store(make_voucher(point + 100, 10**6))
            if done.is_set():
                return

    with SqlLedger(config.database) as books:
        writer = threading.Thread(target=write, args=(books,))
        writer.start()
        folders = [
            node_from(config).back_up(folder=tmp_path / f"backup-{n}", with_keys=False).folder
            for n in range(3)
        ]
        done.set()
        writer.join()

    for number, folder in enumerate(folders):
        with restored(configure(f"other-{number}"), folder) as copy:
            lane = copy.receipts.lane(BOB, NORA, 0)
            (latest,) = copy.vouchers.lanes()
            assert [s.receipt.previous for s in lane] == list(range(0, 100 * len(lane), 100))
            assert latest.voucher.acknowledged <= lane[-1].receipt.cumulative


def test_backup_when_its_folder_is_there_overwrites_nothing(node: Node, backup: Path) -> None:
    before = (backup / "manifest.json").read_bytes()

    with pytest.raises(Conflict, match="there already"):
        node.back_up(folder=backup, with_keys=False)

    assert (backup / "manifest.json").read_bytes() == before
    assert list(backup.parent.glob("*.part*")) == []


def test_backup_when_there_are_no_books_leaves_no_folder(configure: Configure, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        node_from(configure("nobody")).back_up(folder=tmp_path / "backup", with_keys=False)

    assert list(tmp_path.glob("backup*")) == []


def change(backup: Path) -> None:
    file = backup / "ledger.sqlite3"
    held = bytearray(file.read_bytes())
    held[-1] ^= 1
    file.write_bytes(held)


def drop(backup: Path) -> None:
    (backup / "home/datasets/tide.json").unlink()


def add(backup: Path) -> None:
    (backup / "home/serving.json").write_text("{}")


def link(backup: Path) -> None:
    note = backup / "home/datasets/tide.json"
    note.rename(backup.parent / "note")
    note.symlink_to(backup.parent / "note")


@pytest.mark.slow
@pytest.mark.parametrize("tamper", [change, drop, add, link])
def test_restore_when_the_backup_was_changed_writes_nothing(
    backup: Path, configure: Configure, tamper: Callable[[Path], None]
) -> None:
    other = configure("elsewhere")
    tamper(backup)

    with pytest.raises(IntegrityMismatch):
        restored(other, backup)

    assert {p.name for p in other.home.iterdir()} == {"node.lock"}


def test_restore_when_the_digest_is_another_is_refused(backup: Path, configure: Configure) -> None:
    with pytest.raises(InvalidInput, match="digest"):
        restored(configure("elsewhere"), backup, Hash(bytes(32)))


@pytest.mark.slow
def test_restore_when_it_names_a_place_outside_the_home_is_refused(
    backup: Path, configure: Configure
) -> None:
    manifest = backup / "manifest.json"
    manifest.write_text(manifest.read_text().replace("home/datasets/tide.json", "home/../../tide.json"))
    (backup / "home/datasets/tide.json").rename(backup.parent / "tide.json")

    with pytest.raises(NodeError):
        restored(configure("elsewhere"), backup)


THERE = ["node.sqlite3", "node.sqlite3-wal", "purchases.sqlite3-wal", "datasets/tide.json"]


@pytest.mark.slow
@pytest.mark.parametrize("there", THERE)
def test_restore_when_something_is_there_replaces_nothing(
    backup: Path, configure: Configure, there: str
) -> None:
    other = configure("elsewhere")
    (other.home / there).parent.mkdir(parents=True)
    (other.home / there).write_text("mine")

    with pytest.raises(Conflict, match="there already"):
        restored(other, backup)

    assert (other.home / there).read_text() == "mine"
    assert {p.name for p in other.home.rglob("*") if p.is_file()} == {Path(there).name, "node.lock"}


def test_restore_when_a_node_runs_in_the_home_is_refused(backup: Path, configure: Configure) -> None:
    other = configure("elsewhere")
    other.home.mkdir()

    with LockFile(other.lock_file, what="The node's home"), pytest.raises(Conflict, match="in use"):
        restored(other, backup)


def test_restore_when_it_was_cut_short_is_done_again(backup: Path, configure: Configure) -> None:
    other = configure("elsewhere")
    (other.home / "datasets").mkdir(parents=True)
    (other.home / "datasets/tide.json").write_bytes((backup / "home/datasets/tide.json").read_bytes())

    with restored(other, backup) as books:
        assert len(books.receipts.recent()) == 5


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tallystick.bootstrap import node_from
from tallystick.config import load
from tallystick.errors import Unavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    node_from(load({"home": sys.argv[1]}, {}, ())).back_up(folder=Path(sys.argv[2]), with_keys=False)
except Unavailable as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("limit", [10, 50_000])
@pytest.mark.slow
def test_backup_when_the_disk_takes_no_more_says_so_and_leaves_no_folder(
    config: Config, tmp_path: Path, limit: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(config.home), str(tmp_path / "backup"), str(limit)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )

    assert done.stdout.strip() == "Unavailable"
    assert list(tmp_path.glob("backup*")) == []


def test_key_grants_when_restored_open_the_private_sets_as_before(
    node: Node, config: Config, configure: Configure, tmp_path: Path
) -> None:
    secret, alice, set_id = reader_secret(key_of("nora")), key_of("alice"), asset_of("mills")
    said = KeyGrant(set_id, account_of("alice"), account_of("nora"), Purpose.TRAIN, 5, public_part(secret))
    grant = wrapped_to_reader(said, named("content key"))
    signed = replace(grant, signature=sign(grant.statement(DOMAIN).digest, alice))
    KeyRing(config.home / "key_grants", DOMAIN).keep(signed)
    other = configure("elsewhere")

    restored(other, node.back_up(folder=tmp_path / "backup", with_keys=False).folder).close()

    found = KeyRing(other.home / "key_grants", DOMAIN).find(set_id, account_of("nora"))
    assert found == signed and unwrap(secret, found.wrapped, found.bound_to) == named("content key")
    assert not list(other.keystore.glob("*"))
