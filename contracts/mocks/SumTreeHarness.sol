// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SumTree} from "../libraries/SumTree.sol";

/// @title Lets tests call the library; never deployed with the system
contract SumTreeHarness {
    function depth(uint256 count) external pure returns (uint256 levels) {
        return SumTree.depth(count);
    }

    function verify(
        bytes32 root,
        uint256[3] calldata sumCountIndex,
        bytes32 leafHash,
        uint256 value,
        bytes32[] calldata siblings,
        uint256[] calldata siblingSums
    ) external pure returns (bool valid) {
        return SumTree.verify(
            root, sumCountIndex[0], sumCountIndex[1], sumCountIndex[2], leafHash, value, siblings, siblingSums
        );
    }

    function prefixSum(uint256 index, uint256[] calldata siblingSums) external pure returns (uint256 sum) {
        return SumTree.prefixSum(index, siblingSums);
    }
}
