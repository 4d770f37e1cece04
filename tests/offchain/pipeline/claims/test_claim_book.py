import pytest

from support.factories import asset_of
from tallystick.commitments import leaves
from tallystick.commitments.sum_tree import verify
from tallystick.errors import NotFound
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.pipeline.claims.reward_tree import FinalBatch, period

NAMES = ("alice", "ines", "omar", "nora", "petra")
MADE = period([FinalBatch(1, {asset_of(n): 100 + i for i, n in enumerate(NAMES)})], [], [])
BOOK = ClaimBook(MADE.cumulative)


@pytest.mark.parametrize("name", NAMES)
def test_claim_when_shown_stands_under_the_root(name: str) -> None:
    claim = BOOK.claim(asset_of(name))
    leaf = leaves.cumulative_reward(claim.leaf.asset_id, claim.leaf.previous)

    assert claim.leaf.asset_id == asset_of(name)
    assert BOOK.root.hash == MADE.cumulative_root
    assert verify(BOOK.root, claim.index, leaf, claim.leaf.cumulative, claim.path)
    assert not verify(BOOK.root, claim.index, leaf, claim.leaf.cumulative + 1, claim.path)


def test_claim_when_asset_has_earned_nothing_says_so() -> None:
    assert BOOK.has(asset_of("alice"))
    assert not BOOK.has(asset_of("mallory"))
    assert BOOK.earned_of(asset_of("alice")) == BOOK.claim(asset_of("alice")).leaf.cumulative > 0
    assert BOOK.earned_of(asset_of("mallory")) == 0
    with pytest.raises(NotFound, match="no rewards yet"):
        BOOK.claim(asset_of("mallory"))


def test_book_when_empty_has_no_claims() -> None:
    assert not ClaimBook([]).has(asset_of("alice"))
