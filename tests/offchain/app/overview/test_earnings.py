"""What assets were paid is added up from the chain's claims, each block asked for once when nothing can replace it."""

from types import SimpleNamespace
from typing import Any, cast

from support.factories import named
from tallystick.app.overview.earnings import Earnings
from tallystick.domain.ids import AssetId
from tallystick.ports import Chain

MILLS, BELLS = AssetId(named("mills")), AssetId(named("bells"))


class Claims:
    """A chain that has nothing but claims, by block."""

    first_block = 0

    def __init__(self) -> None:
        self.blocks: dict[int, tuple[AssetId, int]] = {}
        self.at, self.asked = 0, list[tuple[int, int]]()
        self.rewards = self

    def head(self) -> int:
        return self.at

    def claims(self, first: int, last: int) -> list[Any]:
        self.asked.append((first, last))
        found = (claim for block, claim in sorted(self.blocks.items()) if first <= block <= last)
        return [SimpleNamespace(asset_id=asset, amount=amount) for asset, amount in found]


def earnings_on(chain: Claims) -> Earnings:
    return Earnings(lambda: cast(Chain, chain), no_content)


def no_content() -> Any:
    raise AssertionError("no content is needed")


def test_claims_when_added_up_over_many_blocks_count_each_once() -> None:
    chain = Claims()
    earnings = earnings_on(chain)
    chain.blocks = {3: (MILLS, 5), 90: (BELLS, 7), 100: (MILLS, 1)}

    chain.at = 100
    assert earnings.claimed() == {MILLS: 6, BELLS: 7}
    chain.blocks[150] = (BELLS, 2)
    chain.at = 300
    assert earnings.claimed() == {MILLS: 6, BELLS: 9}
    chain.at = 301
    assert earnings.claimed() == {MILLS: 6, BELLS: 9}

    assert [asked for asked in chain.asked if asked[0] <= 3] == [(0, 36)]
    assert chain.asked[-1][0] > 36


def test_claims_when_a_young_block_was_replaced_are_as_the_chain_has_them_now() -> None:
    chain = Claims()
    earnings = earnings_on(chain)
    chain.at, chain.blocks = 100, {99: (MILLS, 5)}
    assert earnings.claimed() == {MILLS: 5}

    chain.at, chain.blocks = 101, {100: (BELLS, 5)}

    assert earnings.claimed() == {BELLS: 5}


def test_claims_when_no_block_came_are_not_asked_for_again() -> None:
    chain = Claims()
    earnings = earnings_on(chain)
    chain.at, chain.blocks = 10, {9: (MILLS, 5)}
    earnings.claimed()
    asked = len(chain.asked)

    assert earnings.claimed() == {MILLS: 5}
    assert len(chain.asked) == asked
