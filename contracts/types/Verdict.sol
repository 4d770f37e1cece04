// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a judge found out about a model on a sealed evaluation set. Gains are of the score, in parts per million.
struct Verdict {
    bytes32 modelId;
    /// The model that it was compared with.
    bytes32 incumbent;
    /// sha2-256 digest of the report's CIDv0.
    bytes32 evidence;
    /// Mean gain over the incumbent.
    int32 meanGain;
    /// Lower end of the gain's one-sided confidence interval.
    int32 lowGain;
    /// Examples that were judged on.
    uint32 examples;
}
