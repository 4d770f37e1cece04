"""The studio beside what else a process does."""

from typing import Any, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tallystick.app.node import Node
from tallystick.domain.ids import Address
from tallystick.errors import NotFound
from tallystick.interfaces.studio.hosting import hosted
from tallystick.sections import StudioPlace

pytestmark = pytest.mark.slow

PLACE = StudioPlace("127.0.0.1", "data.example estuary.example", 0, 3_600)


class Trained:
    """A node that was never used; with or without a key."""

    def __init__(self, key: Address | None) -> None:
        self.key = key

    def identity(self) -> Address:
        if self.key is None:
            raise NotFound("no key", "make one")
        return self.key

    def jobs(self) -> list[Any]:
        return []


def test_studio_when_hosted_beside_duties_signs_in_by_its_link() -> None:
    node = Trained(Address("0x" + "0a" * 20))

    with hosted(cast(Node, node), PLACE) as link:
        assert "/studio/account/link/" in link
        with urlopen(link.partition("/account/")[0] + "/train", timeout=60) as answer:
            assert "Nothing was trained here yet" in answer.read().decode()


@pytest.mark.parametrize(("name", "status"), [("estuary.example:8710", 200), ("stranger.example", 403)])
def test_studio_when_asked_under_a_name_knows_its_own(name: str, status: int) -> None:
    with hosted(cast(Node, Trained(None)), PLACE) as link:
        request = Request(link.partition("/studio")[0] + "/studio/train", headers={"host": name})
        try:
            with urlopen(request, timeout=60) as answer:
                found = answer.status
        except HTTPError as error:
            found = error.code
            assert "studio.names" in error.read().decode()
        assert found == status


def test_studio_when_hosted_without_a_key_shows_its_address_alone() -> None:
    with hosted(cast(Node, Trained(None)), PLACE) as link:
        assert link.endswith("/studio/")
