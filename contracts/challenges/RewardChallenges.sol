// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IParameters} from "../interfaces/IParameters.sol";
import {IRewardChallenges} from "../interfaces/challenges/IRewardChallenges.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {ParameterSet} from "../types/ParameterSet.sol";
import {Claim, EpochOpening, Proposal} from "../types/Reward.sol";
import {RewardProofs} from "../rewards/RewardProofs.sol";
import {ChallengeBook} from "./ChallengeBook.sol";

/// @title Convicts reward proposals whose trees nobody publishes
contract RewardChallenges is IRewardChallenges, ChallengeBook, RewardProofs {
    uint8 private constant EPOCH = 0;
    uint8 private constant CUMULATIVE = 1;

    /// @notice Windows.
    IParameters public immutable parameters;

    /// @param distributor_ The RewardDistributor.
    constructor(IRewardDistributor distributor_) RewardProofs(distributor_) {
        parameters = distributor_.parameters();
    }

    /// @inheritdoc IRewardChallenges
    function challenge(uint64 id, Proposal calldata proposal, uint8 kind, uint32 index) external payable {
        _check(id, proposal);
        IRewardDistributor.Record memory record = distributor.proposalOf(id);
        require(record.status == IRewardDistributor.Status.Open, ChallengeBookClosed(id));
        require(index < _countOf(proposal, kind), ChallengeBookNoLeaf(kind, index));
        ParameterSet memory set = parameters.atVersion(record.version);
        require(_isBefore(record.proposedAt, set.rewardWindow, DEMANDS_END), ChallengeBookClosed(id));
        uint64 deadline = _open(id, kind, index, set.responseWindow);
        distributor.hold(id, deadline + set.responseWindow);
    }

    /// @inheritdoc IRewardChallenges
    function answerEpoch(uint64 id, Proposal calldata proposal, EpochOpening calldata leaf) external {
        _check(id, proposal);
        _openEpoch(proposal, leaf);
        _end(id, EPOCH, leaf.index);
    }

    /// @inheritdoc IRewardChallenges
    function answerCumulative(uint64 id, Proposal calldata proposal, Claim calldata leaf) external {
        _check(id, proposal);
        _openNew(proposal, leaf);
        _end(id, CUMULATIVE, leaf.index);
    }

    /// @inheritdoc IRewardChallenges
    function convictSilent(uint64 id, Proposal calldata proposal, uint8 kind, uint32 index) external {
        address challenger = _close(id, kind, index, true);
        distributor.convict(id, proposal, challenger, "withheld");
    }

    /// @inheritdoc IRewardChallenges
    function reclaim(uint64 id, uint8 kind, uint32 index) external {
        bool open = distributor.proposalOf(id).status == IRewardDistributor.Status.Open;
        require(!open, ChallengeBookConvictable(id));
        _close(id, kind, index, false);
    }

    /// @dev The last answer in time ends what demands held. While one is open the longest hold stands.
    function _end(uint64 id, uint8 kind, uint32 index) private {
        _answer(id, kind, index);
        if (openOf[id] > 0) return;
        IRewardDistributor.Record memory record = distributor.proposalOf(id);
        uint64 window = parameters.atVersion(record.version).rewardWindow;
        if (_isBefore(record.proposedAt, window, ANSWERS_END)) distributor.hold(id, 0);
    }

    function _isBefore(uint64 from, uint64 window, uint64 part) private view returns (bool yes) {
        return block.timestamp < parameters.endOf(from, _without(window, part));
    }

    function _check(uint64 id, Proposal calldata proposal) private view {
        require(distributor.isProposal(id, proposal), RewardProofsWrongProposal(id));
    }

    function _countOf(Proposal calldata proposal, uint8 kind) private pure returns (uint256 count) {
        if (kind == EPOCH) return proposal.epochCount;
        return kind == CUMULATIVE ? proposal.cumulativeCount : 0;
    }
}
