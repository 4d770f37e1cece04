// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The positional Merkle-sum tree, the one proof concept; specification, section 1
/// @dev A node is (hash, sum); the hash of a branch commits to both child sums. Leaves at `count ..< 2^depth` are padding.
/// Every proof walks here, so the walk is assembly; mocks/PlainSumTree.sol says the same in plain words, and tests compare.
library SumTree {
    /// @notice The greatest sum; a branch above it is bad.
    uint256 internal constant MAX_SUM = type(uint128).max;
    /// @notice Bytes of a level of a path: `sibling[32] sum u128`, from the leaf up.
    uint256 internal constant LEVEL_SIZE = 48;
    /// @notice Hash of a padding leaf node, `H(02)`; its sum is 0.
    bytes32 internal constant PADDING = keccak256(hex"02");

    /// @notice Node hash of a leaf. The caller bounds `value` by `MAX_SUM`.
    /// @dev `00 leafHash value`, 49 bytes that end where scratch space does; each store covers what the one before spilt.
    function leafNode(bytes32 leafHash, uint256 value) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0x20, value)
            mstore(0x10, leafHash)
            mstore8(0x0f, 0x00)
            node := keccak256(0x0f, 49)
        }
    }

    /// @notice Node hash of a branch. The caller bounds both sums by `MAX_SUM`.
    /// @dev `01 left leftSum right rightSum`, 97 bytes in free memory.
    function branch(bytes32 left, uint256 leftSum, bytes32 right, uint256 rightSum)
        internal
        pure
        returns (bytes32 node)
    {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(add(start, 65), rightSum)
            mstore(add(start, 49), right)
            mstore(add(start, 17), leftSum)
            mstore(add(start, 1), left)
            mstore8(start, 0x01)
            node := keccak256(start, 97)
        }
    }

    /// @notice Levels above the leaves, `ceil(log2(max(count, 1)))`.
    function depth(uint256 count) internal pure returns (uint256 height) {
        if (count < 2) return 0;
        unchecked {
            uint256 last = count - 1;
            for (uint256 bits = 128; bits > 0; bits >>= 1) {
                if (last >> bits == 0) continue;
                last >>= bits;
                height += bits;
            }
            return height + 1;
        }
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
        if (index >= count || value > MAX_SUM || !isDepth(levels(path), count)) return false;
        return leadsTo(root, sum, index, leafNode(leafHash, value), value, path);
    }

    /// @notice Whether `height == depth(count)`, without the search for it.
    function isDepth(uint256 height, uint256 count) internal pure returns (bool yes) {
        if (count < 2) return height == 0;
        unchecked {
            // One less than the count has exactly `height` bits.
            return (count - 1) >> height == 0 && (count - 1) >> (height - 1) != 0;
        }
    }

    /// @notice Levels that a path climbs.
    function levels(bytes calldata path) internal pure returns (uint256 count) {
        return path.length / LEVEL_SIZE;
    }

    /// @notice Whether a node at `index` of its level leads to the root, with sums that add up above it.
    function leadsTo(bytes32 root, uint256 sum, uint256 index, bytes32 node, uint256 value, bytes calldata path)
        internal
        pure
        returns (bool valid)
    {
        if (index >> levels(path) != 0 || sum > MAX_SUM) return false;
        (bytes32 foundRoot, uint256 foundSum) = fold(index, node, value, path);
        return foundRoot == root && foundSum == sum;
    }

    /// @notice Root hash and sum that a node at `index` of its level leads to.
    /// @dev A path that ends within a level, and a sum above `MAX_SUM`, give `(0, 2^256 - 1)`, which is no root. Sums of a
    /// path are in bounds and only grow, so that one test after the walk judges them all.
    function fold(uint256 index, bytes32 node, uint256 value, bytes calldata path)
        internal
        pure
        returns (bytes32 root, uint256 sum)
    {
        (root, sum) = (node, value);
        if (path.length == 0) return value > MAX_SUM ? (bytes32(0), type(uint256).max) : (node, value);
        // The preimage, 0x01 and two halves of 48 bytes, lies over the free memory pointer and the zero slot: both are put
        // back, nothing is called between. A half is `hash sum`, as levels of the path are, so that the sibling's is copied.
        assembly ("memory-safe") {
            let place := path.offset
            let end := add(place, path.length)
            let free := mload(0x40)
            mstore8(0x00, 0x01)
            for {} 1 {} {
                // The own half begins at 0x01 or 0x31. Its sum spills before its place, where the hash goes next.
                let own := mul(0x30, and(index, 1))
                mstore(add(0x11, own), sum)
                mstore(add(0x01, own), root)
                calldatacopy(sub(0x31, own), place, 48)
                root := keccak256(0x00, 97)
                sum := add(sum, shr(128, calldataload(add(place, 32))))
                index := shr(1, index)
                place := add(place, 48)
                if lt(place, end) { continue }
                break
            }
            mstore(0x40, free)
            mstore(0x60, 0)
            if or(sub(place, end), shr(128, or(value, sum))) {
                root := 0
                sum := not(0)
            }
        }
    }

    /// @notice Sum of all leaves before `index`, from its verified path alone.
    function prefixSum(uint256 index, bytes calldata path) internal pure returns (uint256 sum) {
        // Sums of a verified path are below 2^128 together.
        assembly ("memory-safe") {
            let place := add(path.offset, 32)
            let end := add(path.offset, path.length)
            for {} lt(place, end) { place := add(place, 48) } {
                sum := add(sum, mul(shr(128, calldataload(place)), and(index, 1)))
                index := shr(1, index)
            }
        }
    }
}
