"""Claims of many assets: one transaction for as many as fit, none for what is claimed."""

from types import SimpleNamespace
from typing import Any, cast

from support.factories import named
from tallystick.app.settlement import claims
from tallystick.app.settlement.claims import claim, due
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.reward import CumulativeLeaf
from tallystick.pipeline.claims.claim_book import ClaimBook
from tallystick.ports import Chain, ClaimProof

ASSETS = sorted(AssetId(named(f"asset {n}")) for n in range(5))


class Rewards:
    """What was claimed, and how many assets each transaction named."""

    def __init__(self) -> None:
        self.claimed = dict.fromkeys(ASSETS, 0)
        self.sent = list[int]()

    def claimed_of(self, asset: AssetId) -> int:
        return self.claimed[asset]

    def claim(self, proof: ClaimProof) -> tuple[int, Any]:
        return self.claim_many([proof])

    def claim_many(self, proofs: list[ClaimProof]) -> tuple[int, Any]:
        self.sent.append(len(proofs))
        for proof in proofs:
            self.claimed[proof.asset_id] = proof.cumulative
        return 0, SimpleNamespace(tx_hash=Hash(bytes([len(self.sent)]) * 32))


def book_of(*earned: int) -> ClaimBook:
    return ClaimBook([CumulativeLeaf(a, 0, e) for a, e in zip(ASSETS, earned, strict=True)])


def test_claims_when_many_are_due_go_together_and_each_tells_its_own(monkeypatch: Any) -> None:
    monkeypatch.setattr(claims, "AT_ONCE", 2)
    rewards = Rewards()
    rewards.claimed[ASSETS[1]] = 30  # all of it
    rewards.claimed[ASSETS[2]] = 15
    chain = cast(Chain, SimpleNamespace(rewards=rewards))

    paid = claim(chain, book_of(10, 30, 20, 40, 50), [*ASSETS[:4], AssetId(named("unknown")), ASSETS[4]])

    assert [(p.asset_id, p.amount) for p in paid] == [
        (ASSETS[0], 10),
        (ASSETS[2], 5),
        (ASSETS[3], 40),
        (ASSETS[4], 50),
    ]
    assert rewards.sent == [2, 2] and len({p.tx_hash for p in paid}) == 2
    assert claim(chain, book_of(10, 30, 20, 40, 50), ASSETS) == ()
    assert [d.amount for d in due(chain, book_of(11, 30, 20, 40, 50), ASSETS)] == [1]
