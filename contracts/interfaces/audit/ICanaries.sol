// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, Opening} from "../../types/Batch.sol";

/// @title Planted receipts: false to re-execution and to nothing cheaper, with the consent of who paid for them
/// @dev One for a poster and a receipts root, fixed before receipts are drawn. A commitment that is never shown costs nothing, so
/// that posters make one for every batch and none says whether a receipt was planted.
/// @custom:invariant once: a receipt is excused at most once, in the batch that stands for its poster's commitment.
interface ICanaries {
    /// @notice The court is set, for good.
    event Wired(address indexed court);
    /// @notice A poster has fixed which receipt of a batch is planted, or that none is.
    event CanaryCommitted(address indexed poster, bytes32 indexed receiptsRoot, bytes32 commitment);
    /// @notice That receipt was planted.
    event CanaryShown(uint64 indexed batchId, bytes32 indexed receiptDigest, uint32 index);

    /// @notice Only the deployer wires.
    error CanariesNotDeployer(address caller);
    /// @notice The court is set already.
    error CanariesAlreadyWired();
    /// @notice An address must not be zero.
    error CanariesBadParameter();
    /// @notice The caller has committed for that root before, or to nothing.
    error CanariesCommitted(address poster, bytes32 receiptsRoot);
    /// @notice What is shown is not what the batch's poster committed to.
    error CanariesNotCommitted(uint64 batchId);
    /// @notice The commitment came when receipts were about to be drawn already.
    error CanariesTooLate(uint64 batchId);
    /// @notice Who posted the batch, or sold the answer, paid for it.
    error CanariesOwnReceipt(address payer);
    /// @notice The payer itself did not sign, or what it signed had expired before the commitment.
    error CanariesNoConsent(address payer);
    /// @notice This receipt was excused before.
    error CanariesShownBefore(bytes32 receiptDigest);
    /// @notice The receipt is not among those drawn, so that it needs no excuse.
    error CanariesNotDrawn(uint64 batchId, uint32 index);

    /// @notice Fixes what is planted among the receipts under that root; by their poster, best before it submits the batch.
    /// @param commitment `H(0x13 ‖ index u32 ‖ receiptDigest[32] ‖ expiresAt u64 ‖ H(consent) ‖ salt[32])`, or anything where nothing is.
    function commit(bytes32 receiptsRoot, bytes32 commitment) external;

    /// @notice Shows it: to the court while two verifiers' guilt can be appealed, or once a panel's commitments are in.
    /// @dev Anyone may who knows the salt. The court reverts at any other time.
    /// @param expiresAt Until when the consent could be committed to, seconds.
    /// @param consent The payer's signature of `consentDigest`.
    function show(
        Batch calldata batch,
        Opening calldata opening,
        uint64 expiresAt,
        bytes calldata consent,
        bytes32 salt
    ) external;

    /// @notice What the payer signs; the EIP-712 domain is this contract's.
    function consentDigest(bytes32 receiptDigest, uint64 expiresAt) external view returns (bytes32 digest);

    /// @notice What a poster committed to for a root, and when; zero where nothing.
    function commitmentOf(address poster, bytes32 receiptsRoot) external view returns (bytes32 commitment, uint64 at);

    /// @notice Whether something was committed to for that batch and nothing was shown.
    function isPending(uint64 batchId, address poster, bytes32 receiptsRoot) external view returns (bool yes);

    /// @notice The batch in which a receipt was excused; zero for none.
    function excusedIn(bytes32 receiptDigest) external view returns (uint64 batchId);

    /// @notice Sets the court, once, by the deployer.
    function wire(address court) external;

    /// @notice Who excuses.
    function court() external view returns (address found);
}
