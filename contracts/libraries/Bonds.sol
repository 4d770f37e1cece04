// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ParameterWord} from "../types/ParameterWord.sol";

/// @title What a batch's poster stands to lose; specification, section 8
library Bonds {
    uint256 private constant FULL_BPS = 10_000;

    /// @notice `ceil(total * coverPercent / 100 * 10^4 / burnedBps)`: the burned part alone covers what could be stolen.
    function bond(uint128 total, ParameterWord set) internal pure returns (uint128 amount) {
        // 128 bits times 16 times 14 stay below 256, and at least half of a slash burns.
        unchecked {
            uint256 divisor = 100 * uint256(set.burnedBps());
            uint256 covered = uint256(total) * set.coverPercent() * FULL_BPS;
            return SafeCast.toUint128((covered + divisor - 1) / divisor);
        }
    }
}
