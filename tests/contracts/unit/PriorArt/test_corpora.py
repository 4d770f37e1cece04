"""That a corpus was public is a bonded claim; what is in it, and in a later data set, is proof."""

import brownie
import pytest

from contracts.unit.PriorArt.conftest import PUBLIC, SALT

CLAIMED, DISPUTED, LISTED, REFUSED = range(1, 5)


def test_claim_when_undisputed_is_listed_and_the_bond_goes_back(system, claimed, vera, reverts, let_pass):
    before = system.token.balanceOf(vera.address)
    with reverts("PriorArtTooEarly"):
        system.prior_art.list(claimed, vera.tx)
    let_pass(system.prior_art.window())

    system.prior_art.list(claimed, vera.tx)

    assert system.prior_art.corpus(claimed)["status"] == LISTED
    assert system.token.balanceOf(vera.address) == before + system.prior_art.bond()
    assert system.token.balanceOf(system.prior_art) == 0


@pytest.mark.parametrize("count, published", [(0, 1), (4, 0), (4, 2**39)])
def test_claim_when_empty_or_of_the_future_reverts(system, vera, reverts, count, published):
    with reverts("PriorArtBadClaim"):
        system.prior_art.claim(b"\x01" * 32, count, published, bytes(32), vera.tx)


def test_claim_when_made_before_reverts(system, claimed, corpus_tree, vera, reverts):
    told = system.prior_art.corpus(claimed)
    with reverts("PriorArtExists"):
        system.prior_art.claim(told["root"], told["count"], told["publishedAt"], bytes(32), vera.tx)


@pytest.mark.parametrize("listed", [True, False])
def test_decide_when_disputed_gives_the_winner_half_of_the_losers_bond(
    system, claimed, vera, mallory, deployer, listed
):
    bond, supply = system.prior_art.bond(), system.token.totalSupply()
    system.prior_art.dispute(claimed, b"\xdd" * 32, mallory.tx)
    winner = vera if listed else mallory
    before = system.token.balanceOf(winner.address)

    system.prior_art.decide(claimed, listed, {"from": deployer})

    assert system.prior_art.corpus(claimed)["status"] == (LISTED if listed else REFUSED)
    assert system.token.balanceOf(winner.address) == before + bond + bond // 2
    assert supply - system.token.totalSupply() == bond - bond // 2
    assert system.token.balanceOf(system.prior_art) == 0


def test_decide_when_by_anybody_else_reverts(system, claimed, mallory, reverts):
    system.prior_art.dispute(claimed, b"\xdd" * 32, mallory.tx)

    with reverts("AccessManagedUnauthorized"):
        system.prior_art.decide(claimed, False, mallory.tx)


def test_dispute_when_too_late_reverts(system, claimed, mallory, reverts, let_pass):
    let_pass(system.prior_art.window())

    with reverts("PriorArtTooLate"):
        system.prior_art.dispute(claimed, b"\xdd" * 32, mallory.tx)


def test_lapse_when_votes_stay_silent_returns_both_bonds(system, claimed, vera, mallory, reverts, let_pass):
    had = {p: system.token.balanceOf(p.address) for p in (vera, mallory)}
    system.prior_art.dispute(claimed, b"\xdd" * 32, mallory.tx)
    with reverts("PriorArtTooEarly"):
        system.prior_art.lapse(claimed, vera.tx)
    let_pass(system.prior_art.PATIENCE() * system.prior_art.window())

    system.prior_art.lapse(claimed, vera.tx)

    assert system.prior_art.corpus(claimed)["status"] == REFUSED
    assert system.token.balanceOf(vera.address) == had[vera] + system.prior_art.bond()
    assert system.token.balanceOf(mallory.address) == had[mallory]


def test_exclude_when_the_record_is_public_marks_it_once(
    system, listed, dataset, corpus_tree, proof, vera, reverts
):
    dataset_id, tree = dataset
    shown = (proof(corpus_tree, 2), proof(tree, 0, dataset_id, SALT), PUBLIC[2])

    done = system.prior_art.exclude(listed, *shown, vera.tx)

    assert done.events["RecordExcluded"]["excluded"] == 1
    assert system.prior_art.isRecordExcluded(dataset_id, 0)
    with reverts("PriorArtExcluded"):
        system.prior_art.exclude(listed, *shown, vera.tx)


