// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ParameterSet} from "../types/ParameterSet.sol";

/// @title What a batch's poster stands to lose; specification, section 8
library Bonds {
    uint256 private constant FULL_BPS = 10_000;

    /// @notice `ceil(total * coverPercent / 100 * 10^4 / burnedBps)`: the burned part alone covers what could be stolen.
    function bond(uint128 total, ParameterSet memory set) internal pure returns (uint128 amount) {
        uint256 covered = uint256(total) * set.coverPercent * FULL_BPS;
        return SafeCast.toUint128(Math.ceilDiv(covered, 100 * uint256(set.burnedBps)));
    }
}
