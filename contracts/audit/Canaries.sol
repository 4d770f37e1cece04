// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAuditCourt} from "../interfaces/audit/IAuditCourt.sol";
import {ICanaries} from "../interfaces/audit/ICanaries.sol";
import {IExcuses} from "../interfaces/audit/IExcuses.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Recovery} from "../libraries/Recovery.sol";
import {BatchProofs} from "../registry/BatchProofs.sol";
import {Batch, BatchHeader, Opening} from "../types/Batch.sol";

/// @title Planted receipts, their payers' consent, and when they may be shown
/// @dev Registry and court are fixed and call nobody back.
contract Canaries is ICanaries, BatchProofs, EIP712 {
    bytes32 private constant CONSENT_TYPEHASH = keccak256("CanaryConsent(bytes32 receiptDigest,uint64 expiresAt)");
    bytes1 private constant TAG_CANARY = 0x13;
    address private immutable _deployer;

    struct Commitment {
        bytes32 hash;
        uint64 at;
    }

    /// @inheritdoc ICanaries
    address public court;
    mapping(address poster => mapping(bytes32 receiptsRoot => Commitment made)) private _commitments;
    mapping(uint64 batchId => bool yes) private _isShown;
    /// @inheritdoc ICanaries
    mapping(bytes32 receiptDigest => uint64 batchId) public excusedIn;

    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_)
        BatchProofs(registry_, escrow_)
        EIP712("Tallystick", "1")
    {
        require(address(registry_) != address(0) && address(escrow_) != address(0), CanariesBadParameter());
        _deployer = msg.sender;
    }

    /// @inheritdoc ICanaries
    function wire(address court_) external {
        require(msg.sender == _deployer, CanariesNotDeployer(msg.sender));
        require(court == address(0), CanariesAlreadyWired());
        require(court_ != address(0), CanariesBadParameter());
        court = court_;
        emit Wired(court_);
    }

    /// @inheritdoc ICanaries
    function commit(bytes32 receiptsRoot, bytes32 commitment) external {
        Commitment storage made = _commitments[msg.sender][receiptsRoot];
        require(commitment != 0 && made.at == 0, CanariesCommitted(msg.sender, receiptsRoot));
        (made.hash, made.at) = (commitment, uint64(block.timestamp));
        emit CanaryCommitted(msg.sender, receiptsRoot, commitment);
    }

    /// @inheritdoc ICanaries
    function show(
        Batch calldata batch,
        Opening calldata opening,
        uint64 expiresAt,
        bytes calldata consent,
        bytes32 salt
    ) external {
        uint64 batchId = batch.id;
        uint32 index = opening.index;
        require(registry.isBatch(batch), BatchProofsWrongBatch(batchId));
        (bytes32 digest,) = _openReceipt(batch.header, opening);
        // What was shown once is known to whoever judges a later batch, so that nobody could be fined for it fairly.
        require(excusedIn[digest] == 0 && !_isShown[batchId], CanariesShownBefore(digest));
        Commitment memory made = _commitments[batch.header.poster][batch.header.receiptsRoot];
        bytes32 shown = keccak256(abi.encodePacked(TAG_CANARY, index, digest, expiresAt, keccak256(consent), salt));
        require(made.hash == shown, CanariesNotCommitted(batchId));
        // The draw of receipts was asked for when the window began; until then nobody knew its round.
        require(made.at <= IAuditCourt(court).auditOf(batchId).startedAt, CanariesTooLate(batchId));
        _checkPayer(batch.header, opening.receipt.consumer);
        bool agreed = made.at <= expiresAt
            && Recovery.signerOf(consentDigest(digest, expiresAt), consent) == opening.receipt.consumer;
        require(agreed, CanariesNoConsent(opening.receipt.consumer));
        (excusedIn[digest], _isShown[batchId]) = (batchId, true);
        emit CanaryShown(batchId, digest, index);
        IExcuses(court).excuse(batchId, _samplesOf(batchId, index));
    }

    /// @inheritdoc ICanaries
    function consentDigest(bytes32 receiptDigest, uint64 expiresAt) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, receiptDigest, expiresAt)));
    }

    /// @inheritdoc ICanaries
    function commitmentOf(address poster, bytes32 receiptsRoot) external view returns (bytes32 commitment, uint64 at) {
        Commitment storage made = _commitments[poster][receiptsRoot];
        return (made.hash, made.at);
    }

    /// @inheritdoc ICanaries
    function isPending(uint64 batchId, address poster, bytes32 receiptsRoot) external view returns (bool yes) {
        return _commitments[poster][receiptsRoot].at != 0 && !_isShown[batchId];
    }

    /* PARTS */

    /// @dev Whoever else the poster may be behind has paid for what it planted; nothing but the fines is at stake.
    function _checkPayer(BatchHeader calldata header, address payer) private pure {
        require(payer != header.operator && payer != header.poster, CanariesOwnReceipt(payer));
    }

    /// @dev Both bits of every sample that is this receipt.
    function _samplesOf(uint64 batchId, uint32 index) private view returns (uint256 samples) {
        uint32[] memory drawn = IAuditCourt(court).sampleOf(batchId);
        for (uint256 i = 0; i < drawn.length; ++i) {
            if (drawn[i] == index) samples |= 3 << 2 * i;
        }
        require(samples != 0, CanariesNotDrawn(batchId, index));
    }
}
