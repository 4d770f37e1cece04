"""Fees, splits and payees that the terms do not give are convicted, in an otherwise consistent batch."""

from dataclasses import astuple, replace

import brownie
import pytest

from contracts.fraud.conftest import INDEX, MANIFEST, spoiled
from contracts.settlement import NO_GAP, Draft, asset, gap
from tallystick.domain.digests import terms_id
from tallystick.domain.ids import Pot


def moved(lines, source, target, amount=1):
    """Takes base units of one line and gives them to another."""
    out = list(lines)
    out[source] = replace(out[source], amount=out[source].amount - amount)
    out[target] = replace(out[target], amount=out[target].amount + amount)
    return tuple(out)


# Fees and splits


@pytest.mark.parametrize("change", [{"tokens_out": 1}, {"tokens_in": 0}, {"terms_id": b"\x77" * 32}])
def test_wrong_fee_when_the_terms_give_another_convicts(draft, terms, signing, accuse, change):
    bad = spoiled(signing, draft, 2, **change)

    accuse("wrongFee", bad.header(), bad.opening(2), astuple(terms))


@pytest.mark.parametrize("proof", ["wrongFee", "wrongSplit", "foreignLine"])
def test_proof_by_terms_when_others_are_shown_reverts(
    system, draft, terms, submit, ledger, vera, reverts, proof
):
    batch = submit(draft.header())
    other = astuple(replace(terms, price_in=terms.price_in + 1))
    more = (0, NO_GAP) if proof == "foreignLine" else ()

    with reverts("CreditRefereeWrongTerms"):
        getattr(system.credit_referee, proof)(ledger.named(batch), draft.opening(2), other, *more, vera.tx)


@pytest.mark.parametrize("tokens, honest", [(2**31 - 1, True), (2**31, False)])
def test_wrong_fee_when_tokens_are_out_of_range_convicts(
    system, nora, draft, terms, signing, accuse, tokens, honest
):
    free = replace(terms, price_in=0)
    system.models.registerTerms(astuple(free), nora.tx)
    receipt = draft.receipts[2].receipt
    fee = receipt.previous + free.price_out * receipt.tokens_out // 1000
    bad = spoiled(signing, draft, 2, terms_id=terms_id(free), tokens_in=tokens, cumulative=fee)

    accuse("wrongFee", bad.header(), bad.opening(2), astuple(free), honest=honest)


@pytest.mark.parametrize("late, honest", [(0, True), (1, False)])
def test_retired_terms_when_submitted_after_the_grace_convicts(
    system, parameters, nora, receipts, terms, money, signing, accuse, late, honest
):
    retired = system.models.retireTerms(terms_id(terms), nora.tx).timestamp
    brownie.chain.sleep(parameters.terms_grace - 3_600)
    for lane, last in ((1, receipts[1]), (2, receipts[2])):
        money(lane, last.receipt.cumulative)
    draft = Draft.of(signing.domain, receipts)
    submitted = retired + parameters.terms_grace + late
    brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [submitted])

    accuse("retiredTerms", draft.header(), draft.opening(1), honest=honest)


def test_retired_terms_when_retired_after_the_batch_never_convicts(
    system, parameters, nora, draft, terms, accuse, submit
):
    header = draft.header()
    batch = submit(header)
    system.models.retireTerms(terms_id(terms), nora.tx)
    brownie.chain.sleep(parameters.terms_grace + 10)

    accuse("retiredTerms", header, draft.opening(1), honest=True, batch=batch)


SPLITS = {
    "favours a share": lambda lines: moved(lines, 1, 0),
    "takes from burn": lambda lines: moved(lines, -1, 0),
    "takes from audit": lambda lines: moved(lines, -3, 0),
    "moves insurance to burn": lambda lines: moved(lines, -2, -1),
    "ppm": lambda lines: (replace(lines[0], ppm=lines[0].ppm - 1), *lines[1:]),
    "over a million": lambda lines: (lines[0], replace(lines[0], asset_id=asset(5)), *lines[1:]),
    "reserved pot": lambda lines: (replace(lines[0], pot=2), *lines[1:]),
    "twice the same": lambda lines: (*lines[:3], replace(lines[3], asset_id=asset(1)), *lines[4:]),
    "burn missing": lambda lines: lines[:-1],
    "no lines": lambda lines: lines[-1:],
}


@pytest.mark.parametrize("how", SPLITS)
def test_wrong_split_when_the_lines_are_not_the_split_convicts(draft, terms, signing, accuse, how):
    lines = SPLITS[how](draft.receipts[2].lines)
    fee = draft.values[2]
    bad = spoiled(signing, draft, 2, lines=lines)
    # The credit tree must still sum to the total: another receipt's line takes the difference.
    difference = fee - sum(line.amount for line in lines)
    top = max(range(len(bad.credits)), key=lambda i: bad.credits[i].amount)
    bad.credits[top] = replace(bad.credits[top], amount=bad.credits[top].amount + difference)

    accuse("wrongSplit", bad.header(), bad.opening(2), astuple(terms))


