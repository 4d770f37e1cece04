// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchHeader} from "../types/Batch.sol";

/// @title Settlement batches: bonded, open to proof of fraud for a window, then final
/// @dev Headers come with each call; the chain keeps their hash. Which proofs convict, the referees know.
/// @custom:invariant order: an operator's batches become final in the order of their submission.
/// @custom:invariant backed: the total of every open batch is pending in the escrow, and its bond is locked.
interface IAttributionRegistry {
    /// @notice Where a batch stands. `Voided`: an earlier batch of the operator was convicted; submit it anew.
    enum Status {
        None,
        Open,
        Final,
        Convicted,
        Voided,
        Released
    }

    /// @notice What is kept of a batch. `position` is its place in the operator's list of standing batches.
    struct Record {
        bytes32 headerHash;
        address operator;
        uint64 submittedAt;
        Status status;
        uint128 total;
        uint64 position;
        uint64 finalityIndex;
    }

    /// @notice A final batch, in the order of finality over all operators.
    struct FinalBatch {
        uint64 batchId;
        uint64 finalisedAt;
    }

    /// @notice The referees are set, for good.
    event Wired(address[] referees);
    /// @notice A batch is open to proofs.
    event BatchSubmitted(
        uint64 indexed batchId, address indexed operator, bytes32 headerHash, BatchHeader header
    );
    /// @notice A batch is final and paid.
    event BatchFinalised(uint64 indexed batchId, uint64 finalityIndex);
    /// @notice Fraud was proved; the bond is slashed.
    event BatchConvicted(uint64 indexed batchId, bytes32 indexed kind, address indexed reporter);
    /// @notice An earlier batch was convicted; this one's total is unsettled again.
    event BatchVoided(uint64 indexed batchId, uint64 indexed convictedId);
    /// @notice The bond of a voided batch is free again.
    event BatchReleased(uint64 indexed batchId);

    /// @notice Only the deployer wires.
    error AttributionRegistryNotDeployer(address caller);
    /// @notice The referees are set already.
    error AttributionRegistryAlreadyWired();
    /// @notice A constructor or wiring parameter must not be zero.
    error AttributionRegistryBadParameter();
    /// @notice Operator, poster and caller must be one.
    error AttributionRegistryNotOperator(address caller);
    /// @notice A batch holds receipts and money.
    error AttributionRegistryEmpty();
    /// @notice The reserved lines are more than the total.
    error AttributionRegistryBadShares(uint128 total, uint256 reserved);
    /// @notice The header follows another version of the parameters.
    error AttributionRegistryWrongParameters(uint32 found, uint32 wanted);
    /// @notice The header names another last batch than the operator's.
    error AttributionRegistryStaleHeader(bytes32 found, bytes32 wanted);
    /// @notice Finalise earlier batches first.
    error AttributionRegistryTooManyOpen(uint256 open);
    /// @notice The header is not the one that was submitted.
    error AttributionRegistryWrongHeader(uint64 batchId);
    /// @notice The batch does not stand where this call needs it.
    error AttributionRegistryWrongStatus(uint64 batchId, Status status);
    /// @notice Proofs are accepted until the named time.
    error AttributionRegistryWindowOpen(uint64 until);
    /// @notice An earlier batch of the operator must become final first.
    error AttributionRegistryNotNext(uint64 batchId, uint64 next);
    /// @notice Only a referee convicts.
    error AttributionRegistryNotReferee(address caller);

    /// @notice Sets the referees, once, by the deployer.
    function wire(address[] calldata referees) external;

    /// @notice Opens a batch: locks the bond and moves its total to pending.
    /// @param header Names the caller as operator and poster, and the caller's last standing batch.
    /// @return batchId From 1.
    function submitBatch(BatchHeader calldata header) external returns (uint64 batchId);

    /// @notice Makes an unconvicted batch final after its window; anyone may call.
    function finaliseBatch(uint64 batchId, BatchHeader calldata header) external;

    /// @notice Frees the bond of a voided batch after the batch's own window; anyone may call.
    function releaseVoided(uint64 batchId, BatchHeader calldata header) external;

    /// @notice Slashes a batch's bond, returns its total and voids the operator's later open batches.
    /// @dev By a referee alone, which has proved fraud of this kind. A voided batch is only slashed.
    /// @param reporter Who is rewarded.
    /// @param kind Name of the proof, as text.
    function convict(uint64 batchId, BatchHeader calldata header, address reporter, bytes32 kind) external;

    /// @notice What is known of a batch; status `None` when unknown.
    function batchOf(uint64 batchId)
        external
        view
        returns (bytes32 headerHash, uint64 submittedAt, Status status, address operator);

    /// @notice All that is kept of a batch.
    function recordOf(uint64 batchId) external view returns (Record memory record);

    /// @notice Hash of the header that the operator's next batch must name; zero for the first.
    function lastHeaderOf(address operator) external view returns (bytes32 headerHash);

    /// @notice The operator's next batch to become final; zero when none is open.
    function nextOf(address operator) external view returns (uint64 batchId);

    /// @notice Whether this header was submitted under this id.
    function isHeader(uint64 batchId, BatchHeader calldata header) external view returns (bool yes);

    /// @notice Whether a contract may convict.
    function isReferee(address account) external view returns (bool yes);

    /// @notice A final batch by its finality index, from 0.
    function finalAt(uint64 finalityIndex) external view returns (FinalBatch memory batch);

    /// @notice Number of batches submitted.
    function batchCount() external view returns (uint64 count);

    /// @notice Number of final batches.
    function finalityCount() external view returns (uint64 count);

    /// @notice Seconds in which a batch can be challenged at least.
    function challengeWindow() external view returns (uint64 window);
}
