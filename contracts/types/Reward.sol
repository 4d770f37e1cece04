// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A proposed reward period; specification, section 7. Ranges are half-open, over finality indices.
struct Proposal {
    bytes32 epochRoot;
    uint128 epochSum;
    uint32 epochCount;
    bytes32 cumulativeRoot;
    uint128 cumulativeSum;
    uint32 cumulativeCount;
    /// sha2-256 digest of the CIDv0 of the file that holds both trees.
    bytes32 dataDigest;
    /// Batches whose tranche 0 the epoch pays.
    uint64 finalityFrom;
    uint64 finalityTo;
    /// Batches whose tranche 1 the epoch pays.
    uint64 maturedFrom;
    uint64 maturedTo;
    /// Number of the period that it follows.
    uint64 base;
}

/// @notice One asset's cumulative leaf with its path, 48 bytes a level: the sibling's hash, and its sum as u128.
struct Claim {
    bytes32 assetId;
    uint128 previous;
    uint128 cumulative;
    uint32 index;
    bytes path;
}

/// @notice An epoch leaf with its path.
struct EpochOpening {
    bytes32 assetId;
    uint64 batchId;
    uint8 tranche;
    uint128 amount;
    uint32 index;
    bytes path;
}

/// @notice A place between epoch leaves: the leaf before it and the leaf at it, where there are such.
struct EpochEdge {
    uint32 position;
    EpochOpening[] around;
}
