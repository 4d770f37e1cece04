"""The earliest bonded commitment takes the whole reward, whoever brought the proof."""

from types import SimpleNamespace

import pytest
from eth_abi import encode
from eth_utils import keccak

DAY, LIFE = 86_400, 7_200
REWARD = 3 * 10**6
BOND = REWARD // 2
SALT = b"s" * 32


def committed(system, person, case, *, bond=BOND, salt=SALT):
    """Commits as this person to this case; the commitment."""
    commitment = keccak(encode(["address", "bytes32", "bytes32"], [person.address, case, salt]))
    system.stake.commitReport(commitment, bond, person.tx)
    return commitment


@pytest.fixture
def books(system, people):
    """The OPEN of a person, gained since the test began."""
    before = {name: system.token.balanceOf(person.address) for name, person in people.items()}
    return lambda name: system.token.balanceOf(people[name].address) - before[name]


@pytest.fixture
def scene(system, nora, registrar, case_of, slash):
    """Nora's batch of case 1, whose conviction is worth REWARD to its reporter."""
    system.stake.deposit(10**7, nora.tx)
    system.stake.lock(nora.address, 10**7, registrar)
    return SimpleNamespace(case=case_of(1), convict=lambda reporter: slash(10**7, reporter.address))


def test_claim_when_the_proof_was_copied_takes_the_whole_reward(
    system, vera, mallory, bob, books, scene, let_pass
):
    committed(system, vera, scene.case)
    let_pass(1)
    scene.convict(mallory)

    system.stake.claimReport(scene.case, SALT, vera.tx)
    let_pass(DAY)
    system.stake.payReport(scene.case, bob.tx)

    assert (books("vera"), books("mallory")) == (REWARD, 0)


def test_claim_when_finder_and_sender_are_one_is_whole(system, vera, bob, books, scene, let_pass):
    committed(system, vera, scene.case)
    let_pass(1)
    scene.convict(vera)

    system.stake.claimReport(scene.case, SALT, vera.tx)
    let_pass(DAY)
    system.stake.payReport(scene.case, bob.tx)

    assert books("vera") == REWARD


@pytest.mark.parametrize("order", [("vera", "alice"), ("alice", "vera")])
def test_claim_when_two_committed_is_the_earlier_ones_in_any_order(
    system, people, vera, alice, carl, bob, books, scene, let_pass, order
):
    committed(system, alice, scene.case)
    let_pass(1)
    committed(system, vera, scene.case)
    let_pass(1)
    scene.convict(carl)

    for name in order:
        system.stake.claimReport(scene.case, SALT, people[name].tx)
    let_pass(DAY)
    system.stake.payReport(scene.case, bob.tx)

    assert (books("alice"), books("vera"), books("carl")) == (REWARD, 0, 0)


def test_commitments_when_a_culprit_keeps_one_alive_cost_more_than_the_reward(
    system, mallory, vera, bob, books, scene, let_pass
):
    """Mallory, for Nora, covers a quarter of a day, and is convicted in the last of four lives."""
    salts = [bytes([n]) * 32 for n in range(4)]
    made = []
    for n, salt in enumerate(salts):
        made.append(committed(system, mallory, scene.case, salt=salt))
        let_pass(LIFE if n < 3 else 1)
    scene.convict(vera)

    system.stake.claimReport(scene.case, salts[3], mallory.tx)
    let_pass(DAY + LIFE)
    system.stake.payReport(scene.case, bob.tx)
    for commitment in made[:3]:
        system.stake.forfeitCommitment(commitment, bob.tx)

    assert (books("mallory"), books("vera")) == (REWARD - 3 * BOND, 0)
    assert books("mallory") < 0


def test_claim_when_the_culprits_commitment_has_lapsed_leaves_all_to_the_finder(
    system, nora, vera, bob, books, scene, let_pass, reverts
):
    committed(system, nora, scene.case)
    let_pass(LIFE)
    committed(system, vera, scene.case)
    let_pass(1)
    scene.convict(vera)

    system.stake.claimReport(scene.case, SALT, vera.tx)
    with reverts("SlashCasesNotLive"):
        system.stake.claimReport(scene.case, SALT, nora.tx)
    let_pass(DAY)
    system.stake.payReport(scene.case, bob.tx)

    assert books("vera") == REWARD


def test_claim_when_copied_from_the_mempool_is_of_no_use(system, vera, mallory, scene, let_pass, reverts):
    committed(system, vera, scene.case)
    let_pass(1)
    scene.convict(vera)

    with reverts("SlashCasesNoCommitment"):
        system.stake.claimReport(scene.case, SALT, mallory.tx)