# Assets: manifest 1, 2, 4 and index 1, 3

FOREIGN = {
    "another operator": (0, {"asset_id": asset(5)}, NO_GAP),
    "another model": (1, {"asset_id": asset(5)}, NO_GAP),
    "more than the model's part of its lineage": (1, {"ppm": 600_001}, NO_GAP),
    "before the manifest": (2, {"asset_id": asset(0)}, gap(MANIFEST, 0)),
    "inside the manifest": (2, {"asset_id": asset(3)}, gap(MANIFEST, 2)),
    "after the manifest": (2, {"asset_id": asset(5)}, gap(MANIFEST, 3)),
    "before the index": (4, {"asset_id": asset(0)}, gap(INDEX, 0)),
    "inside the index": (4, {"asset_id": asset(2)}, gap(INDEX, 1)),
    "after the full index": (4, {"asset_id": asset(5)}, gap(INDEX, 2)),
    "no agent": (0, {"pot": Pot.AGENT}, NO_GAP),
}


@pytest.mark.parametrize("how", FOREIGN)
def test_foreign_line_when_the_asset_is_not_of_its_pot_convicts(draft, terms, signing, accuse, how):
    place, change, around = FOREIGN[how]
    lines = list(draft.receipts[2].lines)
    lines[place] = replace(lines[place], **change)
    bad = spoiled(signing, draft, 2, lines=tuple(lines))
    accuse("foreignLine", bad.header(), bad.opening(2), astuple(terms), place, around)


def test_foreign_line_when_it_pays_the_base_of_a_lineage_convicts(system, draft, terms, signing, accuse):
    lines = list(draft.receipts[2].lines)
    base = bytes(system.models.ancestorsOf(terms.model_id)[0])
    lines[1] = replace(lines[1], asset_id=base, ppm=1)
    bad = spoiled(signing, draft, 2, lines=tuple(lines))

    accuse("foreignLine", bad.header(), bad.opening(2), astuple(terms), 1, NO_GAP)


@pytest.mark.parametrize("late, honest", [(0, True), (1, False)])
@pytest.mark.parametrize("line", ["model", "operator"])
def test_retired_asset_when_paid_after_the_grace_convicts(
    system, nora, petra, receipts, terms, money, signing, accuse, line, late, honest
):
    place, owner = (1, petra) if line == "model" else (0, nora)
    grace = system.credit_referee.useGrace()
    retired = system.models.retireAsset(receipts[2].lines[place].asset_id, owner.tx).timestamp
    brownie.chain.sleep(grace - 3_600)
    for lane, last in ((1, receipts[1]), (2, receipts[2])):
        money(lane, last.receipt.cumulative)
    draft = Draft.of(signing.domain, receipts)
    brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [retired + grace + late])

    accuse("retiredAsset", draft.header(), draft.opening(2), place, honest=honest)


def test_retired_asset_when_retired_after_the_batch_never_convicts(system, petra, draft, accuse, submit):
    header = draft.header()
    batch = submit(header)
    system.models.retireAsset(draft.receipts[2].lines[1].asset_id, petra.tx)
    brownie.chain.sleep(system.credit_referee.useGrace() + 10)

    accuse("retiredAsset", header, draft.opening(2), 1, honest=True, batch=batch)


@pytest.mark.parametrize("place", [2, 4], ids=["training", "retrieval"])
@pytest.mark.parametrize("late, honest", [(0, True), (1, False)])
@pytest.mark.parametrize("how", [("withdrawn",), ("out",), ("out", "withdrawn"), ("withdrawn", "out")])
def test_retired_asset_when_a_data_set_is_gone_convicts(
    system, alice, receipts, money, signing, accuse, dataset_id, out_as_public, place, late, honest, how
):
    ways = {
        "out": out_as_public,
        "withdrawn": lambda: system.datasets.withdrawAsset(dataset_id, alice.tx).timestamp,
    }
    gone = min(ways[way]() for way in how)
    brownie.chain.sleep(system.credit_referee.useGrace() - 3_600)
    for lane, last in ((1, receipts[1]), (2, receipts[2])):
        money(lane, last.receipt.cumulative)
    lines = list(receipts[2].lines)
    lines[place] = replace(lines[place], asset_id=dataset_id)
    bad = spoiled(signing, Draft.of(signing.domain, receipts), 2, lines=tuple(lines))
    at = gone + system.credit_referee.useGrace() + late
    brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [at])

    accuse("retiredAsset", bad.header(), bad.opening(2), place, honest=honest)
