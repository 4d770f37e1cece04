"""nora's key ring: grants by data set and reader, every use in order, each deployment apart."""

from dataclasses import replace
from pathlib import Path

import pytest

from support.factories import DOMAIN, account_of, asset_of, key_of, named
from tallystick.app.datasets.key_ring import KeyRing, KeyUse
from tallystick.commitments.signatures import sign
from tallystick.commitments.wrapping import public_part, reader_secret
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Purpose
from tallystick.errors import IntegrityMismatch, InvalidInput
from tallystick.pipeline.datasets.key_grant import KeyGrant, wrapped_to_reader

NORA, VERA = account_of("nora"), account_of("vera")


def granted(name: str, reader: str = "nora", purposes: Purpose = Purpose.TRAIN) -> KeyGrant:
    key = public_part(reader_secret(key_of(reader)))
    said = KeyGrant(asset_of(name), account_of("alice"), account_of(reader), purposes, 5, key)
    grant = wrapped_to_reader(said, named("content key of " + name))
    return replace(grant, signature=sign(grant.statement(DOMAIN).digest, key_of("alice")))


def test_ring_when_grants_are_kept_finds_them_by_data_set_and_reader(tmp_path: Path) -> None:
    ring, grants = KeyRing(tmp_path, DOMAIN), [granted("mills"), granted("barns"), granted("mills", "vera")]
    for grant in grants:
        ring.keep(grant)

    assert [ring.find(g.dataset_id, g.operator) for g in grants] == grants
    assert set(ring.held_by(NORA)) == {*grants[:2]} and ring.held_by(VERA) == (grants[2],)
    assert ring.find(asset_of("barns"), VERA) is None
    later = granted("mills", purposes=Purpose.SERVE)
    ring.keep(later)
    assert ring.find(asset_of("mills"), NORA) == later


def test_ring_when_kept_shows_no_content_key_and_only_its_owner_may_look(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "ring", DOMAIN)
    ring.keep(granted("mills"))

    (file,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert named("content key of mills").hex() not in file.read_text()
    assert file.parent.stat().st_mode & 0o077 == 0


def test_ring_when_a_file_was_changed_refuses_it(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, DOMAIN)
    ring.keep(granted("mills"))
    (file,) = [p for p in tmp_path.rglob("*.json")]
    file.write_bytes(file.read_bytes().replace(b'"purposes":1', b'"purposes":7'))

    with pytest.raises(IntegrityMismatch, match="signed by"):
        ring.find(asset_of("mills"), NORA)


def test_ring_when_of_another_deployment_holds_nothing_of_this_one(tmp_path: Path) -> None:
    KeyRing(tmp_path, DOMAIN).keep(granted("mills"))
    other = KeyRing(tmp_path, Domain(1, DOMAIN.escrow))

    assert other.held_by(NORA) == () and other.find(asset_of("mills"), NORA) is None


def test_uses_when_noted_are_told_in_order(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path, DOMAIN)
    assert ring.uses() == ()
    uses = tuple(
        KeyUse(asset_of("mills"), NORA, word, ("train", "serve"), at)
        for word, at in (("serve", 9), ("train", 7))
    )
    for use in uses:
        ring.note_use(use)

    assert ring.uses() == uses
    next(tmp_path.rglob("uses.jsonl")).write_text("{}\n")
    with pytest.raises(InvalidInput, match="damaged"):
        ring.uses()
