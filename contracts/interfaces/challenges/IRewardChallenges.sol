// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim, EpochOpening, Proposal} from "../../types/Reward.sol";

/// @title Demands to publish leaves of a reward proposal
/// @dev Kinds: 0 an epoch leaf, 1 a cumulative leaf.
interface IRewardChallenges {
    /// @notice Demands a leaf; send `bondOf(id)`.
    function challenge(uint64 id, Proposal calldata proposal, uint8 kind, uint32 index) external payable;

    /// @notice Publishes an epoch leaf. Anyone may answer.
    function answerEpoch(uint64 id, Proposal calldata proposal, EpochOpening calldata leaf) external;

    /// @notice Publishes a cumulative leaf.
    function answerCumulative(uint64 id, Proposal calldata proposal, Claim calldata leaf) external;

    /// @notice Convicts a proposal that did not answer in time; the challenger is its reporter.
    function convictSilent(uint64 id, Proposal calldata proposal, uint8 kind, uint32 index) external;

    /// @notice Returns the bond of a challenge whose proposal is no longer open.
    function reclaim(uint64 id, uint8 kind, uint32 index) external;
}
