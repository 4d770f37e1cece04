"""Openings in one file, which only the drawn verifiers read, and only for the draw that they are of."""

from dataclasses import replace

import pytest

from support.factories import DOMAIN, account_of, key_of, named
from tallystick.app.verifying.sealed import Draw, seal_openings, seed_of, unseal_openings
from tallystick.commitments import wrapping
from tallystick.errors import InvalidInput, NotAuthorised
from tallystick.ports.auditing.court import Seat

DRAW = Draw(DOMAIN, account_of("court"), 7, named("seed"))
OPENINGS = {4: b'{"a":1}', 0: '{"b":"schön"}'.encode()}


class Keys:
    def __init__(self, name: str) -> None:
        self._secret = wrapping.reader_secret(key_of(name))
        self.reader_key = wrapping.public_part(self._secret)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        return wrapping.unwrap(self._secret, wrapped, bound_to)


def seat(number: int, name: str) -> Seat:
    return Seat(number, account_of(name), 1, None, Keys(name).reader_key, 5)


SEATS = (seat(2, "vera"), seat(5, "petra"))


@pytest.mark.parametrize(("number", "name"), [(2, "vera"), (5, "petra")])
def test_openings_when_drawn_are_read(number: int, name: str) -> None:
    data = seal_openings(DRAW, OPENINGS, SEATS)

    assert seed_of(data) == named("seed").hex()
    assert b"sch" not in data
    assert unseal_openings(DRAW, data, number, Keys(name)) == OPENINGS  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "name"), [(2, "petra"), (5, "vera"), (3, "vera")])
def test_openings_when_for_another_stay_shut(number: int, name: str) -> None:
    data = seal_openings(DRAW, OPENINGS, SEATS)

    with pytest.raises(NotAuthorised):
        unseal_openings(DRAW, data, number, Keys(name))  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [replace(DRAW, seed=named("other")), replace(DRAW, batch_id=8)])
def test_openings_when_of_another_draw_are_refused(other: Draw) -> None:
    data = seal_openings(DRAW, OPENINGS, SEATS)
    renamed = data.replace(DRAW.seed.hex().encode(), other.seed.hex().encode())
    renamed = renamed.replace(b'"batch_id":7', b'"batch_id":%d' % other.batch_id)

    with pytest.raises(InvalidInput, match="another draw"):
        unseal_openings(other, data, 2, Keys("vera"))  # type: ignore[arg-type]
    with pytest.raises(NotAuthorised):
        unseal_openings(other, renamed, 2, Keys("vera"))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"format":"tallystick-openings-1"}'])
def test_openings_when_no_file_of_ours_are_refused(data: bytes) -> None:
    assert seed_of(data) is None
    with pytest.raises(InvalidInput):
        unseal_openings(DRAW, data, 2, Keys("vera"))  # type: ignore[arg-type]


def test_seat_when_its_reader_key_is_none_keeps_nobody_from_reading() -> None:
    data = seal_openings(DRAW, OPENINGS, (*SEATS, replace(SEATS[0], number=9, reader_key=bytes(32))))

    assert unseal_openings(DRAW, data, 2, Keys("vera")) == OPENINGS  # type: ignore[arg-type]
