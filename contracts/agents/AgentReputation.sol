// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IAgentReputation} from "../interfaces/agents/IAgentReputation.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Recovery} from "../libraries/Recovery.sol";
import {Split} from "../libraries/Split.sol";
import {BatchProofs} from "../registry/BatchProofs.sol";
import {ASSET_BURN} from "../types/AssetKind.sol";
import {Batch, BatchStatus, Opening} from "../types/Batch.sol";
import {Receipt} from "../types/Receipt.sol";

/// @title Feedback on agents that cost burned fees
contract AgentReputation is IAgentReputation, BatchProofs, EIP712 {
    uint8 private constant BEST = 100;
    bytes32 private constant FEEDBACK_TYPEHASH =
        keccak256("AgentFeedback(bytes32 agentId,bytes32 receiptDigest,uint8 score,bytes32 tag,bytes32 evidence)");

    mapping(bytes32 receiptDigest => bool yes) public hasSpoken;
    mapping(uint64 batchId => uint128 weight) public weightOf;
    mapping(bytes32 agentId => Standing standing) private _standings;
    mapping(bytes32 agentId => mapping(bytes32 tag => Standing standing)) private _tagged;

    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_)
        BatchProofs(registry_, escrow_)
        EIP712("Tallystick", "1")
    {}

    /// @inheritdoc IAgentReputation
    function giveFeedback(
        AgentFeedback calldata feedback,
        bytes calldata signature,
        Batch calldata batch,
        Opening calldata opening
    ) external {
        require(feedback.score <= BEST, AgentReputationBadScore(feedback.score));
        bool isFinal = batch.stamp.status == BatchStatus.Final && registry.isBatch(batch);
        require(isFinal, AgentReputationNotFinal(batch.id));
        (bytes32 digest,) = _openReceipt(batch.header, opening);
        _checkWord(feedback, signature, opening.receipt, digest);
        hasSpoken[digest] = true;
        uint128 weight = _takeWeight(batch, opening);
        _add(_standings[feedback.agentId], weight, feedback.score);
        _add(_tagged[feedback.agentId][feedback.tag], weight, feedback.score);
        emit FeedbackGiven(
            feedback.agentId,
            opening.receipt.consumer,
            feedback.tag,
            digest,
            feedback.score,
            weight,
            feedback.evidence
        );
    }

    /* VIEWS */

    /// @inheritdoc IAgentReputation
    function standingOf(bytes32 agentId) external view returns (Standing memory standing) {
        return _standings[agentId];
    }

    /// @inheritdoc IAgentReputation
    function standingUnder(bytes32 agentId, bytes32 tag) external view returns (Standing memory standing) {
        return _tagged[agentId][tag];
    }

    /// @inheritdoc IAgentReputation
    function feedbackDigest(AgentFeedback calldata feedback) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(FEEDBACK_TYPEHASH, feedback)));
    }

    /* PARTS */

    function _checkWord(
        AgentFeedback calldata feedback,
        bytes calldata signature,
        Receipt calldata receipt,
        bytes32 digest
    ) private view {
        bytes32 agentId = feedback.agentId;
        bool fits = agentId != 0 && receipt.agentId == agentId && feedback.receiptDigest == digest;
        require(fits, AgentReputationWrongReceipt(digest));
        require(!hasSpoken[digest], AgentReputationSpoken(digest));
        address consumer = receipt.consumer;
        address signer = Recovery.signerOf(feedbackDigest(feedback), signature);
        require(signer != address(0) && signer == consumer, AgentReputationNotConsumer(consumer));
    }

    /// @dev The burn line of the receipt, the last one. Lines that nobody convicted may still lie, but together they get no
    /// more out of a batch than it burned.
    function _takeWeight(Batch calldata batch, Opening calldata opening) private returns (uint128 weight) {
        _checkLines(opening);
        uint256 count = Split.countOf(opening.lines);
        require(count > 0, AgentReputationNoWeight(batch.id));
        Split.Line memory last = Split.lineAt(opening.lines, count - 1);
        // A packed amount fills 128 bits.
        weight = last.assetId == ASSET_BURN ? uint128(last.amount) : 0;
        uint256 taken = uint256(weightOf[batch.id]) + weight;
        require(weight > 0 && taken <= batch.header.burned, AgentReputationNoWeight(batch.id));
        weightOf[batch.id] = uint128(taken);
    }

    /// @dev One slot: all OPEN there is fits 56 bits in the escrow's books, and burns only once.
    function _add(Standing storage standing, uint128 weight, uint8 score) private {
        Standing memory now_ = standing;
        now_.weight += SafeCast.toUint96(weight);
        ++now_.count;
        now_.weighted += SafeCast.toUint96(uint256(weight) * score);
        (standing.weight, standing.count, standing.weighted) = (now_.weight, now_.count, now_.weighted);
    }
}
