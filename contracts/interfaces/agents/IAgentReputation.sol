// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, Opening} from "../../types/Batch.sol";

/// @title What consumers said of agents, weighed by the fees that burned behind their receipts
/// @dev After ERC-8004's reputation registry, but a word needs a receipt: one that names the agent, in a final batch.
/// @custom:invariant costly: of one batch no more weight comes than its header burned, so that weight was paid for by
/// fees which nobody got, whoever consumer, agent and operator are.
/// @custom:invariant once: a receipt speaks once.
interface IAgentReputation {
    /// @notice What was said of an agent: `score = weighted / weight`, in 0 .. 100.
    struct Standing {
        /// Base units of OPEN that burned behind all feedback.
        uint96 weight;
        uint64 count;
        /// Sum of weight times score.
        uint96 weighted;
    }

    /// @notice A consumer's word on an agent, bound to one receipt.
    struct AgentFeedback {
        bytes32 agentId;
        bytes32 receiptDigest;
        /// 0 .. 100.
        uint8 score;
        /// Free, such as the hash of a word; zero for none.
        bytes32 tag;
        /// sha2-256 digest of the CIDv0 of what explains it; zero for nothing.
        bytes32 evidence;
    }

    /// @notice A consumer's word counts.
    event FeedbackGiven(
        bytes32 indexed agentId,
        address indexed consumer,
        bytes32 indexed tag,
        bytes32 receiptDigest,
        uint8 score,
        uint128 weight,
        bytes32 evidence
    );

    /// @notice A score is 0 .. 100.
    error AgentReputationBadScore(uint8 score);
    /// @notice Only receipts of final batches speak.
    error AgentReputationNotFinal(uint64 batchId);
    /// @notice The receipt names another agent or none, or the feedback names another receipt.
    error AgentReputationWrongReceipt(bytes32 receiptDigest);
    /// @notice The receipt spoke before.
    error AgentReputationSpoken(bytes32 receiptDigest);
    /// @notice The signature is not the receipt's consumer's.
    error AgentReputationNotConsumer(address consumer);
    /// @notice Nothing burned behind the receipt, or more was claimed of the batch than it burned.
    error AgentReputationNoWeight(uint64 batchId);

    /// @notice Counts a consumer's word; anyone may bring it.
    /// @param feedback What the consumer signed.
    /// @param signature 65 bytes by the receipt's consumer over `feedbackDigest`.
    /// @param batch A final one.
    /// @param opening The receipt in it, with its lines.
    function giveFeedback(
        AgentFeedback calldata feedback,
        bytes calldata signature,
        Batch calldata batch,
        Opening calldata opening
    ) external;

    /// @notice What was said of an agent, all in all.
    function standingOf(bytes32 agentId) external view returns (Standing memory standing);

    /// @notice What was said of an agent under one tag.
    function standingUnder(bytes32 agentId, bytes32 tag) external view returns (Standing memory standing);

    /// @notice Whether a receipt spoke.
    function hasSpoken(bytes32 receiptDigest) external view returns (bool yes);

    /// @notice Weight that was taken out of a batch so far.
    function weightOf(uint64 batchId) external view returns (uint128 weight);

    /// @notice What a consumer signs, EIP-712: `AgentFeedback(bytes32 agentId,bytes32 receiptDigest,uint8 score,bytes32 tag,
    /// bytes32 evidence)`, without the blank.
    function feedbackDigest(AgentFeedback calldata feedback) external view returns (bytes32 digest);
}
