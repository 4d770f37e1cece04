// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAuditCourt} from "../interfaces/audit/IAuditCourt.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {IRewardReferee} from "../interfaces/IRewardReferee.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {TreeFaults} from "../libraries/TreeFaults.sol";
import {ASSET_INSURANCE, KIND_OPERATOR} from "../types/AssetKind.sol";
import {Batch, BatchStatus, NodeOpening, Stamp} from "../types/Batch.sol";
import {Claim, EpochEdge, EpochOpening, Proposal} from "../types/Reward.sol";
import {BatchProofs} from "../registry/BatchProofs.sol";
import {RewardProofs} from "./RewardProofs.sol";

/// @title Convicts reward proposals
contract RewardReferee is IRewardReferee, BatchProofs, RewardProofs {
    uint256 private constant FIRST_TRANCHE_PERCENT = 80;
    address private immutable _models;

    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    /// @param distributor_ The RewardDistributor.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_, IRewardDistributor distributor_)
        BatchProofs(registry_, escrow_)
        RewardProofs(distributor_)
    {
        _models = address(distributor_.models());
    }

    /* TREES */

    /// @inheritdoc IRewardReferee
    function branchSum(
        uint64 id,
        Proposal calldata proposal,
        bool epoch,
        NodeOpening calldata node,
        TreeFaults.Children calldata children
    ) external {
        (bool leads, bool guilty) = TreeFaults.branch(_rootOf(proposal, epoch), node, children);
        _check(leads, guilty);
        _convictProposal(id, proposal, "branchSum");
    }

    /// @inheritdoc IRewardReferee
    function padding(
        uint64 id,
        Proposal calldata proposal,
        bool epoch,
        NodeOpening calldata node,
        bytes32 nodeHash
    ) external {
        (bool leads, bool guilty) = TreeFaults.padding(_rootOf(proposal, epoch), node, nodeHash);
        _check(leads, guilty);
        _convictProposal(id, proposal, "padding");
    }

    /// @inheritdoc IRewardReferee
    function misplacedLeaf(
        uint64 id,
        Proposal calldata proposal,
        bool epoch,
        NodeOpening calldata node,
        bytes32 leafHash,
        uint128 value
    ) external {
        (bool leads, bool guilty) = TreeFaults.leaf(_rootOf(proposal, epoch), node, leafHash, value);
        _check(leads, guilty);
        _convictProposal(id, proposal, "misplacedLeaf");
    }

    /* LEAVES */

    /// @inheritdoc IRewardReferee
    function epochOrder(
        uint64 id,
        Proposal calldata proposal,
        EpochOpening calldata first,
        EpochOpening calldata second
    ) external {
        require(uint256(first.index) + 1 == second.index, BatchProofsBadOpening());
        _openEpoch(proposal, first);
        _openEpoch(proposal, second);
        bool ascends = _order(first, second.assetId, second.batchId, second.tranche) < 0;
        require(!ascends, RewardRefereeNotProven());
        _convictProposal(id, proposal, "epochOrder");
    }

    /// @inheritdoc IRewardReferee
    function cumulativeOrder(uint64 id, Proposal calldata proposal, Claim calldata first, Claim calldata second)
        external
    {
        require(uint256(first.index) + 1 == second.index, BatchProofsBadOpening());
        _openNew(proposal, first);
        _openNew(proposal, second);
        require(first.assetId >= second.assetId, RewardRefereeNotProven());
        _convictProposal(id, proposal, "cumulativeOrder");
    }

    /// @inheritdoc IRewardReferee
    function wrongPrevious(uint64 id, Proposal calldata proposal, Claim calldata leaf, Claim[] calldata around)
        external
    {
        _openNew(proposal, leaf);
        uint128 wanted = _previousOf(proposal.base, leaf.assetId, around);
        require(leaf.previous != wanted, RewardRefereeNotProven());
        _convictProposal(id, proposal, "wrongPrevious");
    }

    /// @inheritdoc IRewardReferee
    function epochRange(
        uint64 id,
        Proposal calldata proposal,
        Claim calldata leaf,
        EpochEdge calldata first,
        EpochEdge calldata end
    ) external {
        _openNew(proposal, leaf);
        require(first.position <= end.position, BatchProofsBadOpening());
        uint256 below = _epochBelow(proposal, first, leaf.assetId, false);
        uint256 through = _epochBelow(proposal, end, leaf.assetId, true);
        bool honest = uint256(leaf.previous) + (through - below) == leaf.cumulative;
        require(!honest, RewardRefereeNotProven());
        _convictProposal(id, proposal, "epochRange");
    }

    /// @inheritdoc IRewardReferee
    function wrongTranche(
        uint64 id,
        Proposal calldata proposal,
        EpochOpening calldata leaf,
        Earning calldata earning
    ) external {
        _openEpoch(proposal, leaf);
        bool honest = _isPaid(leaf.assetId) && registry.commitmentOf(leaf.batchId) != 0;
        if (honest) {
            require(earning.batch.id == leaf.batchId, BatchProofsBadOpening());
            honest = _isCovered(proposal, earning.batch, leaf.tranche);
        }
        if (honest) {
            uint256 earned = _earned(earning, leaf.assetId);
            honest = earned > 0 && leaf.amount == _trancheOf(earning.batch, leaf.assetId, earned, leaf.tranche);
        }
        require(!honest, RewardRefereeNotProven());
        _convictProposal(id, proposal, "wrongTranche");
    }

    /// @inheritdoc IRewardReferee
    function missingEarning(
        uint64 id,
        Proposal calldata proposal,
        bytes32 assetId,
        uint8 tranche,
        Earning calldata earning,
        EpochEdge calldata edge
    ) external {
        bool due = _isPaid(assetId) && _isCovered(proposal, earning.batch, tranche)
            && _trancheOf(earning.batch, assetId, _earned(earning, assetId), tranche) > 0;
        require(due && _isGap(proposal, edge, assetId, earning.batch.id, tranche), RewardRefereeNotProven());
        _convictProposal(id, proposal, "missingEarning");
    }

    /* VERDICTS */

    /// @inheritdoc IRewardReferee
    function forfeit(Earning calldata earning) external {
        Batch calldata batch = earning.batch;
        require(registry.isBatch(batch), BatchProofsWrongBatch(batch.id));
        bytes32 assetId = withheldOf(batch);
        require(assetId != 0, RewardRefereeNotProven());
        uint256 earned = _earned(earning, assetId);
        // Of one batch, whose total fits the books.
        distributor.takeOut(batch.id, uint112(earned - _firstOf(earned)));
    }

    /// @inheritdoc IRewardReferee
    function withheldOf(Batch calldata batch) public view returns (bytes32 assetId) {
        return _isGuilty(batch) ? _operatorAssetOf(batch.header.poster) : bytes32(0);
    }

    /* PARTS */

    /// @dev Reverts where the proposal is not the one that was made.
    function _convictProposal(uint64 id, Proposal calldata proposal, bytes32 kind) private {
        distributor.convict(id, proposal, msg.sender, kind);
    }

    function _check(bool leads, bool guilty) private pure {
        require(leads, BatchProofsBadOpening());
        require(guilty, RewardRefereeNotProven());
    }

    function _rootOf(Proposal calldata proposal, bool epoch) private pure returns (TreeFaults.Root memory root) {
        return epoch
            ? TreeFaults.Root(proposal.epochRoot, proposal.epochSum, proposal.epochCount)
            : TreeFaults.Root(proposal.cumulativeRoot, proposal.cumulativeSum, proposal.cumulativeCount);
    }

    /// @dev An activated tree stands: an asset without a leaf in it had nothing.
    function _previousOf(uint64 base, bytes32 assetId, Claim[] calldata around)
        private
        view
        returns (uint128 previous)
    {
        IRewardDistributor.Period memory period = distributor.periodOf(base);
        uint32 count = period.cumulativeCount;
        if (count == 0) return 0;
        require(around.length == 1 || around.length == 2, BatchProofsBadOpening());
        for (uint256 i = 0; i < around.length; ++i) {
            _openCumulative(period.cumulativeRoot, period.cumulativeSum, count, around[i]);
        }
        Claim calldata one = around[0];
        if (around.length == 2) {
            bool gap = uint256(one.index) + 1 == around[1].index;
            require(gap && one.assetId < assetId && assetId < around[1].assetId, BatchProofsBadOpening());
            return 0;
        }
        if (one.assetId == assetId) return one.cumulative;
        bool outside = (one.index == 0 && assetId < one.assetId)
            || (one.index == count - 1 && one.assetId < assetId);
        require(outside, BatchProofsBadOpening());
        return 0;
    }

    /// @dev Sum of all epoch leaves of assets below `assetId`, itself included where `through`, from the edge there.
    function _epochBelow(Proposal calldata proposal, EpochEdge calldata edge, bytes32 assetId, bool through)
        private
        pure
        returns (uint256 sum)
    {
        (bool hasBefore, bool hasAfter) = _openEpochEdge(proposal, edge);
        if (hasBefore) require(_isBelow(edge.around[0].assetId, assetId, through), BatchProofsBadOpening());
        if (!hasAfter) return proposal.epochSum;
        EpochOpening calldata next = edge.around[edge.around.length - 1];
        require(!_isBelow(next.assetId, assetId, through), BatchProofsBadOpening());
        return SumTree.prefixSum(next.index, next.path);
    }

    /// @dev Whether the leaf that would stand at the edge is absent.
    function _isGap(
        Proposal calldata proposal,
        EpochEdge calldata edge,
        bytes32 assetId,
        uint64 batchId,
        uint8 tranche
    ) private pure returns (bool yes) {
        (bool hasBefore, bool hasAfter) = _openEpochEdge(proposal, edge);
        yes = true;
        if (hasBefore) yes = _order(edge.around[0], assetId, batchId, tranche) < 0;
        if (hasAfter) yes = yes && _order(edge.around[edge.around.length - 1], assetId, batchId, tranche) > 0;
    }

    /// @dev Opens both sides of a place between epoch leaves.
    function _openEpochEdge(Proposal calldata proposal, EpochEdge calldata edge)
        private
        pure
        returns (bool hasBefore, bool hasAfter)
    {
        uint32 position = edge.position;
        (hasBefore, hasAfter) = (position > 0, position < proposal.epochCount);
        uint256 wanted = (hasBefore ? 1 : 0) + (hasAfter ? 1 : 0);
        bool fits = position <= proposal.epochCount && edge.around.length == wanted;
        require(fits, BatchProofsBadOpening());
        for (uint256 i = 0; i < wanted; ++i) {
            uint256 index = hasBefore ? uint256(position) - 1 + i : uint256(position);
            require(edge.around[i].index == index, BatchProofsBadOpening());
            _openEpoch(proposal, edge.around[i]);
        }
    }

    /// @dev Of a batch that was checked.
    function _earned(Earning calldata earning, bytes32 assetId) private pure returns (uint256 amount) {
        require(earning.first.position <= earning.end.position, BatchProofsBadOpening());
        uint256 below = _sumBelow(earning.batch.header, earning.first, assetId, false);
        return _sumBelow(earning.batch.header, earning.end, assetId, true) - below;
    }

    /// @dev Reserved ids are paid at finality.
    function _isPaid(bytes32 assetId) private pure returns (bool yes) {
        return assetId > ASSET_INSURANCE;
    }

    function _trancheOf(Batch calldata batch, bytes32 assetId, uint256 earned, uint8 tranche)
        private
        view
        returns (uint256 amount)
    {
        if (tranche == 0) return _firstOf(earned);
        bool isNull = assetId == _operatorAssetOf(batch.header.poster) && _isGuilty(batch);
        return isNull ? 0 : earned - _firstOf(earned);
    }

    /// @dev Whether a verdict came while the batch could still be reached by one.
    function _isGuilty(Batch calldata batch) private view returns (bool yes) {
        Stamp calldata stamp = batch.stamp;
        address court = registry.court();
        if (stamp.status != BatchStatus.Final || court == address(0)) return false;
        uint256 until = uint256(stamp.finalisedAt) + distributor.maturity();
        return IAuditCourt(court).isGuilty(batch.header.poster, stamp.submittedAt, until);
    }

    /// @dev As ModelRegistry makes it; asking it would carry proofs about several paths beyond their bound.
    function _operatorAssetOf(address operator) private view returns (bytes32 assetId) {
        return keccak256(abi.encode(block.chainid, _models, operator, KIND_OPERATOR, operator));
    }

    function _firstOf(uint256 earned) private pure returns (uint256 amount) {
        return earned * FIRST_TRANCHE_PERCENT / 100;
    }

    /// @dev Reverts where header and stamp are not the batch's.
    function _isCovered(Proposal calldata proposal, Batch calldata batch, uint8 tranche)
        private
        view
        returns (bool yes)
    {
        require(registry.isBatch(batch), BatchProofsWrongBatch(batch.id));
        if (batch.stamp.status != BatchStatus.Final || tranche > 1) return false;
        uint64 index = batch.stamp.finalityIndex;
        (uint64 from, uint64 to) = tranche == 0
            ? (proposal.finalityFrom, proposal.finalityTo)
            : (proposal.maturedFrom, proposal.maturedTo);
        return from <= index && index < to;
    }

    /// @dev -1, 0 or 1: where a leaf stands relative to the key.
    function _order(EpochOpening calldata leaf, bytes32 assetId, uint64 batchId, uint8 tranche)
        private
        pure
        returns (int256 order)
    {
        if (leaf.assetId != assetId) return leaf.assetId < assetId ? -1 : int256(1);
        if (leaf.batchId != batchId) return leaf.batchId < batchId ? -1 : int256(1);
        if (leaf.tranche != tranche) return leaf.tranche < tranche ? -1 : int256(1);
        return 0;
    }
}
