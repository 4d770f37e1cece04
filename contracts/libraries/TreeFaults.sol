// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeOpening} from "../types/Batch.sol";
import {SumTree} from "./SumTree.sol";

/// @title What no honest tree can hold: shown by one opened node, for every tree alike
/// @dev Each test says whether the node leads to the root at all, and whether it could not stand so. A node's tag
/// says what it is, so that in an honest tree leaves and padding stand at one depth, and branches above it alone.
library TreeFaults {
    /// @notice A root as a header or a proposal states it.
    struct Root {
        bytes32 hash;
        uint256 sum;
        uint256 count;
    }

    /// @notice The two children of a branch.
    struct Children {
        bytes32 left;
        uint256 leftSum;
        bytes32 right;
        uint256 rightSum;
    }

    /// @notice A branch whose children do not add up to its sum, or one where leaves should be.
    /// @dev Above the topmost bad branch all sums add up, so that the path proves the sum that is claimed for it.
    function branch(Root memory root, NodeOpening calldata node, Children calldata children)
        internal
        pure
        returns (bool leads, bool guilty)
    {
        (uint256 left, uint256 right) = (children.leftSum, children.rightSum);
        if (left > SumTree.MAX_SUM || right > SumTree.MAX_SUM) return (false, false);
        leads = _leads(root, node, SumTree.branch(children.left, left, children.right, right));
        guilty = SumTree.levels(node.path) >= SumTree.depth(root.count) || left + right != node.sum;
    }

    /// @notice A position beyond the count that holds anything but padding, or padding anywhere else.
    function padding(Root memory root, NodeOpening calldata node, bytes32 nodeHash)
        internal
        pure
        returns (bool leads, bool guilty)
    {
        leads = node.sum <= SumTree.MAX_SUM && _leads(root, node, nodeHash);
        bool isBeyond = node.index >= root.count && SumTree.isDepth(SumTree.levels(node.path), root.count);
        bool isPadding = nodeHash == SumTree.PADDING;
        guilty = isBeyond ? !isPadding || node.sum != 0 : isPadding;
    }

    /// @notice A leaf beyond the count, at another depth than the count gives, or under another sum than its own value.
    /// @dev The sums above it may add up all the same, so that no branch shows such a leaf.
    function leaf(Root memory root, NodeOpening calldata node, bytes32 leafHash, uint128 value)
        internal
        pure
        returns (bool leads, bool guilty)
    {
        leads = node.sum <= SumTree.MAX_SUM && _leads(root, node, SumTree.leafNode(leafHash, value));
        bool isInside = SumTree.isDepth(SumTree.levels(node.path), root.count) && node.index < root.count;
        guilty = !isInside || value != node.sum;
    }

    function _leads(Root memory root, NodeOpening calldata node, bytes32 nodeHash) private pure returns (bool leads) {
        return SumTree.leadsTo(root.hash, root.sum, node.index, nodeHash, node.sum, node.path);
    }
}
