// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Split} from "../libraries/Split.sol";
import {PlainSplit} from "./PlainSplit.sol";

/// @title Lets tests call the split library beside its plain form; never deployed with the system
contract SplitHarness {
    /// @notice Whether the lines are the split, by the library and by its plain form, and the gas of each.
    function splits(uint256 fee, uint16[8] calldata bps, bytes calldata lines)
        external
        view
        returns (bool[2] memory answers, uint256[2] memory costs)
    {
        uint16[8] memory pots = bps;
        costs[0] = gasleft();
        answers[0] = Split.isSplit(fee, pots, lines);
        costs[0] -= gasleft();
        costs[1] = gasleft();
        answers[1] = PlainSplit.isSplit(fee, pots, lines);
        costs[1] -= gasleft();
    }

    /// @notice The line by the library and by its plain form, as words: asset, pot, ppm, amount.
    function linesAt(bytes calldata lines, uint256 index) external pure returns (uint256[8] memory words) {
        Split.Line memory a = Split.lineAt(lines, index);
        PlainSplit.Line memory b = PlainSplit.lineAt(lines, index);
        (words[0], words[1], words[2], words[3]) = (uint256(a.assetId), a.pot, a.ppm, a.amount);
        (words[4], words[5], words[6], words[7]) = (uint256(b.assetId), b.pot, b.ppm, b.amount);
    }
}
