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
        bytes32[] siblings;
        uint256[] sums;
    }

    /* SOUNDNESS: what verifies at a place of a root is the one thing that stands there; hashes do not collide */

    function check_soundness1(uint256 index, bytes32[2] memory l, uint256[2] memory v, bytes32[2] memory s, uint256[2] memory t)
        external
        view
    {
        (Claimed memory one, Claimed memory two) = (_claimed(l[0], v[0], 1), _claimed(l[1], v[1], 1));
        for (uint256 i = 0; i < 1; ++i) {
            (one.siblings[i], one.sums[i], two.siblings[i], two.sums[i]) = (s[i], t[i], s[i + 1], t[i + 1]);
        }
        _sound(_one(index, 2), one, two, 2);
    }

    function check_soundness2(uint256 index, bytes32[2] memory l, uint256[2] memory v, bytes32[4] memory s, uint256[4] memory t)
        external
        view
    {
        (Claimed memory one, Claimed memory two) = (_claimed(l[0], v[0], 2), _claimed(l[1], v[1], 2));
        for (uint256 i = 0; i < 2; ++i) {
            (one.siblings[i], one.sums[i], two.siblings[i], two.sums[i]) = (s[i], t[i], s[i + 2], t[i + 2]);
        }
        _sound(_one(index, 4), one, two, 4);
    }

    function check_soundness3(uint256 index, bytes32[2] memory l, uint256[2] memory v, bytes32[6] memory s, uint256[6] memory t)
        external
        view
    {
        (Claimed memory one, Claimed memory two) = (_claimed(l[0], v[0], 3), _claimed(l[1], v[1], 3));
        for (uint256 i = 0; i < 3; ++i) {
            (one.siblings[i], one.sums[i], two.siblings[i], two.sums[i]) = (s[i], t[i], s[i + 3], t[i + 3]);
        }
        _sound(_one(index, 8), one, two, 8);
    }

    /* SUMS: the root's sum is the leaf's value and all sums beside its path, or none where one is out of bounds */

    function check_sums3(uint256 index, bytes32 node, uint256 value, bytes32[3] memory s, uint256[3] memory t)
        external
        view
    {
        (bytes32[] memory siblings, uint256[] memory sums) = (new bytes32[](3), new uint256[](3));
        for (uint256 i = 0; i < 3; ++i) {
            (siblings[i], sums[i]) = (s[i], t[i]);
        }
        (, uint256 sum) = this.fold(_one(index, 8), node, value, siblings, sums);
        if (value > MAX || t[0] > MAX || t[1] > MAX || t[2] > MAX) {
            assert(sum == type(uint256).max);
            return;
        }
        uint256 total = value + t[0] + t[1] + t[2];
        assert(sum == (total <= MAX ? total : type(uint256).max));
    }

    /* PREFIXES: what stands before a leaf and its value are never more than the whole */

    function check_prefix3(uint256 index, uint256 value, uint256[3] memory t) external view {
        if (value > MAX || t[0] > MAX || t[1] > MAX || t[2] > MAX) return;
        uint256[] memory sums = new uint256[](3);
        (sums[0], sums[1], sums[2]) = (t[0], t[1], t[2]);
        index = _one(index, 8);
        uint256 before = (index & 1 == 1 ? t[0] : 0) + (index & 2 == 2 ? t[1] : 0) + (index & 4 == 4 ? t[2] : 0);
        uint256 prefix = this.prefixSum(index, sums);
        assert(prefix == before && prefix + value <= value + t[0] + t[1] + t[2]);
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
        return SumTree.verify(
            root, sum, count, index, claimed.leaf, claimed.value, claimed.siblings, claimed.sums
        );
    }

    function fold(uint256 index, bytes32 node, uint256 value, bytes32[] calldata siblings, uint256[] calldata sums)
        external
        pure
        returns (bytes32 root, uint256 sum)
    {
        return SumTree.fold(index, node, value, siblings, sums);
    }

    function prefixSum(uint256 index, uint256[] calldata sums) external pure returns (uint256 sum) {
        return SumTree.prefixSum(index, sums);
    }

    function _claimed(bytes32 leaf, uint256 value, uint256 depth) private pure returns (Claimed memory claimed) {
        return Claimed(leaf, value, new bytes32[](depth), new uint256[](depth));
    }

    /// @dev The same number below the count, as a constant of the path: halmos wants to know where in memory things lie.
    function _one(uint256 index, uint256 count) private pure returns (uint256 known) {
        for (known = 0; known < count - 1; ++known) {
            if (index == known) return known;
        }
    }

    function _sound(uint256 index, Claimed memory one, Claimed memory two, uint256 count) private view {
        (bytes32 root, uint256 sum) =
            this.fold(index, SumTree.leafNode(one.leaf, one.value), one.value, one.siblings, one.sums);
        if (!this.verify(root, sum, count, index, one) || !this.verify(root, sum, count, index, two)) return;
        assert(one.leaf == two.leaf && one.value == two.value);
        for (uint256 i = 0; i < one.sums.length; ++i) {
            assert(one.siblings[i] == two.siblings[i] && one.sums[i] == two.sums[i]);
        }
    }
}
