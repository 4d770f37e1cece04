"""What is at an address, how it was made, what it links to and who governs it: each difference is refused."""

from dataclasses import replace

import pytest
from brownie import project, web3

from deployment.bytecode import immutable_words, is_same_code
from deployment.plan import hand_over_steps, steps_of
from deployment.settings import DAY
from deployment.wiring import check_roles, check_wiring


def compiled(name):
    return bytes.fromhex(getattr(project.get_loaded_projects()[0], name)._build["deployedBytecode"])


@pytest.mark.parametrize("name", ["Parameters", "UsageEscrow", "TallyGovernor", "ModelRegistry"])
def test_code_when_deployed_is_the_compiled_one(deployed, name):
    found = bytes(web3.eth.get_code(deployed[name].address))

    assert is_same_code(compiled(name), found)
    assert not is_same_code(compiled(name), found + b"\0")
    assert not is_same_code(compiled(name), b"")


def test_code_when_any_byte_outside_immutables_differs_is_another(deployed):
    code, found = compiled("Parameters"), bytes(web3.eth.get_code(deployed["Parameters"].address))
    masked = {word + byte for word in immutable_words(code) for byte in range(32)}

    taken = {
        place
        for place in range(len(found))
        if is_same_code(code, found[:place] + bytes([found[place] ^ 1]) + found[place + 1 :])
    }

    assert taken == masked != set()


def test_run_when_code_at_an_address_is_another_is_refused(runner, steps, deployed):
    address, other = deployed["OperatorStake"].address, deployed["OpenToken"].address
    web3.provider.make_request("anvil_setCode", [address, web3.to_hex(web3.eth.get_code(other))])

    with pytest.raises(SystemExit, match=r"OperatorStake at .* is not what the sources compile to"):
        runner().run(steps)


def test_run_when_made_with_other_arguments_is_refused(runner, parameters, owner, deployed):
    other = replace(parameters, maturity=parameters.maturity + 1)

    with pytest.raises(SystemExit, match=r"RewardDistributor at .* was made with other arguments"):
        runner().run((*steps_of(other, str(owner)), *hand_over_steps(str(owner))))


@pytest.mark.parametrize("name", ["OpenToken", "UsageEscrow", "OpenVotes", "RewardReferee", "CreditReferee"])
def test_wiring_when_one_contract_is_another_is_refused(deployed, system, name):
    strangers = {contract._name: contract for contract in vars(system).values()}

    with pytest.raises(SystemExit, match="not"):
        check_wiring(deployed | {name: strangers[name]})


@pytest.mark.parametrize("registry", ["DatasetRegistry", "ModelRegistry"])
def test_grace_when_shorter_than_money_stays_unsettled_is_refused(deployed, registry, parameters):
    """A system whose registry has another constant: its code with that one number changed."""
    check_wiring(deployed)
    fortnight, unsettled = (14 * DAY).to_bytes(3, "big"), 4 * parameters.bucket_window
    found = bytes(web3.eth.get_code(deployed[registry].address))
    assert fortnight in found
    shorter = found.replace(fortnight, (unsettled - 1).to_bytes(3, "big"))
    web3.provider.make_request("anvil_setCode", [deployed[registry].address, web3.to_hex(shorter)])

    with pytest.raises(SystemExit, match=rf"{registry}.USE_GRACE is {unsettled - 1}; .* {unsettled} seconds"):
        check_wiring(deployed)


def test_roles_when_handed_over_are_exactly_those_wanted(deployed, owner):
    check_roles(deployed, str(owner), 0)


def test_roles_when_anybody_has_one_more_are_refused(deployed, owner, acting_as, mallory):
    deployed["AccessAuthority"].grantRole(0, mallory.address, 0, acting_as(deployed["TallyTimelock"]))

    with pytest.raises(SystemExit, match=mallory.address):
        check_roles(deployed, str(owner), 0)


def test_roles_when_one_is_missing_are_refused(deployed, owner, acting_as):
    deployed["AccessAuthority"].revokeRole(1, owner, acting_as(deployed["TallyTimelock"]))

    with pytest.raises(SystemExit, match="missing"):
        check_roles(deployed, str(owner), 0)


def test_roles_when_not_handed_over_are_refused(runner, parameters, owner):
    half = runner().run(steps_of(parameters, str(owner)))

    with pytest.raises(SystemExit, match="should not be"):
        check_roles(half, str(owner), 0)
