// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Seeds that nobody knows when they are asked for
/// @custom:invariant once: the seed of a round, once published, never changes.
interface IBeacon {
    /// @notice The seed of a round is known from now on.
    event SeedPublished(uint64 indexed round, bytes32 seed);

    /// @notice The first round whose seed nobody can know yet.
    function nextRound() external view returns (uint64 round);

    /// @notice The seed of a round; zero until it is published.
    function seedOf(uint64 round) external view returns (bytes32 seed);

    /// @notice Whether nobody at all can bias a seed; where not, deterrence needs a larger stake.
    function isUnbiasable() external view returns (bool yes);
}
