"""The same for what terms and registries say of a receipt: its fee, its split, and whom each line pays."""

from dataclasses import astuple, replace
from typing import Any

from bench.costs.answers import Market, SparseBatch, post
from bench.costs.money import word
from bench.costs.proofs import WEIGHT, A, Accusation, B, Case, manifest, one_receipt
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import AssetId, Pot

ANCESTORS = 16


def wrong_split(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    """The last shared line is off, and the burn makes up for it: only the whole division shows it."""
    lines = list(market.answer(1, 0).lines)
    lines[60] = replace(lines[60], amount=lines[60].amount + 1)
    lines[63] = replace(lines[63], amount=lines[63].amount - 1)
    return one_receipt("wrongSplit", "CreditReferee", by_terms=True, shown=True, lines=tuple(lines))(market)


def foreign_line(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    batch, tree = SparseBatch(market, {A: market.answer(1, 0)}), manifest()
    around = []
    for index, asset in ((A, bytes(32)), (B, b"\xff" * 32)):
        path = tree.path(index)
        around.append((False, asset, word("r"), WEIGHT, path.packed))
    evidence = (batch.opening(A, lines=True), astuple(market.terms), 7, (B, around))
    return post(market, batch.header()), Accusation("CreditReferee", "foreignLine", 3, evidence)


def retired_terms(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    """Needs the terms to be retired for longer than the grace."""
    return one_receipt("retiredTerms", "CreditReferee")(market)


def lineage_line(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    """The model of the longest lineage takes more than its part of it."""
    market = descended(market)
    batch, evidence = paying_the_model(market)
    terms = astuple(market.terms)
    accusation = Accusation("CreditReferee", "foreignLine", 1, (evidence, terms, 0, (0, [])), "of a lineage")
    return batch, accusation


def retired_asset(market: Market) -> tuple[tuple[Any, ...], Accusation]:
    """Needs the model to be retired for longer than the grace."""
    batch, evidence = paying_the_model(market)
    return batch, Accusation("CreditReferee", "retiredAsset", 1, (evidence, 0))


def paying_the_model(market: Market) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """A posted batch, and its receipt whose first line pays the model all of the lineage pot."""
    lines = list(market.answer(1, 0).lines)
    lines[0] = replace(lines[0], asset_id=market.terms.model_id, pot=Pot.LINEAGE, ppm=1_000_000)
    batch = SparseBatch(market, {A: market.answer(1, 0, lines=tuple(lines))})
    return post(market, batch.header()), batch.opening(A, lines=True)


def descended(market: Market) -> Market:
    """Terms on an adapter of as many ancestors as a model may have, the base among them."""
    chain, terms = market.chain, market.terms

    def adapt(name: str, parents: list[Any]) -> AssetId:
        rest = (word(name), word(name), terms.manifest_root, 2, sealed)
        chain.send("petra", "ModelRegistry", "registerAdapter", terms.model_id, parents, *rest)
        return AssetId(bytes(chain["ModelRegistry"].assetIdOf(chain.account("petra"), 2, word(name))))

    chain.send("petra", "ModelRegistry", "commitEvaluation", word("evaluation"))
    sealed = chain["ModelRegistry"].evaluationIdOf(chain.account("petra"), word("evaluation"))
    parents = [adapt(f"parent {i}", []) for i in range(ANCESTORS - 1)]
    offered = replace(terms, model_id=adapt("child", parents))
    verdict = (offered.model_id, terms.model_id, word("report"), 1, 0, 1)
    chain.send("petra", "ModelRegistry", "reportVerdict", verdict)
    chain.send("petra", "ModelRegistry", "promote", word("line"), offered.model_id)
    chain.send("nora", "ModelRegistry", "registerTerms", astuple(offered))
    return replace(market, terms=offered)


def retire_model(market: Market) -> None:
    chain = market.chain
    chain.send("petra", "ModelRegistry", "retireAsset", market.terms.model_id)
    chain.wait(int(chain["CreditReferee"].useGrace()) + 1)


def retire(market: Market) -> None:
    chain = market.chain
    chain.send("nora", "ModelRegistry", "retireTerms", terms_id(market.terms))
    chain.wait(int(chain["CreditReferee"].termsGrace()) + 1)


LINE_CASES: tuple[Case, ...] = (
    one_receipt("wrongFee", "CreditReferee", by_terms=True, tokens_in=1),
    wrong_split,
    foreign_line,
    lineage_line,
)
