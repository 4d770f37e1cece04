"""A data set of Alice's, an evaluation that Vera sealed, a base of Petra's, and Bob with a budget."""

from collections.abc import Callable
from typing import Any

import brownie
import pytest

from contracts.fraud.conftest import dataset_id
from contracts.gates import COMMITMENT, verdict

__all__ = ["dataset_id"]
BUDGET, GAIN = 5 * 10**8, 5_000
MANIFEST = b"\x0a" * 32


@pytest.fixture
def evaluation(system: Any, vera: Any) -> bytes:
    system.models.commitEvaluation(COMMITMENT, vera.tx)
    return bytes(system.models.evaluationIdOf(vera.address, COMMITMENT))


@pytest.fixture
def base(system: Any, petra: Any) -> bytes:
    system.models.registerBase(b"\x01" * 32, b"\x02" * 32, petra.tx)
    system.models.registerManifest(MANIFEST, 1, 1, petra.tx)
    return bytes(system.models.assetIdOf(petra.address, 2, b"\x01" * 32))


@pytest.fixture
def offer(dataset_id: bytes, evaluation: bytes, base: bytes) -> Callable[..., tuple[Any, ...]]:
    """What `post` takes; right unless a test changes it."""

    def make(**changes: Any) -> tuple[Any, ...]:
        now = clock()
        parts = {
            "dataset_id": dataset_id,
            "evaluation": evaluation,
            "incumbent": base,
            "gain": GAIN,
            "budget": BUDGET,
            "deadline": now + 1_000,
            "judged": now + 2_000,
        }
        return tuple((parts | changes).values())

    return make


@pytest.fixture
def bounty(system: Any, offer: Any, bob: Any) -> int:
    system.token.approve(system.bounties, 2 * BUDGET, bob.tx)
    return int(system.bounties.post(*offer(), bob.tx).events["BountyPosted"]["bountyId"])


@pytest.fixture
def tune(system: Any, base: bytes, evaluation: bytes) -> Callable[..., bytes]:
    """An adapter of somebody's, named for the evaluation."""

    def make(owner: Any, digest: bytes = b"\x44" * 32, judged_by: bytes = b"") -> bytes:
        brownie.chain.mine()
        trained = (MANIFEST, 1, judged_by or evaluation)
        system.models.registerAdapter(base, [], digest, b"\x05" * 32, *trained, owner.tx)
        return bytes(system.models.assetIdOf(owner.address, 2, digest))

    return make


@pytest.fixture
def judge(system: Any, base: bytes, vera: Any) -> Callable[..., None]:
    """Vera reports how a model did."""

    def report(model_id: bytes, low: int = GAIN, incumbent: bytes = b"") -> None:
        told = verdict(model_id, incumbent or base, low_gain=low, mean_gain=max(low, 50_000))
        system.models.reportVerdict(told, vera.tx)

    return report


def clock() -> int:
    return int(brownie.web3.eth.get_block("pending")["timestamp"])


def at(second: int) -> None:
    """The next transaction is in a block of that second."""
    brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [second])
