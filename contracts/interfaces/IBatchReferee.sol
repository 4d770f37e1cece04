// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TreeFaults} from "../libraries/TreeFaults.sol";
import {Batch, NodeOpening, Opening} from "../types/Batch.sol";

/// @title Convicts batches for their trees and for the order and joins of their receipts
/// @dev Every proof needs the batch's header and openings, and neither bond nor role. It reverts on an honest batch.
interface IBatchReferee {
    /// @notice The batch is honest in this respect.
    error BatchRefereeNotProven();

    /// @notice A branch whose children do not add up to its sum, or one where leaves should be.
    /// @param credits Whether the branch is of the credit tree rather than of the receipt tree.
    /// @param node The topmost such branch with the sum that its parent, or the header, gives it.
    /// @param children What the branch's hash commits to.
    function branchSum(
        Batch calldata batch,
        bool credits,
        NodeOpening calldata node,
        TreeFaults.Children calldata children
    ) external;

    /// @notice A leaf position beyond the count that holds anything but padding, or padding anywhere else.
    /// @param nodeHash Hash of the node there.
    function padding(
        Batch calldata batch,
        bool credits,
        NodeOpening calldata node,
        bytes32 nodeHash
    ) external;

    /// @notice A leaf beyond the count, at another depth than the count gives, or under another sum than its own value.
    /// @param leafHash What the leaf node's hash commits to beside its value.
    /// @param value What the leaf node's hash commits to; the node's sum is what stands above it.
    function misplacedLeaf(
        Batch calldata batch,
        bool credits,
        NodeOpening calldata node,
        bytes32 leafHash,
        uint128 value
    ) external;

    /// @notice A receipt leaf whose value is not its fee, or whose fee is zero.
    /// @param value The leaf's value.
    function leafValue(Batch calldata batch, Opening calldata opening, uint128 value) external;

    /// @notice Two neighbouring receipts that do not strictly ascend by consumer, lane and level.
    function receiptOrder(
        Batch calldata batch,
        Opening calldata first,
        Opening calldata second
    ) external;

    /// @notice Two neighbouring receipts of one lane, of which the second does not continue the first.
    function laneJoin(Batch calldata batch, Opening calldata first, Opening calldata second)
        external;

    /// @notice A receipt that covers a part of a lane which an earlier standing batch of the operator covers.
    function overlap(
        Batch calldata batch,
        Opening calldata opening,
        Batch calldata earlierBatch,
        Opening calldata earlier
    ) external;
}
