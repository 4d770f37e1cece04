// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A revealed data set as the registry keeps it, in one slot.
/// @dev Its asset has owner and dates. Root and manifest digest are in `DatasetRevealed` of `revealedBlock`; the root is
/// bound by the id, so that proofs bring it along.
struct Dataset {
    uint64 bond;
    uint32 count;
    uint16 licence;
    uint40 order;
    uint40 revealedBlock;
    /// Written once, when a copied record is shown.
    uint40 convictedAt;
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
    bytes32[] siblings;
    uint256[] siblingSums;
}
