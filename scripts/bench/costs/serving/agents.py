"""Agents, what consumers say of them, and bounties."""

from collections.abc import Iterator
from typing import Any

from bench.costs.answers import DEPTH, FIRST_INDEX, Market, SparseBatch
from bench.costs.chain import Chain
from bench.costs.floor import FIRST, REPEAT, Case
from bench.costs.money import dataset_of, settle, word
from bench.costs.rows import Row, run
from tallystick.commitments import typed_data
from tallystick.domain.digests import pack_lines, receipt_digest
from tallystick.domain.ids import AssetId, address

AGENTS, REPUTATION, BOARD, MODELS = "AgentRegistry", "AgentReputation", "BountyBoard", "ModelRegistry"
ENDPOINT, TAG, BUDGET, GAIN, DAY = "https://agent.example", word("useful"), 5 * 10**8, 10_000, 86_400


def register_agent(chain: Chain, owner: str) -> Iterator[Row]:
    """An endpoint that fits one word."""
    case = Case("agent_register", FIRST, {"endpoint_bytes": len(ENDPOINT)})
    yield run(chain, case, owner, AGENTS, "registerAgent", word("card"), ENDPOINT)


def feedback(market: Market, owner: str) -> Iterator[Row]:
    """Bob's word on two receipts of 64 lines in one final batch: the agent's first under this tag, then one more."""
    chain = market.chain
    list(register_agent(chain, owner))
    agent = AssetId(bytes(chain[AGENTS].assetIdOf(chain.account(owner), 4, word("card"))))
    first = market.answer(1, 0, agent_id=agent)
    second = market.answer(1, first.receipt.cumulative, agent_id=agent)
    batch = SparseBatch(market, {FIRST_INDEX: first, FIRST_INDEX + 1: second})
    final = settle(chain, "nora", batch.header())
    separator = typed_data.domain_separator(chain.domain.chain_id, address(chain[REPUTATION].address))
    for turn, index in ((FIRST, FIRST_INDEX), (REPEAT, FIRST_INDEX + 1)):
        signed = batch.receipts[index]
        said = (agent, receipt_digest(chain.domain, signed.receipt), 90, TAG, word("evidence"))
        signature = chain.sign("bob", typed_data.agent_feedback_statement(separator, *said).digest)
        measures = {"levels": DEPTH, "line_words": (1 + len(pack_lines(signed.lines)) + 31) // 32}
        call = (said, signature, final, batch.opening(index, lines=True))
        yield run(chain, Case("feedback", turn, measures), "vera", REPUTATION, "giveFeedback", *call)


def bounty(chain: Chain, poster: str, tuner: str, judge: str) -> Iterator[Row]:
    """Posted by one who keeps some OPEN, to a tuner who has some."""
    asset, base, evaluation = _sealed(chain, judge)
    chain.fund(poster, 10 * BUDGET, BOARD)
    chain.fund(tuner, 1)
    # An earlier bounty's budget stays at the board.
    terms = (asset, evaluation, base, GAIN, BUDGET, _now(chain) + DAY, _now(chain) + 2 * DAY)
    chain.send(poster, BOARD, "post", *terms)
    yield run(chain, Case("bounty_post", REPEAT), poster, BOARD, "post", *terms)
    number = int(chain[BOARD].bountyCount())
    trained: tuple[Any, ...] = (
        base,
        [],
        word("adapter"),
        word("terms of use"),
        word("manifest"),
        1,
        evaluation,
    )
    chain.send(tuner, MODELS, "registerAdapter", *trained)
    made = bytes(chain[MODELS].assetIdOf(chain.account(tuner), 2, word("adapter")))
    yield run(chain, Case("bounty_submit", REPEAT), tuner, BOARD, "submit", number, made)
    verdict = (made, base, word("report"), 3 * GAIN, 2 * GAIN, 40)
    chain.send(judge, MODELS, "reportVerdict", verdict)
    yield run(chain, Case("bounty_award", REPEAT), judge, BOARD, "award", number, made)


def _sealed(chain: Chain, judge: str) -> tuple[bytes, bytes, bytes]:
    """Alice's first data set, a base to beat, and the judge's sealed evaluation."""
    chain.send("petra", MODELS, "registerBase", word("a base to beat"), word("its terms of use"))
    chain.send("petra", MODELS, "registerManifest", word("manifest"), 1, 1)
    chain.send(judge, MODELS, "commitEvaluation", word("sealed"))
    chain.rpc("anvil_mine", "0x1")
    base = bytes(chain[MODELS].assetIdOf(chain.account("petra"), 2, word("a base to beat")))
    sealed = bytes(chain[MODELS].evaluationIdOf(chain.account(judge), word("sealed")))
    return dataset_of(chain, "alice", "first"), base, sealed


def _now(chain: Chain) -> int:
    return int(chain.brownie.web3.eth.get_block("latest")["timestamp"])
