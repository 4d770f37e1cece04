// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Claim, EpochOpening, Proposal} from "../types/Reward.sol";

/// @title Opens the leaves of reward trees
abstract contract RewardProofs {
    bytes1 private constant TAG_CUMULATIVE = 0x06;
    bytes1 private constant TAG_EPOCH = 0x07;

    /// @notice Keeps the proposals and hears the verdicts.
    IRewardDistributor public immutable distributor;

    /// @notice The proposal is not the one that was made.
    error RewardProofsWrongProposal(uint64 id);
    /// @notice An opening does not lead to the proposal's root.
    error RewardProofsBadOpening();

    /// @param distributor_ The RewardDistributor.
    constructor(IRewardDistributor distributor_) {
        distributor = distributor_;
    }

    /// @dev Reverts unless the leaf stands in the proposal's epoch tree.
    function _openEpoch(Proposal calldata proposal, EpochOpening calldata opening) internal pure {
        bytes32 leaf =
            keccak256(abi.encodePacked(TAG_EPOCH, opening.assetId, opening.batchId, opening.tranche));
        bool valid = SumTree.verify(
            proposal.epochRoot,
            proposal.epochSum,
            proposal.epochCount,
            opening.index,
            leaf,
            opening.amount,
            opening.path
        );
        require(valid, RewardProofsBadOpening());
    }

    /// @dev Reverts unless the leaf stands in the proposal's cumulative tree.
    function _openNew(Proposal calldata proposal, Claim calldata opening) internal pure {
        _openCumulative(proposal.cumulativeRoot, proposal.cumulativeSum, proposal.cumulativeCount, opening);
    }

    /// @dev Reverts unless the leaf stands under that root.
    function _openCumulative(bytes32 root, uint128 sum, uint32 count, Claim calldata opening) internal pure {
        bytes32 leaf = keccak256(abi.encodePacked(TAG_CUMULATIVE, opening.assetId, opening.previous));
        bool valid =
            SumTree.verify(root, sum, count, opening.index, leaf, opening.cumulative, opening.path);
        require(valid, RewardProofsBadOpening());
    }
}
