"""Uploads that are looked at: each person's newest, and nobody's at the cost of another's."""

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import UploadFile

from tallystick.domain.ids import Address
from tallystick.errors import NotFound, Overloaded
from tallystick.interfaces.studio.access.sessions import Role, Session
from tallystick.interfaces.studio.pages.data import drafts
from tallystick.interfaces.studio.pages.data.drafts import KEPT_S, MOST_EACH, Draft, Drafts


def person(number: int) -> Address:
    return Address(f"0x{number:040x}")


@pytest.fixture
def time() -> SimpleNamespace:
    return SimpleNamespace(now=1_000.0)


@pytest.fixture
def held(tmp_path: Path, time: SimpleNamespace) -> Drafts:
    return Drafts(tmp_path, lambda: time.now)


def bring(held: Drafts, number: int, data: bytes = b"a,b") -> Draft:
    return held.take(UploadFile(io.BytesIO(data), filename="bells.csv"), person(number))


def is_held(held: Drafts, draft: Draft) -> bool:
    session = Session("id", "csrf", 9e9, draft.owner, Role.MEMBER)
    try:
        return held.find(draft.token, session).path.exists()
    except NotFound:
        assert not draft.path.parent.exists()
        return False


def test_uploads_when_one_person_brings_many_are_the_newest_of_that_person(held: Drafts) -> None:
    other = bring(held, 2)
    own = [bring(held, 1) for _ in range(MOST_EACH + 3)]

    assert [is_held(held, draft) for draft in own] == [False] * 3 + [True] * MOST_EACH
    assert is_held(held, other)


@pytest.mark.parametrize("limit", ["MOST", "MOST_BYTES"])
def test_uploads_when_there_is_no_room_refuse_the_last_until_others_are_old(
    held: Drafts, time: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(drafts, limit, 10 if limit == "MOST" else 10 * 3)
    first = [bring(held, number) for number in range(10)]
    with pytest.raises(Overloaded, match="all the uploads"):
        bring(held, 99)

    assert all(is_held(held, draft) for draft in first) and len(list(tmp_path.iterdir())) == 10
    time.now += KEPT_S + 1
    assert is_held(held, bring(held, 99)) and not any(is_held(held, draft) for draft in first)
