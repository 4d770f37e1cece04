// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SumTree} from "../../../contracts/libraries/SumTree.sol";

/// @title What halmos proves of the sum tree, for all arguments at each depth named
/// @dev A revert is no counterexample, so that each property is stated over calls that the library takes.
contract SumTreeSymbolic {
    uint256 private constant MAX = type(uint128).max;

    /// @notice A leaf as a prover shows it.
    struct Claimed {
        bytes32 leaf;
        uint256 value;
        bytes path;
    }

    /* SOUNDNESS: what verifies at a place of a root is the one thing that stands there; hashes do not collide */

    function check_soundness1(uint256 index, bytes32[2] memory l, uint256[2] memory v, bytes32[2] memory s, uint128[2] memory t)
        external
        view
    {
        bytes memory first = abi.encodePacked(s[0], t[0]);
        bytes memory second = abi.encodePacked(s[1], t[1]);
        _sound(_one(index, 2), Claimed(l[0], v[0], first), Claimed(l[1], v[1], second), 2);
    }

    function check_soundness2(uint256 index, bytes32[2] memory l, uint256[2] memory v, bytes32[4] memory s, uint128[4] memory t)
        external
        view
    {
        bytes memory first = abi.encodePacked(s[0], t[0], s[1], t[1]);
        bytes memory second = abi.encodePacked(s[2], t[2], s[3], t[3]);
        _sound(_one(index, 4), Claimed(l[0], v[0], first), Claimed(l[1], v[1], second), 4);
    }

    function check_soundness3(uint256 index, bytes32[2] memory l, uint256[2] memory v, bytes32[6] memory s, uint128[6] memory t)
        external
        view
    {
        bytes memory first = abi.encodePacked(s[0], t[0], s[1], t[1], s[2], t[2]);
        bytes memory second = abi.encodePacked(s[3], t[3], s[4], t[4], s[5], t[5]);
        _sound(_one(index, 8), Claimed(l[0], v[0], first), Claimed(l[1], v[1], second), 8);
    }

    /* SUMS: the root's sum is the leaf's value and all sums beside its path, or none where one is out of bounds */

    function check_sums3(uint256 index, bytes32 node, uint256 value, bytes32[3] memory s, uint128[3] memory t)
        external
        view
    {
        bytes memory path = abi.encodePacked(s[0], t[0], s[1], t[1], s[2], t[2]);
        (, uint256 sum) = this.fold(_one(index, 8), node, value, path);
        if (value > MAX) {
            assert(sum == type(uint256).max);
            return;
        }
        uint256 total = value + t[0] + t[1] + t[2];
        assert(sum == (total <= MAX ? total : type(uint256).max));
    }

    /* PREFIXES: what stands before a leaf and its value are never more than the whole */

    function check_prefix3(uint256 index, uint128 value, bytes32[3] memory s, uint128[3] memory t) external view {
        bytes memory path = abi.encodePacked(s[0], t[0], s[1], t[1], s[2], t[2]);
        index = _one(index, 8);
        uint256 first = index & 1 == 1 ? t[0] : 0;
        uint256 before = first + (index & 2 == 2 ? t[1] : 0) + (index & 4 == 4 ? t[2] : 0);
        uint256 prefix = this.prefixSum(index, path);
        assert(prefix == before && prefix + value <= uint256(value) + t[0] + t[1] + t[2]);
    }

    /* DEPTH: the least number of levels that holds the count */

    function check_depth(uint256 count) external pure {
        uint256 levels = SumTree.depth(count);
        if (count < 2) {
            assert(levels == 0);
            return;
        }
        assert(levels >= 1 && levels <= 256);
        assert((count - 1) >> levels == 0 && (count - 1) >> (levels - 1) == 1);
    }

    function check_isDepth(uint256 levels, uint256 count) external pure {
        assert(SumTree.isDepth(levels, count) == (levels == SumTree.depth(count)));
    }

    /* PARTS */

    function verify(bytes32 root, uint256 sum, uint256 count, uint256 index, Claimed calldata claimed)
        external
        pure
        returns (bool valid)
    {
        return SumTree.verify(root, sum, count, index, claimed.leaf, claimed.value, claimed.path);
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

    /// @dev The same number below the count, as a constant of the path: halmos wants to know where in memory things lie.
    function _one(uint256 index, uint256 count) private pure returns (uint256 known) {
        for (known = 0; known < count - 1; ++known) {
            if (index == known) return known;
        }
    }

    function _sound(uint256 index, Claimed memory one, Claimed memory two, uint256 count) private view {
        (bytes32 root, uint256 sum) =
            this.fold(index, SumTree.leafNode(one.leaf, one.value), one.value, one.path);
        if (!this.verify(root, sum, count, index, one) || !this.verify(root, sum, count, index, two)) return;
        assert(one.leaf == two.leaf && one.value == two.value);
        assert(keccak256(one.path) == keccak256(two.path));
    }
}
