// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the SumTree library computes, in plain words; tests hold the two against each other
/// @dev A node is (hash, sum); the hash of a branch commits to both child sums. Leaves at `count ..< 2^depth` are padding.
library PlainSumTree {
    /// @notice The greatest sum; a branch above it is bad.
    uint256 internal constant MAX_SUM = type(uint128).max;
    /// @notice Bytes of a level of a path.
    uint256 internal constant LEVEL_SIZE = 48;
    /// @notice Hash of a padding leaf node, `H(02)`; its sum is 0.
    bytes32 internal constant PADDING = keccak256(hex"02");

    bytes1 private constant TAG_LEAF = 0x00;
    bytes1 private constant TAG_BRANCH = 0x01;

    /// @notice Node hash of a leaf. The caller bounds `value` by `MAX_SUM`.
    function leafNode(bytes32 leafHash, uint256 value) internal pure returns (bytes32 node) {
        return keccak256(abi.encodePacked(TAG_LEAF, leafHash, uint128(value)));
    }

    /// @notice Node hash of a branch. The caller bounds both sums by `MAX_SUM`.
    function branch(bytes32 left, uint256 leftSum, bytes32 right, uint256 rightSum)
        internal
        pure
        returns (bytes32 node)
    {
        return keccak256(abi.encodePacked(TAG_BRANCH, left, uint128(leftSum), right, uint128(rightSum)));
    }

    /// @notice Levels above the leaves, `ceil(log2(max(count, 1)))`.
    function depth(uint256 count) internal pure returns (uint256 levels) {
        while ((uint256(1) << levels) < count) ++levels;
    }

    /// @notice Whether the leaf stands at `index` under the root, with sums that add up above it.
    function verify(
        bytes32 root,
        uint256 sum,
        uint256 count,
        uint256 index,
        bytes32 leafHash,
        uint256 value,
        bytes calldata path
    ) internal pure returns (bool valid) {
        if (index >= count || path.length != LEVEL_SIZE * depth(count) || value > MAX_SUM) return false;
        return leadsTo(root, sum, index, leafNode(leafHash, value), value, path);
    }

    /// @notice Whether a node at `index` of its level leads to the root, with sums that add up above it.
    function leadsTo(bytes32 root, uint256 sum, uint256 index, bytes32 node, uint256 value, bytes calldata path)
        internal
        pure
        returns (bool valid)
    {
        if (index >> (path.length / LEVEL_SIZE) != 0 || sum > MAX_SUM) return false;
        (bytes32 foundRoot, uint256 foundSum) = fold(index, node, value, path);
        return foundRoot == root && foundSum == sum;
    }

    /// @notice Root hash and sum that a node at `index` of its level leads to.
    /// @dev A path that ends within a level, and a sum above `MAX_SUM`, give `(0, 2^256 - 1)`, which is no root.
    function fold(uint256 index, bytes32 node, uint256 value, bytes calldata path)
        internal
        pure
        returns (bytes32 root, uint256 sum)
    {
        (root, sum) = (node, value);
        bool whole = path.length % LEVEL_SIZE == 0 && value <= MAX_SUM;
        for (uint256 level = 0; whole && level < path.length / LEVEL_SIZE; ++level) {
            (bytes32 sibling, uint256 other) = levelAt(path, level);
            root = (index >> level) & 1 == 1 ? branch(sibling, other, root, sum) : branch(root, sum, sibling, other);
            sum += other;
            whole = sum <= MAX_SUM;
        }
        if (!whole) return (bytes32(0), type(uint256).max);
    }

    /// @notice Sum of all leaves before `index`, from its verified path alone.
    function prefixSum(uint256 index, bytes calldata path) internal pure returns (uint256 sum) {
        for (uint256 level = 0; level < path.length / LEVEL_SIZE; ++level) {
            (, uint256 other) = levelAt(path, level);
            if ((index >> level) & 1 == 1) sum += other;
        }
    }

    /// @notice A sibling with its sum.
    function levelAt(bytes calldata path, uint256 level) internal pure returns (bytes32 sibling, uint256 sum) {
        bytes calldata packed = path[level * LEVEL_SIZE:(level + 1) * LEVEL_SIZE];
        return (bytes32(packed[:32]), uint128(bytes16(packed[32:])));
    }
}
