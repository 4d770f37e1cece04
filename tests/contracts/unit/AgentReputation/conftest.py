"""A final batch of Nora's with two answers that name Carl's agent and one that names nobody; Bob paid for all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import brownie
import pytest

from contracts.fraud.conftest import answer, ledger, money, signing, submit, terms
from contracts.settlement import WINDOW, Draft, Ledger
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import AssetId
from tallystick.domain.usage import SignedReceipt

__all__ = ["ledger", "money", "signing", "submit", "terms"]


@dataclass(frozen=True)
class Word:
    """What Bob may sign about the receipt at an index."""

    agent: bytes
    receipt: bytes
    score: int = 90
    tag: bytes = bytes(32)
    evidence: bytes = b"\xee" * 32

    @property
    def row(self) -> tuple[Any, ...]:
        return (self.agent, self.receipt, self.score, self.tag, self.evidence)


@pytest.fixture
def agent(system: Any, carl: Any) -> bytes:
    done = system.agents.registerAgent(b"\xca" * 32, "https://carl.example", carl.tx)
    return bytes(done.events["AgentRegistered"]["agentId"])


@pytest.fixture
def receipts(signing: Any, terms: Any, agent: bytes) -> list[SignedReceipt]:
    first = answer(signing, terms, None, 1, 101, AssetId(agent))
    return [first, answer(signing, terms, first, 1, 57, AssetId(agent)), answer(signing, terms, None, 2, 33)]


@pytest.fixture
def draft(signing: Any, receipts: list[SignedReceipt], money: Any) -> Draft:
    money(1, receipts[1].receipt.cumulative)
    money(2, receipts[2].receipt.cumulative)
    money(9, 10**6)
    return Draft.of(signing.domain, receipts)


@pytest.fixture
def finalise(system: Any, submit: Any, ledger: Ledger, let_pass: Any, vera: Any) -> Callable[..., Any]:
    """Settles a header; the batch as calls name it."""

    def settle(header: Any) -> Any:
        batch_id = submit(header)
        let_pass(WINDOW)
        done = system.attribution.finaliseBatch(ledger.named(batch_id), vera.tx)
        return ledger.finalised(batch_id, done)

    return settle


@pytest.fixture
def final(draft: Draft, finalise: Any) -> Any:
    return finalise(draft.header())


@pytest.fixture
def word(signing: Any, draft: Draft, agent: bytes) -> Callable[..., Word]:
    def about(index: int, **changes: Any) -> Word:
        digest = receipt_digest(signing.domain, draft.receipts[index].receipt)
        return replace(Word(agent, bytes(digest)), **changes)

    return about


@pytest.fixture
def speak(system: Any, bob: Any, vera: Any, draft: Draft) -> Callable[..., Any]:
    """Vera brings what Bob signed."""

    def send(batch: Any, index: int, said: Word, by: Any = bob) -> Any:
        signature = by.sign(bytes(system.reputation.feedbackDigest(said.row)))
        return system.reputation.giveFeedback(said.row, signature, batch, draft.opening(index), vera.tx)

    return send


def burned(signed: SignedReceipt) -> int:
    return int(signed.lines[-1].amount)


def clock() -> int:
    return int(brownie.web3.eth.get_block("pending")["timestamp"])
