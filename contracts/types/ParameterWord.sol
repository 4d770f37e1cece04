// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A `ParameterSet` as its slot holds it, first member lowest: what contracts hand each other, since nine words cost
/// more to encode and decode than what is read of them. Only `Parameters` makes one, so that every part is in its bounds.
type ParameterWord is uint256;

using {version, challengeWindow, rewardWindow, burnedBps, reporterBps, coverPercent, proposalBond} for ParameterWord global;

/// @dev Zero: no such version.
function version(ParameterWord word) pure returns (uint24) {
    return uint24(ParameterWord.unwrap(word));
}

function challengeWindow(ParameterWord word) pure returns (uint24) {
    return uint24(ParameterWord.unwrap(word) >> 24);
}

function rewardWindow(ParameterWord word) pure returns (uint24) {
    return uint24(ParameterWord.unwrap(word) >> 48);
}

function burnedBps(ParameterWord word) pure returns (uint16) {
    return uint16(ParameterWord.unwrap(word) >> 96);
}

function reporterBps(ParameterWord word) pure returns (uint16) {
    return uint16(ParameterWord.unwrap(word) >> 112);
}

function coverPercent(ParameterWord word) pure returns (uint16) {
    return uint16(ParameterWord.unwrap(word) >> 128);
}

function proposalBond(ParameterWord word) pure returns (uint56) {
    return uint56(ParameterWord.unwrap(word) >> 144);
}
