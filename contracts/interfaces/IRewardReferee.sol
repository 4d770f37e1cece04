// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TreeFaults} from "../libraries/TreeFaults.sol";
import {Batch, Edge, NodeOpening} from "../types/Batch.sol";
import {Claim, EpochEdge, EpochOpening, Proposal} from "../types/Reward.sol";

/// @title Convicts reward proposals
/// @dev Every proof needs the proposal and openings, and neither bond nor role. It reverts on an honest proposal.
interface IRewardReferee {
    /// @notice A batch and the range of the asset's credits in it.
    struct Earning {
        Batch batch;
        Edge first;
        Edge end;
    }

    /// @notice The proposal is honest in this respect.
    error RewardRefereeNotProven();

    /// @notice A branch whose children do not add up to its sum, or one where leaves should be.
    /// @param epoch Whether the branch is of the epoch tree rather than of the cumulative tree.
    function branchSum(
        uint64 id,
        Proposal calldata proposal,
        bool epoch,
        NodeOpening calldata node,
        TreeFaults.Children calldata children
    ) external;

    /// @notice A leaf position beyond the count that holds anything but padding, or padding anywhere else.
    function padding(
        uint64 id,
        Proposal calldata proposal,
        bool epoch,
        NodeOpening calldata node,
        bytes32 nodeHash
    ) external;

    /// @notice A leaf beyond the count, at another depth than the count gives, or under another sum than its own value.
    /// @param leafHash What the leaf node's hash commits to beside its value.
    /// @param value What the leaf node's hash commits to; the node's sum is what stands above it.
    function misplacedLeaf(
        uint64 id,
        Proposal calldata proposal,
        bool epoch,
        NodeOpening calldata node,
        bytes32 leafHash,
        uint128 value
    ) external;

    /// @notice Two neighbouring epoch leaves that do not strictly ascend by asset, batch and tranche.
    function epochOrder(
        uint64 id,
        Proposal calldata proposal,
        EpochOpening calldata first,
        EpochOpening calldata second
    ) external;

    /// @notice Two neighbouring cumulative leaves that do not strictly ascend by asset.
    function cumulativeOrder(uint64 id, Proposal calldata proposal, Claim calldata first, Claim calldata second)
        external;

    /// @notice A cumulative leaf whose `previous` is not what the period before gave the asset.
    /// @param around The asset's leaf in the base tree alone, or the leaves around the place where it would stand.
    function wrongPrevious(uint64 id, Proposal calldata proposal, Claim calldata leaf, Claim[] calldata around)
        external;

    /// @notice A cumulative leaf that grew by another amount than the sum of the asset's epoch leaves.
    function epochRange(
        uint64 id,
        Proposal calldata proposal,
        Claim calldata leaf,
        EpochEdge calldata first,
        EpochEdge calldata end
    ) external;

    /// @notice An epoch leaf that pays a reserved id, a batch or tranche outside the ranges, or a wrong amount.
    /// @param earning Its edges are not read where the batch is outside the ranges, nor its batch where there is none.
    function wrongTranche(
        uint64 id,
        Proposal calldata proposal,
        EpochOpening calldata leaf,
        Earning calldata earning
    ) external;

    /// @notice An asset that earned in a covered batch and has no epoch leaf for it.
    /// @param edge Where the leaf should be.
    function missingEarning(
        uint64 id,
        Proposal calldata proposal,
        bytes32 assetId,
        uint8 tranche,
        Earning calldata earning,
        EpochEdge calldata edge
    ) external;

    /// @notice Takes the held-back tranche of a poster that the audit court found guilty out of the rewards, half of it (floored)
    /// to insurance and the rest burned; anyone may, once a batch.
    function forfeit(Earning calldata earning) external;

    /// @notice The asset whose second tranche of a final batch is null: its poster's operator asset, where an audit found the
    /// poster guilty after the batch was submitted and before it matured. Zero for none; from maturity on it stays so.
    /// @dev Header and stamp are taken as they come.
    function withheldOf(Batch calldata batch) external view returns (bytes32 assetId);
}
