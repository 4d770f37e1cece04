// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IBatchReferee} from "../interfaces/IBatchReferee.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {TreeFaults} from "../libraries/TreeFaults.sol";
import {Batch, BatchHeader, NodeOpening, Opening} from "../types/Batch.sol";
import {Receipt} from "../types/Receipt.sol";
import {BatchProofs} from "./BatchProofs.sol";

/// @title Convicts batches for their trees and for the order and joins of their receipts
contract BatchReferee is IBatchReferee, BatchProofs {
    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_) BatchProofs(registry_, escrow_) {}

    /* TREES */

    /// @inheritdoc IBatchReferee
    function branchSum(
        Batch calldata batch,
        bool credits,
        NodeOpening calldata node,
        TreeFaults.Children calldata children
    ) external {
        (bool leads, bool guilty) = TreeFaults.branch(_rootOf(batch.header, credits), node, children);
        _check(leads, guilty);
        _convict(batch, "branchSum");
    }

    /// @inheritdoc IBatchReferee
    function padding(
        Batch calldata batch,
        bool credits,
        NodeOpening calldata node,
        bytes32 nodeHash
    ) external {
        (bool leads, bool guilty) = TreeFaults.padding(_rootOf(batch.header, credits), node, nodeHash);
        _check(leads, guilty);
        _convict(batch, "padding");
    }

    /// @inheritdoc IBatchReferee
    function misplacedLeaf(
        Batch calldata batch,
        bool credits,
        NodeOpening calldata node,
        bytes32 leafHash,
        uint128 value
    ) external {
        (bool leads, bool guilty) = TreeFaults.leaf(_rootOf(batch.header, credits), node, leafHash, value);
        _check(leads, guilty);
        _convict(batch, "misplacedLeaf");
    }

    /* RECEIPTS */

    /// @inheritdoc IBatchReferee
    function leafValue(Batch calldata batch, Opening calldata opening, uint128 value)
        external
    {
        _openReceiptAt(batch.header, opening, value);
        (uint128 previous, uint128 cumulative) = (opening.receipt.previous, opening.receipt.cumulative);
        bool honest = cumulative > previous && value == cumulative - previous;
        require(!honest, BatchRefereeNotProven());
        _convict(batch, "leafValue");
    }

    /// @inheritdoc IBatchReferee
    function receiptOrder(
        Batch calldata batch,
        Opening calldata first,
        Opening calldata second
    ) external {
        _openNeighbours(batch.header, first, second);
        require(!_ascends(first.receipt, second.receipt), BatchRefereeNotProven());
        _convict(batch, "receiptOrder");
    }

    /// @inheritdoc IBatchReferee
    function laneJoin(Batch calldata batch, Opening calldata first, Opening calldata second)
        external
    {
        bytes32 head = _openNeighbours(batch.header, first, second);
        bool joined =
            second.receipt.previous == first.receipt.cumulative && second.receipt.previousHead == head;
        require(_sameLane(first.receipt, second.receipt) && !joined, BatchRefereeNotProven());
        _convict(batch, "laneJoin");
    }

    /// @inheritdoc IBatchReferee
    /// @dev A batch that stands now stood when the later one came in: nothing is appended before orphans are voided.
    function overlap(
        Batch calldata batch,
        Opening calldata opening,
        Batch calldata earlierBatch,
        Opening calldata earlier
    ) external {
        _openReceipt(batch.header, opening);
        _openReceipt(earlierBatch.header, earlier);
        Receipt calldata a = earlier.receipt;
        Receipt calldata b = opening.receipt;
        bool overlaps = _sameLane(a, b) && a.previous < b.cumulative && b.previous < a.cumulative;
        bool before = earlierBatch.id < batch.id && earlierBatch.header.operator == batch.header.operator;
        require(overlaps && before && registry.stands(earlierBatch), BatchRefereeNotProven());
        _convict(batch, "overlap");
    }

    /* PARTS */

    function _check(bool leads, bool guilty) private pure {
        require(leads, BatchProofsBadOpening());
        require(guilty, BatchRefereeNotProven());
    }

    function _rootOf(BatchHeader calldata header, bool credits) private pure returns (TreeFaults.Root memory root) {
        return credits
            ? TreeFaults.Root(header.creditsRoot, header.total, header.creditCount)
            : TreeFaults.Root(header.receiptsRoot, header.total, header.receiptCount);
    }

    function _openNeighbours(BatchHeader calldata header, Opening calldata first, Opening calldata second)
        private
        view
        returns (bytes32 head)
    {
        require(uint256(first.index) + 1 == second.index, BatchProofsBadOpening());
        (, head) = _openReceipt(header, first);
        _openReceipt(header, second);
    }

    function _ascends(Receipt calldata a, Receipt calldata b) private pure returns (bool yes) {
        if (a.consumer != b.consumer) return a.consumer < b.consumer;
        if (a.lane != b.lane) return a.lane < b.lane;
        return a.cumulative < b.cumulative;
    }
}
