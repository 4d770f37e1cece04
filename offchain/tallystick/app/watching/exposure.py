"""What a conviction of a batch or a reward proposal brings its reporter, by the parameters that it is judged under."""

from tallystick.ports import Chain, OnChainBatch, ParameterSet

_FULL_BPS = 10_000


def reward_of_batch(chain: Chain, batch: OnChainBatch) -> int:
    """Base units."""
    version = batch.header.parameter_version
    rules = chain.parameters.at_version(version)
    return _part(rules, chain.batches.bond_of(batch.header.total, version))


def reward_of_proposal(chain: Chain, proposal_id: int) -> int:
    """Base units."""
    rules = chain.parameters.at_version(chain.rewards.proposal(proposal_id).version)
    return _part(rules, rules.proposal_bond)


def _part(rules: ParameterSet, slashed: int) -> int:
    return slashed * rules.reporter_bps // _FULL_BPS
