// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Split} from "../../../contracts/libraries/Split.sol";

/// @title What halmos proves of the split, for all fees, pots and lines of the shape named
contract SplitSymbolic {
    uint256 private constant LINE = 53;

    /// Credits are the fee: lines that are taken add up to it.
    function check_conservation0(uint128 fee, uint16[8] memory pots, bytes32[5] memory words) external view {
        _conserves(fee, pots, _lines(abi.encodePacked(words), 3));
    }

    function isSplit(uint256 fee, uint16[8] calldata pots, bytes calldata lines) external pure returns (bool yes) {
        return Split.isSplit(fee, pots, lines);
    }

    function amountAt(bytes calldata lines, uint256 index) external pure returns (uint256 amount) {
        return Split.lineAt(lines, index).amount;
    }

    function _lines(bytes memory packed, uint256 count) private pure returns (bytes memory lines) {
        lines = new bytes(count * LINE);
        for (uint256 i = 0; i < lines.length; ++i) {
            lines[i] = packed[i];
        }
    }

    function _conserves(uint256 fee, uint16[8] memory pots, bytes memory lines) private view {
        if (!this.isSplit(fee, pots, lines)) return;
        uint256 sum = 0;
        // Amounts are below 2^128, so that few of them cannot wrap.
        unchecked {
            for (uint256 i = 0; i < lines.length / LINE; ++i) {
                sum += this.amountAt(lines, i);
            }
        }
        assert(sum == fee);
    }
}
