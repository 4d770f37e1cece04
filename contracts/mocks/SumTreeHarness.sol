// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SumTree} from "../libraries/SumTree.sol";
import {PlainSumTree} from "./PlainSumTree.sol";

/// @title Lets tests call the library, alone and beside its plain form; never deployed with the system
contract SumTreeHarness {
    function depth(uint256 count) external pure returns (uint256 levels) {
        return SumTree.depth(count);
    }

    function isDepth(uint256 levels, uint256 count) external pure returns (bool yes) {
        return SumTree.isDepth(levels, count);
    }

    function verify(
        bytes32 root,
        uint256[3] calldata sumCountIndex,
        bytes32 leafHash,
        uint256 value,
        bytes calldata path
    ) external pure returns (bool valid) {
        return SumTree.verify(root, sumCountIndex[0], sumCountIndex[1], sumCountIndex[2], leafHash, value, path);
    }

    function plainVerify(
        bytes32 root,
        uint256[3] calldata sumCountIndex,
        bytes32 leafHash,
        uint256 value,
        bytes calldata path
    ) external pure returns (bool valid) {
        return
            PlainSumTree.verify(root, sumCountIndex[0], sumCountIndex[1], sumCountIndex[2], leafHash, value, path);
    }

    /// @notice By the library and by its plain form.
    function prefixSums(uint256 index, bytes calldata path) external pure returns (uint256[2] memory sums) {
        return [SumTree.prefixSum(index, path), PlainSumTree.prefixSum(index, path)];
    }

    /// @notice Root and sum, by the library and by its plain form, for a leaf hash taken as a node.
    function folds(uint256 index, bytes32 node, uint256 value, bytes calldata path)
        external
        pure
        returns (bytes32[2] memory roots, uint256[2] memory totals)
    {
        (roots[0], totals[0]) = SumTree.fold(index, node, value, path);
        (roots[1], totals[1]) = PlainSumTree.fold(index, node, value, path);
    }

    /// @notice Leaf nodes, then branches, by the library and by its plain form.
    function nodes(bytes32 left, uint256 leftSum, bytes32 right, uint256 rightSum)
        external
        pure
        returns (bytes32[4] memory hashes)
    {
        hashes[0] = SumTree.leafNode(left, leftSum);
        hashes[1] = PlainSumTree.leafNode(left, leftSum);
        hashes[2] = SumTree.branch(left, leftSum, right, rightSum);
        hashes[3] = PlainSumTree.branch(left, leftSum, right, rightSum);
    }

    /// @notice Gas of one verified path, by the library and by its plain form.
    function costs(
        bytes32 root,
        uint256[3] calldata sumCountIndex,
        bytes32 leafHash,
        uint256 value,
        bytes calldata path
    ) external view returns (uint256 lean, uint256 plain) {
        (uint256 sum, uint256 count, uint256 index) = (sumCountIndex[0], sumCountIndex[1], sumCountIndex[2]);
        lean = gasleft();
        SumTree.verify(root, sum, count, index, leafHash, value, path);
        lean -= gasleft();
        plain = gasleft();
        PlainSumTree.verify(root, sum, count, index, leafHash, value, path);
        plain -= gasleft();
    }
}
