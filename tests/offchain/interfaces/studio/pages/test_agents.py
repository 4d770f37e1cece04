"""The pages of agents, over records as the node's verbs give them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.studio.visiting import OPERATOR, Visitor, visiting
from tallystick.app.agents.bounties import BountyLine
from tallystick.app.agents.profile import AgentProfile, SpendingKey, Word
from tallystick.app.agents.registry import AgentDetail
from tallystick.app.agents.reputation import Reputation
from tallystick.app.overview.paging import Page
from tallystick.domain.ids import NOBODY, Address, AssetId, Hash
from tallystick.errors import NotFound

pytestmark = pytest.mark.slow

OPEN, AGENT, DATA = 10**6, AssetId(b"\x11" * 32), AssetId(b"\x12" * 32)
BOB, KEY, TX = Address("0x" + "0b" * 20), Address("0x" + "0c" * 20), Hash(b"\x13" * 32)
DETAIL = AgentDetail(
    AGENT, "Agnes <b>", "Finds papers", OPERATOR, BOB, NOBODY, "http://agnes.example", TX, 1_700_000_000, 0
)
BOUNTY = BountyLine(
    3, "awarded", 9 * OPEN, BOB, BOB, DATA, TX, AGENT, 20_000, 1_700_000_000, 1_800_000_000, 2
)
PROFILE = AgentProfile(
    agent=DETAIL,
    reputation=Reputation(AGENT, 87.25, 4 * OPEN, 2),
    words=(Word(BOB, 90, 3 * OPEN, None, TX, 7, TX),),
    keys=(
        SpendingKey(OPERATOR, KEY, BOB, True, 10 * OPEN, 6 * OPEN, 1_800_000_000),
        SpendingKey(BOB, OPERATOR, None, False, None, None, None),
    ),
    posted=(),
    won=(BOUNTY,),
)


class Registry:
    def __init__(self) -> None:
        self.seen = PROFILE

    def agent_page(self, *, number: int) -> Page[AgentDetail]:
        return Page((DETAIL,), number, 1)

    def agent_profile(self, *, agent_id: bytes) -> AgentProfile:
        if agent_id != AGENT:
            raise NotFound("No such agent is registered.", "Check the id.")
        return self.seen

    def asset_names(self) -> dict[bytes, str]:
        return {DATA: "bells"}


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def visitor(registry: Registry, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(registry, tmp_path, is_operator=False) as opened:
        yield opened


def test_agents_when_listed_lead_to_each(visitor: Visitor) -> None:
    assert f'href="/agents/0x{AGENT.hex()}"' in visitor.get("/agents").text


def test_agent_when_opened_shows_word_caps_spending_and_bounties(visitor: Visitor) -> None:
    text = visitor.get(f"/agents/0x{AGENT.hex()}").text

    assert "Agnes &lt;b&gt;" in text and "its owner alone" in text
    assert "87.2" in text and "behind <span" in text
    assert [f"{n}.00&nbsp;<abbr>OPEN" in text for n in (10, 6, 9)] == [True] * 3
    assert "all that is allotted" in text and ">ended</span>" in text
    assert ">awarded</span>" in text and ">bells</a>" in text


def test_agent_when_nothing_is_known_of_it_says_so(visitor: Visitor, registry: Registry) -> None:
    registry.seen = replace(PROFILE, reputation=Reputation(AGENT, None, 0, 0), words=(), keys=(), won=())

    text = visitor.get(f"/agents/0x{AGENT.hex()}").text

    assert "Nobody said anything yet" in text and "No key spends for it" in text
    assert text.count("None.") == 2


def test_agent_when_unknown_or_no_id_is_an_error_page(visitor: Visitor) -> None:
    assert visitor.get(f"/agents/0x{DATA.hex()}").status_code == 404
    assert visitor.get("/agents/agnes").status_code == 400
