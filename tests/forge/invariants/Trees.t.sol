// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SumTree} from "../../../contracts/libraries/SumTree.sol";
import {TreeFaults} from "../../../contracts/libraries/TreeFaults.sol";
import {NodeOpening} from "../../../contracts/types/Batch.sol";
import {Targets} from "./Targets.sol";

/// @title The library under calldata, as the contracts use it
contract TreeCalls {
    function verify(
        TreeFaults.Root calldata root,
        uint256 index,
        bytes32 leafHash,
        uint256 value,
        bytes calldata path
    ) external pure returns (bool valid) {
        return SumTree.verify(root.hash, root.sum, root.count, index, leafHash, value, path);
    }

    function fold(uint256 index, bytes32 node, uint256 value, bytes calldata path)
        external
        pure
        returns (bytes32 root, uint256 sum)
    {
        return SumTree.fold(index, node, value, path);
    }

    function prefixSum(uint256 index, bytes calldata path) external pure returns (uint256 sum) {
        return SumTree.prefixSum(index, path);
    }

    function leafFault(TreeFaults.Root calldata root, NodeOpening calldata node, bytes32 leafHash, uint128 value)
        external
        pure
        returns (bool leads, bool guilty)
    {
        return TreeFaults.leaf(root, node, leafHash, value);
    }

    function paddingFault(TreeFaults.Root calldata root, NodeOpening calldata node, bytes32 nodeHash)
        external
        pure
        returns (bool leads, bool guilty)
    {
        return TreeFaults.padding(root, node, nodeHash);
    }

    function branchFault(
        TreeFaults.Root calldata root,
        NodeOpening calldata node,
        TreeFaults.Children calldata children
    ) external pure returns (bool leads, bool guilty) {
        return TreeFaults.branch(root, node, children);
    }
}

/// @title Grows and changes a tree of at most 16 leaves, and opens it anywhere
contract TreeHandler is Targets {
    uint256 public constant MOST = 16;

    bytes32[] public leaves;
    uint128[] public values;
    uint256 public probe;

    function grow(bytes32 leaf, uint128 value, uint256 seed) external {
        probe = seed;
        if (leaves.length == MOST) return change(seed, leaf, value);
        leaves.push(leaf);
        values.push(value / uint128(MOST));
    }

    function change(uint256 seed, bytes32 leaf, uint128 value) public {
        probe = seed;
        if (leaves.length == 0) return;
        uint256 place = seed % leaves.length;
        (leaves[place], values[place]) = (leaf, value / uint128(MOST));
    }

    function shrink(uint256 seed) external {
        probe = seed;
        if (leaves.length == 0) return;
        leaves.pop();
        values.pop();
    }

    function look(uint256 seed) external {
        probe = seed;
    }

    function count() external view returns (uint256 found) {
        return leaves.length;
    }

    /// @dev All nodes, level by level from the leaves: `hashes[level][position]`.
    function build() public view returns (bytes32[][] memory hashes, uint256[][] memory sums) {
        uint256 depth = SumTree.depth(leaves.length);
        (hashes, sums) = (new bytes32[][](depth + 1), new uint256[][](depth + 1));
        uint256 width = 1 << depth;
        (hashes[0], sums[0]) = (new bytes32[](width), new uint256[](width));
        for (uint256 i = 0; i < width; ++i) {
            bool real = i < leaves.length;
            sums[0][i] = real ? values[i] : 0;
            hashes[0][i] = real ? SumTree.leafNode(leaves[i], values[i]) : SumTree.PADDING;
        }
        for (uint256 level = 1; level <= depth; ++level) {
            width >>= 1;
            (hashes[level], sums[level]) = (new bytes32[](width), new uint256[](width));
            for (uint256 i = 0; i < width; ++i) {
                (uint256 left, uint256 right) = (sums[level - 1][2 * i], sums[level - 1][2 * i + 1]);
                sums[level][i] = left + right;
                hashes[level][i] =
                    SumTree.branch(hashes[level - 1][2 * i], left, hashes[level - 1][2 * i + 1], right);
            }
        }
    }

    function root() public view returns (TreeFaults.Root memory found) {
        (bytes32[][] memory hashes, uint256[][] memory sums) = build();
        uint256 top = hashes.length - 1;
        return TreeFaults.Root(hashes[top][0], sums[top][0], leaves.length);
    }

    /// @dev The node at a level with its path; its own hash apart.
    function open(uint256 level, uint256 index) public view returns (NodeOpening memory node, bytes32 nodeHash) {
        (bytes32[][] memory hashes, uint256[][] memory sums) = build();
        uint256 length = hashes.length - 1 - level;
        (node.index, node.sum, nodeHash) = (uint32(index), sums[level][index], hashes[level][index]);
        for (uint256 i = 0; i < length; ++i) {
            uint256 other = (index >> i) ^ 1;
            node.path = bytes.concat(node.path, hashes[level + i][other], bytes16(uint128(sums[level + i][other])));
        }
    }
}

