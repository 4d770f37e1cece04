// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One version of the protocol's parameters. It fills one slot, and never changes once it is in force.
struct ParameterSet {
    /// From 1; batches and proposals keep to the version under which they were submitted.
    uint24 version;
    /// Seconds in which a batch can be challenged.
    uint24 challengeWindow;
    /// Seconds in which a reward proposal can be challenged.
    uint24 rewardWindow;
    /// Seconds to answer a challenge of data.
    uint24 responseWindow;
    /// Part of a slash that burns, in basis points; at least half.
    uint16 burnedBps;
    /// Part of a slash that goes to the reporter, in basis points.
    uint16 reporterBps;
    /// What the burned part of a bond covers of a batch's total, in percent.
    uint16 coverPercent;
    /// Bond of a reward proposal, in base units of OPEN.
    uint56 proposalBond;
    /// Launch cap on what the escrow holds, in base units of OPEN.
    uint56 depositCap;
}