@pytest.mark.parametrize(
    "known, place, content", [(1, 0, 2), (2, 1, 2), (2, 0, 1)], ids=["corpus", "data set", "content"]
)
def test_exclude_when_the_record_is_another_reverts(
    system, listed, dataset, corpus_tree, proof, vera, reverts, known, place, content
):
    dataset_id, tree = dataset
    with reverts("PriorArtBadProof"):
        system.prior_art.exclude(
            listed, proof(corpus_tree, known), proof(tree, place, dataset_id, SALT), PUBLIC[content], vera.tx
        )


def test_exclude_when_only_claimed_reverts(system, claimed, dataset, corpus_tree, proof, vera, reverts):
    dataset_id, tree = dataset
    with reverts("PriorArtWrongStatus"):
        system.prior_art.exclude(
            claimed, proof(corpus_tree, 2), proof(tree, 0, dataset_id, SALT), PUBLIC[2], vera.tx
        )


def test_exclude_when_the_data_set_came_first_reverts(
    system, dataset, corpus_tree, proof, vera, reverts, let_pass
):
    """Who copies a data set and calls the copy a public corpus excludes nobody."""
    dataset_id, tree = dataset
    system.token.approve(system.prior_art, 10**12, vera.tx)
    let_pass(10)
    now = brownie.chain[-1].timestamp
    done = system.prior_art.claim(corpus_tree.root.hash, len(PUBLIC), now, b"\xee" * 32, vera.tx)
    let_pass(system.prior_art.window())
    system.prior_art.list(done.return_value, vera.tx)

    with reverts("PriorArtNotEarlier"):
        system.prior_art.exclude(
            done.return_value, proof(corpus_tree, 2), proof(tree, 0, dataset_id, SALT), PUBLIC[2], vera.tx
        )


def test_is_eligible_when_in_probation_or_a_tenth_is_public_is_not(
    system, listed, dataset, corpus_tree, proof, copied, vera
):
    dataset_id, tree = dataset
    art = system.prior_art
    since = system.datasets.registeredAtOf(dataset_id)
    assert not art.isEligibleAt(dataset_id, since + art.probation() - 1)
    assert art.isEligibleAt(dataset_id, since + art.probation())

    for known, index in ((2, 0), (0, 10)):
        shown = (proof(corpus_tree, known), proof(tree, index, dataset_id, SALT), copied[index])
        art.exclude(listed, *shown, vera.tx)
    # Two of 22 are less than a tenth; of 20 they would be one.
    assert art.excludedOf(dataset_id) == 2 and art.isEligibleAt(dataset_id, since + art.probation())
    assert not art.isEligibleAt(b"\x01" * 32, 2**40)


@pytest.mark.parametrize("count, is_out", [(20, True), (21, False)])
def test_out_since_when_a_tenth_is_public_is_that_time_for_good(
    system, listed, register, corpus_tree, proof, copied, vera, count, is_out
):
    art, contents = system.prior_art, [copied[0], *copied[2 : count - 7], PUBLIC[1], *copied[-7:]]
    contents[1] = copied[10]
    dataset_id, tree = register(contents)
    assert len(contents) == count and art.outSince(dataset_id) == 0
    first, second = ((2, 0), (0, 1))
    done = art.exclude(listed, *_shown(proof, corpus_tree, tree, dataset_id, contents, *first), vera.tx)
    assert art.outSince(dataset_id) == 0 and "DatasetOut" not in done.events

    done = art.exclude(listed, *_shown(proof, corpus_tree, tree, dataset_id, contents, *second), vera.tx)

    at = done.timestamp if is_out else 0
    assert art.outSince(dataset_id) == at and ("DatasetOut" in done.events) is is_out
    third = _shown(proof, corpus_tree, tree, dataset_id, contents, 1, contents.index(PUBLIC[1]))
    later = art.exclude(listed, *third, vera.tx)
    assert art.outSince(dataset_id) == (at or later.timestamp)
    assert not art.isEligibleAt(dataset_id, 2**39)


def _shown(proof, corpus_tree, tree, dataset_id, contents, known, index):
    return proof(corpus_tree, known), proof(tree, index, dataset_id, SALT), contents[index]
