// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourtKeeper} from "./audit/ICourtKeeper.sol";
import {IOperatorStake} from "./IOperatorStake.sol";
import {IParameters} from "./IParameters.sol";
import {IUsageEscrow} from "./IUsageEscrow.sol";
import {Batch, BatchHeader, BatchStatus} from "../types/Batch.sol";

/// @title Settlement batches: bonded, open to proof of fraud for a window, then final
/// @dev Header and stamp come with each call; the chain keeps one hash of both. Which proofs convict, the referees know.
/// @custom:invariant order: an operator's batches become final in the order of their submission.
/// @custom:invariant backed: the total of every open batch is pending in the escrow, and its bond is locked.
/// @custom:invariant orphans: open batches after a convicted one never become final, and are voided before the next submission.
interface IAttributionRegistry is ICourtKeeper {
    /// @notice An operator's batches: sequences `finalised ..< next` are open, and `orphans` wait to be voided.
    struct Chain {
        uint64 next;
        uint64 finalised;
        uint64 orphans;
    }

    /// @notice The referees are set, for good.
    event Wired(address[] referees);
    /// @notice A batch is open to proofs.
    event BatchSubmitted(
        uint64 indexed batchId, address indexed operator, BatchHeader header, uint64 sequence, uint64 submittedAt
    );
    /// @notice That batch holds what a convicted one held, and is judged by the same time.
    event BatchReplaced(uint64 indexed batchId, uint64 indexed convictedId, uint64 judgedAt);
    /// @notice A batch is final and paid.
    event BatchFinalised(uint64 indexed batchId, uint64 indexed finalityIndex, uint64 finalisedAt);
    /// @notice Fraud was proved; the bond is slashed.
    event BatchConvicted(uint64 indexed batchId, bytes32 indexed kind, address indexed reporter);
    /// @notice An earlier batch was convicted; this one's total is unsettled again.
    event BatchVoided(uint64 indexed batchId);
    /// @notice The bond of a voided batch is free again.
    event BatchReleased(uint64 indexed batchId);
    /// @notice A batch cannot become final before `until`.
    event BatchHeld(uint64 indexed batchId, uint64 until);

    /// @notice Only the deployer wires.
    error AttributionRegistryNotDeployer(address caller);
    /// @notice The links are set already.
    error AttributionRegistryAlreadyWired();
    /// @notice A constructor or wiring parameter must not be zero.
    error AttributionRegistryBadParameter();
    /// @notice The caller is not the header's poster, or an operator's own batch has another poster.
    error AttributionRegistryNotPoster(address caller, address poster);
    /// @notice A batch holds receipts and money.
    error AttributionRegistryEmpty();
    /// @notice A number in the header is wider than its type.
    error AttributionRegistryUnclean();
    /// @notice The reserved lines are more than the total.
    error AttributionRegistryBadShares(uint128 total, uint256 reserved);
    /// @notice The header follows another version of the parameters.
    error AttributionRegistryWrongParameters(uint256 found, uint256 wanted);
    /// @notice The header names another last batch than the operator's.
    error AttributionRegistryStaleHeader(bytes32 found, bytes32 wanted);
    /// @notice Void the batches after the convicted one first.
    error AttributionRegistryOrphans(uint64 orphans);
    /// @notice Header and stamp are not what the chain keeps of this batch.
    error AttributionRegistryWrongBatch(uint64 batchId);
    /// @notice The batch does not stand where this call needs it.
    error AttributionRegistryWrongStatus(uint64 batchId, BatchStatus status);
    /// @notice The batch still stands: no earlier one of the operator was convicted.
    error AttributionRegistryStands(uint64 batchId);
    /// @notice Proofs are accepted until the named time.
    error AttributionRegistryWindowOpen(uint64 until);
    /// @notice Another batch of the operator must become final first, or this one waits to be voided.
    error AttributionRegistryNotNext(uint64 sequence, uint64 finalised);
    /// @notice The replacement is for another operator than the convicted batch.
    error AttributionRegistryNotReplacement(uint64 convictedId);
    /// @notice Only a referee convicts and holds.
    error AttributionRegistryNotReferee(address caller);

    /// @notice Sets the referees, once, by the deployer.
    function wire(address[] calldata referees) external;

    /// @notice Opens a batch: locks the bond and moves its total to pending.
    /// @param header Names the caller as operator and poster, and the operator's last standing batch.
    /// @return batchId From 1.
    function submitBatch(BatchHeader calldata header) external returns (uint64 batchId);

    /// @notice Opens a batch of intervals that a convicted batch of the same operator held; anyone with stake may post.
    /// @param header Names the caller as poster, who bears the bond and gets the operator pot.
    /// @return batchId Judged by the submission of the convicted batch.
    function replaceBatch(BatchHeader calldata header, Batch calldata convicted) external returns (uint64 batchId);

    /// @notice Makes an unconvicted batch final after its window; anyone may call.
    function finaliseBatch(Batch calldata batch) external;

    /// @notice Returns the total of a batch after a convicted one; anyone may call.
    function voidBatch(Batch calldata batch) external;

    /// @notice Frees the bond of a voided batch after the batch's own window; anyone may call.
    function releaseVoided(Batch calldata batch) external;

    /// @notice Slashes a batch's bond and, where it was open, returns its total and orphans the batches after it.
    /// @dev By a referee alone, which has proved fraud of this kind. A voided batch is only slashed.
    /// @param reporter Who is rewarded.
    /// @param kind Name of the proof, as text.
    function convict(Batch calldata batch, address reporter, bytes32 kind) external;

    /// @notice Keeps a batch from becoming final before `until`, in place of what held it before; by a referee alone.
    /// @dev Of the referees only DataChallenges does, and it minds all of its demands.
    function hold(uint64 batchId, uint64 until) external;

    /// @notice `H(abi.encode(headerHash, Stamp))` of a batch; zero when unknown.
    function commitmentOf(uint64 batchId) external view returns (bytes32 commitment);

    /// @notice Whether header and stamp are what the chain keeps of this batch.
    function isBatch(Batch calldata batch) external view returns (bool yes);

    /// @notice Whether the batch is open or final, and follows no convicted one.
    function stands(Batch calldata batch) external view returns (bool yes);

    /// @notice State of an operator's chain of batches.
    function chainOf(address operator) external view returns (Chain memory chain);

    /// @notice Hash of the header that the operator's next batch must name; zero for the first.
    function lastHeaderOf(address operator) external view returns (bytes32 headerHash);

    /// @notice Holds the money.
    function escrow() external view returns (IUsageEscrow found);

    /// @notice Holds the bonds.
    function stake() external view returns (IOperatorStake found);

    /// @notice Windows and bonds.
    function parameters() external view returns (IParameters found);

    /// @notice Whether a contract may convict and hold.
    function isReferee(address account) external view returns (bool yes);

    /// @notice Earliest time of finality that a referee demanded; zero for none.
    function heldUntil(uint64 batchId) external view returns (uint64 until);

    /// @notice Bond of a batch under a version of the parameters.
    function bondOf(uint128 total, uint256 version) external view returns (uint128 bond);

    /// @notice Number of batches submitted.
    function batchCount() external view returns (uint64 count);

    /// @notice Number of final batches.
    function finalityCount() external view returns (uint64 count);
}
