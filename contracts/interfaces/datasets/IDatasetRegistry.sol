// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dataset, RecordProof, Reveal} from "../../types/Dataset.sol";
import {ILeafDemands} from "./ILeafDemands.sol";

/// @title Data sets: bonded commit, wait, reveal; the order of commits is the order of priority
/// @dev A record counts for the first data set that committed it. Anyone convicts a later copy in one transaction.
/// @custom:invariant bonds: the registry's OPEN balance is at least the sum of open commit bonds and held data-set bonds.
interface IDatasetRegistry is ILeafDemands {
    /// @notice A commitment that waits for its reveal, bonded with `bondBase`.
    /// @dev It fills its slot, which spares a read when it is deleted. Block numbers: reveal in `[committedBlock + commitDelay, committedBlock + commitExpiry)`.
    struct Commitment {
        uint64 order;
        uint192 committedBlock;
    }

    /// @notice A commitment is bonded and has its place in the order.
    event DatasetCommitted(address indexed owner, bytes32 indexed commitment, uint64 order, uint64 bond);
    /// @notice A commitment was opened.
    event DatasetRevealed(
        bytes32 indexed datasetId,
        address indexed owner,
        bytes32 root,
        uint32 count,
        bytes32 manifestDigest,
        uint16 licence,
        uint64 order,
        uint64 bond
    );
    /// @notice A data set is the next version of another.
    event VersionRevealed(bytes32 indexed datasetId, bytes32 indexed previousId);
    /// @notice An unrevealed commitment expired and its bond was burned.
    event CommitmentForfeited(address indexed owner, bytes32 indexed commitment, uint64 burned);
    /// @notice The bond went back to the owner.
    event DatasetBondWithdrawn(bytes32 indexed datasetId, address indexed owner, uint64 bond);
    /// @notice A later data set holds a record of an earlier one.
    event DuplicateShown(bytes32 indexed datasetId, bytes32 indexed earlierId, bytes32 indexed contentHash);

    /// @notice The caller has this commitment open already.
    error DatasetRegistryCommitmentExists(bytes32 commitment);
    /// @notice The owner has no such open commitment.
    error DatasetRegistryUnknownCommitment(address owner, bytes32 commitment);
    /// @notice Too early: wait until the named block.
    error DatasetRegistryRevealTooEarly(uint256 blockNumber, uint256 fromBlock);
    /// @notice Too late: the commitment expired at the named block. Commit again.
    error DatasetRegistryCommitmentExpired(uint256 blockNumber, uint256 expiryBlock);
    /// @notice The commitment can still be revealed before the named block.
    error DatasetRegistryCommitmentOpen(uint256 blockNumber, uint256 expiryBlock);
    /// @notice A data set holds at least one record.
    error DatasetRegistryEmpty();
    /// @notice The data set has its next version already; name the newest one.
    error DatasetRegistryNotLatest(bytes32 datasetId, bytes32 nextId);
    /// @notice The bond is held until the named time.
    error DatasetRegistryBondHeld(bytes32 datasetId, uint256 until);
    /// @notice The bond is held while somebody waits for a leaf.
    error DatasetRegistryDemanded(bytes32 datasetId, uint16 openDemands);
    /// @notice The bond was withdrawn already.
    error DatasetRegistryNoBond(bytes32 datasetId);
    /// @notice The data set said to be earlier committed later, or is the same one.
    error DatasetRegistryNotEarlier(bytes32 earlierId, bytes32 laterId);
    /// @notice A constructor parameter is out of bounds.
    error DatasetRegistryBadParameter();

    /// @notice Takes the commit bond (`bondBase`) and a place in the order.
    /// @dev Commitments are kept per caller, so that a copied one blocks nobody.
    /// @param commitment `H(0b, owner, 1, root, salt)`; see `commitmentOf`.
    /// @return order Place in the order of priority, from 1.
    function commit(bytes32 commitment) external returns (uint64 order);

    /// @notice Takes several commitments, their bonds and as many places in the order, in one transfer.
    /// @param commitments As `commit` takes one.
    /// @return firstOrder Place of the first; the others follow.
    function commitMany(bytes32[] calldata commitments) external returns (uint64 firstOrder);

    /// @notice Opens a commitment and takes the rest of the data-set bond, `bondPerRecord * count`.
    /// @dev With `previousId`, as the next version; a lineage is a line without branches. A version holds what is new: a
    /// record that stands in an earlier one too convicts it like any copy.
    /// @param opened What was committed, and what goes with it.
    /// @return datasetId The new asset.
    function reveal(Reveal calldata opened) external returns (bytes32 datasetId);

    /// @notice Opens several commitments and takes the rest of their bonds in one transfer.
    /// @param opened As `reveal` takes one; a later one may be the next version of one before it.
    /// @return datasetIds The new assets.
    function revealMany(Reveal[] calldata opened) external returns (bytes32[] memory datasetIds);

    /// @notice Burns the bond of an expired commitment; anyone may call.
    /// @param owner Who committed.
    /// @param commitment The commitment.
    function forfeitCommitment(address owner, bytes32 commitment) external;

    /// @notice Pays the bond of an unconvicted data set to its owner after the holding time.
    /// @param datasetId A data set of the caller.
    function withdrawBond(bytes32 datasetId) external;

    /// @notice Convicts the later of two data sets that hold one record: half of its bond burns, 30 % go to the caller,
    /// the rest to the insurance pool. A bond that went back before is lost to nobody, and the accrual still ends.
    /// @dev An earlier data set counts although it was withdrawn or kept silent, but not as a proven copy itself.
    /// @param earlier The record in the data set that committed first.
    /// @param later The record in the other data set.
    /// @param contentHash Unsalted hash of the canonical record, the same in both.
    function proveDuplicate(RecordProof calldata earlier, RecordProof calldata later, bytes32 contentHash) external;

    /// @notice The commitment that `commit` takes.
    function commitmentOf(address owner, bytes32 root, bytes32 salt) external pure returns (bytes32 commitment);

    /// @notice An open commitment; order 0 when there is none.
    function openCommitment(address owner, bytes32 commitment) external view returns (Commitment memory open);

    /// @notice A data set; count 0 when unknown.
    function dataset(bytes32 datasetId) external view returns (Dataset memory found);

    /// @notice The version before; zero for a first one.
    function previousVersionOf(bytes32 datasetId) external view returns (bytes32 previousId);

    /// @notice The version after; zero for the newest one.
    function nextVersionOf(bytes32 datasetId) external view returns (bytes32 nextId);

    /// @notice Whole bond of a data set with `count` records, the commit bond included.
    function bondOf(uint32 count) external view returns (uint64 bond);

    /// @notice Number of commits so far.
    function commitCount() external view returns (uint64 count);

    /// @notice Blocks between commit and the first block that may reveal.
    function commitDelay() external view returns (uint64 blocks);

    /// @notice Blocks after the commit from which a reveal is refused.
    function commitExpiry() external view returns (uint64 blocks);

    /// @notice Seconds that a data-set bond is held after the reveal.
    function bondHolding() external view returns (uint64 holding);
}
