// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "./Receipt.sol";
import {Voucher} from "./Voucher.sol";

/// @notice What an operator says of a batch; specification, section 6.
/// @dev All members are static: `headerHash = keccak256(abi.encode(BatchHeader))`.
struct BatchHeader {
    address operator;
    address poster;
    bytes32 receiptsRoot;
    bytes32 creditsRoot;
    /// Sum of both trees.
    uint128 total;
    uint128 burned;
    uint128 audit;
    uint128 insurance;
    uint32 receiptCount;
    uint32 creditCount;
    /// sha2-256 digest of the batch file's CIDv0.
    bytes32 dataDigest;
    /// Hash of the operator's last batch that stands; zero for the first.
    bytes32 previousHeader;
    uint32 parameterVersion;
}

/// @notice Where a batch stands. `Voided`: an earlier batch of the operator was convicted; submit it anew.
enum BatchStatus {
    None,
    Open,
    Final,
    Convicted,
    Voided,
    Released
}

/// @notice What happened to a batch. The chain keeps its hash with the header's, and events tell it.
struct Stamp {
    uint64 submittedAt;
    /// Submission that the batch is judged by: its own, or that of the batch that it replaces.
    uint64 judgedAt;
    /// Place in the operator's chain of standing batches, from 0.
    uint64 sequence;
    /// The convicted batch that it replaces; zero for none.
    uint64 replaces;
    BatchStatus status;
    /// Place among all final batches, from 0, and when it became final; zero until then.
    uint64 finalityIndex;
    uint64 finalisedAt;
}

/// @notice A batch as each call about it names it.
struct Batch {
    uint64 id;
    BatchHeader header;
    Stamp stamp;
}

/// @notice A receipt leaf with its Merkle path, 48 bytes a level from the leaf up: the sibling's hash, and its sum as u128.
struct Opening {
    Receipt receipt;
    /// Packed lines, 53 bytes each; only proofs about lines read them.
    bytes lines;
    bytes operatorSignature;
    /// `keccak256(voucherDigest ‖ keccak256(signature))`; zero where the leaf carries no voucher.
    bytes32 voucherHash;
    uint32 index;
    bytes path;
}

/// @notice A voucher as a leaf commits to it.
struct SignedVoucher {
    Voucher voucher;
    bytes signature;
}

/// @notice A credit leaf with its Merkle path.
struct CreditOpening {
    bytes32 assetId;
    uint32 receiptIndex;
    uint16 lineIndex;
    uint128 amount;
    uint32 index;
    bytes path;
}

/// @notice A place between credits: the credit before it, where there is one, then the credit at it, where there is one.
struct Edge {
    uint32 position;
    CreditOpening[] around;
}

/// @notice A node of a tree with its path; as many levels as the node is deep.
struct NodeOpening {
    uint32 index;
    uint256 sum;
    bytes path;
}

/// @notice A leaf of a training manifest or retrieval index with its path; all zero but the path where it is padding.
struct Member {
    bool isPadding;
    bytes32 datasetId;
    bytes32 datasetRoot;
    uint128 weight;
    bytes path;
}

/// @notice A place in such a tree, with the leaf before it and the one at it, where there are such.
struct MemberGap {
    uint32 position;
    Member[] around;
}
