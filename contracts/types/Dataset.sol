// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a data set was convicted of. A silent one keeps its place in the order, a copy shows nothing any more.
enum Fault {
    None,
    Unopened,
    Duplicate
}

/// @notice A revealed data set as the registry keeps it, in one slot.
/// @dev Its asset has owner and dates. Root and manifest digest are in `DatasetRevealed` of `revealedBlock`; the root is
/// bound by the id, so that proofs bring it along.
struct Dataset {
    uint64 bond;
    uint32 count;
    uint16 licence;
    uint40 order;
    uint40 revealedBlock;
    /// Written once, at the first conviction.
    uint40 convictedAt;
    Fault fault;
    /// Demands that are neither answered nor closed.
    uint16 openDemands;
}

/// @notice What opens a commitment.
struct Reveal {
    /// Root hash of the record tree.
    bytes32 root;
    /// sha2-256 digest of the manifest's CIDv0.
    bytes32 manifestDigest;
    /// The commitment's salt.
    bytes32 salt;
    /// The newest version so far, a data set of the caller; zero for a first one.
    bytes32 previousId;
    /// Number of records.
    uint32 count;
    /// Licence code of the manifest, a known one.
    uint16 licence;
}

/// @notice One record of a data set with its Merkle path (specification, section 1, tags 08 and 00).
struct RecordProof {
    bytes32 datasetId;
    /// Who registered the data set: part of its id, whoever owns it now.
    address registrant;
    uint32 index;
    bytes32 salt;
    bytes path;
}

/// @notice What the registry is made with.
struct DatasetParameters {
    /// Blocks between commit and the first block that may reveal; at least 1, or a reveal could be sandwiched.
    uint64 commitDelay;
    /// Blocks after the commit from which a reveal is refused; more than the delay.
    uint64 commitExpiry;
    /// Base units a commit; more than zero. Like the next below 2^32, so that a bond of 2^32 records fits u64.
    uint64 bondBase;
    /// Base units a record, taken at reveal.
    uint64 bondPerRecord;
    /// Seconds that a data set's bond is held.
    uint64 bondHolding;
    /// Base units a demand to open a leaf: to cover the gas of the answer. More than zero.
    uint64 demandBond;
    /// Seconds to answer a demand; more than zero.
    uint64 demandWindow;
}