def test_commit_when_copied_counts_for_whom_it_names(system, vera, mallory, books, scene, let_pass, reverts):
    commitment = keccak(encode(["address", "bytes32", "bytes32"], [vera.address, scene.case, SALT]))
    system.stake.commitReport(commitment, BOND, mallory.tx)
    with reverts("SlashCasesCommitted"):
        system.stake.commitReport(commitment, BOND, vera.tx)
    let_pass(1)
    scene.convict(mallory)

    system.stake.claimReport(scene.case, SALT, vera.tx)

    assert system.stake.caseOf(scene.case)["reporter"] == vera.address
    assert system.stake.caseOf(scene.case)["rewarded"] == REWARD


def test_claim_when_committed_after_the_conviction_reverts(system, vera, mallory, scene, let_pass, reverts):
    scene.convict(vera)
    let_pass(1)
    committed(system, mallory, scene.case)

    with reverts("SlashCasesNotLive"):
        system.stake.claimReport(scene.case, SALT, mallory.tx)


def test_claim_when_expired_at_the_conviction_reverts(system, vera, carl, scene, let_pass, reverts):
    committed(system, vera, scene.case)
    let_pass(LIFE)
    scene.convict(carl)

    with reverts("SlashCasesNotLive"):
        system.stake.claimReport(scene.case, SALT, vera.tx)


def test_claim_when_not_convicted_reverts(system, vera, scene, reverts):
    committed(system, vera, scene.case)

    with reverts("SlashCasesUnknown"):
        system.stake.claimReport(scene.case, SALT, vera.tx)


@pytest.mark.parametrize(("wait", "again"), [(DAY, False), (0, True)])
def test_claim_when_late_or_repeated_takes_no_reward(
    system, vera, carl, bob, books, scene, let_pass, reverts, wait, again
):
    committed(system, vera, scene.case)
    let_pass(1)
    scene.convict(carl)
    let_pass(wait)

    system.stake.claimReport(scene.case, SALT, vera.tx)

    if again:
        with reverts("SlashCasesNoCommitment"):
            system.stake.claimReport(scene.case, SALT, vera.tx)
        return
    system.stake.payReport(scene.case, bob.tx)
    assert (books("vera"), books("carl")) == (0, REWARD)


def test_claim_when_the_bond_is_too_small_for_the_reward_returns_the_bond_alone(
    system, nora, vera, carl, bob, books, registrar, slash, case_of, let_pass
):
    system.stake.deposit(2 * 10**7, nora.tx)
    system.stake.lock(nora.address, 2 * 10**7, registrar)
    committed(system, vera, case_of(1))
    let_pass(1)
    slash(2 * 10**7, carl.address)

    system.stake.claimReport(case_of(1), SALT, vera.tx)
    let_pass(DAY)
    system.stake.payReport(case_of(1), bob.tx)

    assert (books("vera"), books("carl")) == (0, 2 * REWARD)


def test_commit_when_the_bond_is_below_the_least_reverts(system, vera, scene, reverts):
    with reverts("SlashCasesSmallBond"):
        committed(system, vera, scene.case, bond=10**6 - 1)


def test_forfeit_when_never_convicted_burns_the_bond(system, vera, bob, scene, let_pass, reverts):
    commitment = committed(system, vera, scene.case)
    let_pass(DAY + LIFE - 5)
    with reverts("SlashCasesNotExpired"):
        system.stake.forfeitCommitment(commitment, bob.tx)
    let_pass(5)
    supply = system.token.totalSupply()

    system.stake.forfeitCommitment(commitment, bob.tx)
    system.stake.flush(bob.tx)

    assert system.token.totalSupply() == supply - BOND
    with reverts("SlashCasesNoCommitment"):
        system.stake.forfeitCommitment(commitment, bob.tx)


def test_commitments_when_made_to_every_batch_cost_more_than_one_reward(
    system, nora, mallory, vera, bob, books, registrar, slash, case_of, let_pass
):
    """A squatter covers four open batches of equal size, of which one is convicted by somebody else."""
    system.stake.deposit(4 * 10**8, nora.tx)
    system.stake.lock(nora.address, 4 * 10**8, registrar)
    reward = 10 * REWARD
    bond = reward // 2
    made = [committed(system, mallory, case_of(n), bond=bond) for n in range(4)]
    let_pass(1)
    slash(10**8, vera.address, case=0)

    system.stake.claimReport(case_of(0), SALT, mallory.tx)
    let_pass(DAY + LIFE)
    system.stake.payReport(case_of(0), bob.tx)
    for commitment in made[1:]:
        system.stake.forfeitCommitment(commitment, bob.tx)

    assert books("mallory") == reward - 3 * bond < 0
