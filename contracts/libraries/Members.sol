// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Member, MemberGap} from "../types/Batch.sol";
import {SumTree} from "./SumTree.sol";

/// @title Presence in and absence from a tree of data sets of which only the root hash is known
/// @dev Anyone registers manifests, so that a count is nobody's word: the tree's depth and end are shown by its leaves.
library Members {
    bytes1 private constant TAG_ENTRY = 0x09;
    uint256 private constant MAX_DEPTH = 32;

    /// @notice Whether the gap leads to the root and the data set would have to stand in it.
    function isAbsent(bytes32 root, bytes32 datasetId, MemberGap calldata gap) internal pure returns (bool yes) {
        uint256 count = gap.around.length;
        if (count == 0) return false;
        uint256 depth = SumTree.levels(gap.around[0].path);
        uint256 position = gap.position;
        if (depth > MAX_DEPTH || position > uint256(1) << depth) return false;
        (bool hasBefore, bool hasAfter) = (position > 0, position < uint256(1) << depth);
        if (count != (hasBefore ? 1 : 0) + (hasAfter ? 1 : 0)) return false;
        if (hasBefore) {
            Member calldata before = gap.around[0];
            if (before.isPadding || before.datasetId >= datasetId) return false;
            if (!_stands(root, before, position - 1, depth)) return false;
        }
        if (!hasAfter) return true;
        Member calldata next = gap.around[count - 1];
        return (next.isPadding || next.datasetId > datasetId) && _stands(root, next, position, depth);
    }

    /// @notice Whether the data set stands at this place under the root.
    function isPresent(bytes32 root, Member calldata member, uint256 index) internal pure returns (bool yes) {
        uint256 depth = SumTree.levels(member.path);
        if (member.isPadding || depth > MAX_DEPTH || index >> depth != 0) return false;
        return _stands(root, member, index, depth);
    }

    function _stands(bytes32 root, Member calldata member, uint256 index, uint256 depth)
        private
        pure
        returns (bool yes)
    {
        if (SumTree.levels(member.path) != depth) return false;
        (bytes32 node, uint256 value) = (SumTree.PADDING, 0);
        if (!member.isPadding) {
            value = member.weight;
            bytes32 leaf = keccak256(abi.encodePacked(TAG_ENTRY, member.datasetId, member.datasetRoot));
            node = SumTree.leafNode(leaf, value);
        }
        (bytes32 found,) = SumTree.fold(index, node, value, member.path);
        return found == root;
    }
}