/// @title What holds of every tree; each property has its counterpart that shows that it does not hold for want of anything
contract TreeInvariants is Targets {
    TreeHandler private _trees;
    TreeCalls private _calls;

    function setUp() external {
        (_trees, _calls) = (new TreeHandler(), new TreeCalls());
        _target(address(_trees));
    }

    /// Membership: a leaf verifies at its place with its value, and nowhere else with no other.
    function invariant_membership() external view {
        uint256 count = _trees.count();
        if (count == 0) return;
        (uint256 index, TreeFaults.Root memory root) = (_trees.probe() % count, _trees.root());
        (NodeOpening memory node,) = _trees.open(0, index);
        bytes32 leaf = _trees.leaves(index);
        // Live: the true opening is taken.
        assert(_calls.verify(root, index, leaf, node.sum, node.path));
        assert(!_calls.verify(root, index, leaf, node.sum + 1, node.path));
        assert(!_calls.verify(root, index, keccak256(abi.encode(leaf)), node.sum, node.path));
        uint256 other = _trees.probe() / count % (2 * count);
        bool same = other < count && _trees.leaves(other) == leaf && _trees.values(other) == node.sum;
        if (other != index && !same) {
            assert(!_calls.verify(root, other, leaf, node.sum, node.path));
        }
    }

    /// Prefixes: the sums on a path give what stands before the leaf.
    function invariant_prefixes() external view {
        uint256 count = _trees.count();
        if (count == 0) return;
        uint256 index = _trees.probe() % count;
        uint256 before = 0;
        for (uint256 i = 0; i < index; ++i) {
            before += _trees.values(i);
        }
        (NodeOpening memory node,) = _trees.open(0, index);
        assert(_calls.prefixSum(index, node.path) == before);
        // Live: the last leaf's prefix and value are the whole.
        (NodeOpening memory last,) = _trees.open(0, count - 1);
        assert(_calls.prefixSum(count - 1, last.path) + last.sum == _trees.root().sum);
    }

    /// Honesty: no node of an honest tree is a fault, whichever way it is read.
    function invariant_honesty() external view {
        TreeFaults.Root memory root = _trees.root();
        uint256 depth = SumTree.depth(root.count);
        uint256 level = _trees.probe() % (depth + 1);
        uint256 index = _trees.probe() / 32 % (1 << (depth - level));
        (NodeOpening memory node, bytes32 nodeHash) = _trees.open(level, index);
        (bool leads, bool guilty) = _calls.paddingFault(root, node, nodeHash);
        // Live: the opening leads to the root.
        assert(leads && !guilty);
        if (level == 0) {
            if (index >= root.count) return;
            (leads, guilty) = _calls.leafFault(root, node, _trees.leaves(index), _trees.values(index));
            assert(leads && !guilty);
            return;
        }
        (leads, guilty) = _calls.branchFault(root, node, _childrenOf(level, index));
        assert(leads && !guilty);
    }

    /// Faults: a branch whose sum is another than its children's is found, by one opening.
    function invariant_faults() external view {
        TreeFaults.Root memory root = _trees.root();
        if (root.count < 2) return;
        uint256 depth = SumTree.depth(root.count);
        uint256 level = 1 + _trees.probe() % depth;
        uint256 index = _trees.probe() / 32 % (1 << (depth - level));
        (NodeOpening memory node,) = _trees.open(level, index);
        TreeFaults.Children memory children = _childrenOf(level, index);
        // The liar writes one unit more above the branch, up to the root.
        uint256 claimed = node.sum + 1;
        bytes32 hash = SumTree.branch(children.left, children.leftSum, children.right, children.rightSum);
        (root.hash, root.sum) = _fold(node, hash, claimed);
        node.sum = claimed;
        (bool leads, bool guilty) = _calls.branchFault(root, node, children);
        // Live: the proof leads to the forged root.
        assert(leads && guilty);
    }

    /// Counts: a header that says fewer leaves is found by the leaf beyond, one that says more by the padding.
    function invariant_counts() external view {
        TreeFaults.Root memory root = _trees.root();
        uint256 count = root.count;
        if (count < 3) return;
        root.count = count - 1;
        (NodeOpening memory node,) = _trees.open(0, count - 1);
        (bool leads, bool guilty) = _calls.leafFault(root, node, _trees.leaves(count - 1), _trees.values(count - 1));
        assert(leads && guilty);
        root.count = count + 1;
        if (SumTree.depth(count) == 0 || count == 1 << SumTree.depth(count)) return;
        bytes32 nodeHash;
        (node, nodeHash) = _trees.open(0, count);
        (leads, guilty) = _calls.paddingFault(root, node, nodeHash);
        // Live: the same opening under the true count is no fault.
        assert(leads && guilty);
        root.count = count;
        (leads, guilty) = _calls.paddingFault(root, node, nodeHash);
        assert(leads && !guilty);
    }

    function _childrenOf(uint256 level, uint256 index) private view returns (TreeFaults.Children memory children) {
        (NodeOpening memory left, bytes32 leftHash) = _trees.open(level - 1, 2 * index);
        (NodeOpening memory right, bytes32 rightHash) = _trees.open(level - 1, 2 * index + 1);
        return TreeFaults.Children(leftHash, left.sum, rightHash, right.sum);
    }

    function _fold(NodeOpening memory node, bytes32 hash, uint256 sum) private view returns (bytes32, uint256) {
        return _calls.fold(node.index, hash, sum, node.path);
    }
}
