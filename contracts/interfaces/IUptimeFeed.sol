// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Says since when a roll-up's sequencer is up or down
/// @dev The part of Chainlink's L2 sequencer uptime feeds that is read. A new round begins with each change of status.
interface IUptimeFeed {
    /// @notice The newest round.
    /// @param roundId Counts up by one within a phase of the feed.
    /// @param answer 0 where the sequencer is up, 1 where it is down.
    /// @param startedAt When this status began.
    /// @param updatedAt Not read.
    /// @param answeredInRound Not read.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice An earlier round, with the values that `latestRoundData` had then.
    function getRoundData(uint80 id)
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
