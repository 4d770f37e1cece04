"""What the chain tells of an agent: words, caps and what was spent of them, bounties."""

from typing import Any

from tallystick.app.agents import profile
from tallystick.app.agents.bounties import BountyLine
from tallystick.app.agents.registry import AgentDetail
from tallystick.domain.ids import NOBODY, ZERO_HASH, Address, AssetId, Hash
from tallystick.ports import ChainEvent

AGENT, OTHER = AssetId(b"\1" * 32), AssetId(b"\2" * 32)
OWNER, WALLET, BOB, KEY = (Address("0x" + f"{n:02x}" * 20) for n in (1, 2, 3, 4))
DETAIL = AgentDetail(AGENT, "Agnes", "", OWNER, OWNER, WALLET, "http://a.example", Hash(bytes(32)), 5, 0)


def event(name: str, block: int, **values: Any) -> ChainEvent:
    return ChainEvent("", name, values, block, Hash(bytes(32)), Hash(bytes([block]) * 32), 0)


def said(agent: AssetId, block: int, tag: Hash = ZERO_HASH) -> ChainEvent:
    told = {"agentId": agent, "consumer": BOB, "tag": tag, "receiptDigest": Hash(b"\9" * 32)}
    return event("FeedbackGiven", block, score=80, weight=500, **told)


def bounty(number: int, poster: Address) -> BountyLine:
    ids = (AssetId(bytes(32)), Hash(bytes(32)), AssetId(bytes(32)))
    return BountyLine(number, "open", 10, poster, BOB, *ids, 0, 1, 2, 0)


def test_words_when_of_others_are_left_out_and_the_newest_come_first() -> None:
    found = profile.words_of(DETAIL, [said(AGENT, 1), said(OTHER, 2), said(AGENT, 3, Hash(b"\8" * 32))])

    assert [(w.block, w.score, w.burned, w.tag) for w in found] == [
        (3, 80, 500, b"\8" * 32),
        (1, 80, 500, None),
    ]


def test_bounties_when_posted_or_won_by_owner_or_wallet_are_its_own() -> None:
    every = [bounty(1, OWNER), bounty(2, BOB), bounty(3, BOB), bounty(4, NOBODY)]
    awards = [
        event("BountyAwarded", 1, bountyId=2, tuner=WALLET),
        event("BountyAwarded", 2, bountyId=4, tuner=BOB),
    ]

    posted, won = profile.bounties_of(DETAIL, every, awards)

    assert ([b.bounty_id for b in posted], [b.bounty_id for b in won]) == ([1], [2])
