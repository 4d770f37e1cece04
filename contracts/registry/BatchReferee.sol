// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IBatchReferee} from "../interfaces/IBatchReferee.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {TreeFaults} from "../libraries/TreeFaults.sol";
import {BatchHeader, NodeOpening, Opening} from "../types/Batch.sol";
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
        uint64 batchId,
        BatchHeader calldata header,
        bool credits,
        NodeOpening calldata node,
        TreeFaults.Children calldata children
    ) external ofBatch(batchId, header) {
        (bool leads, bool guilty) = TreeFaults.branch(_rootOf(header, credits), node, children);
        _check(leads, guilty);
        _convict(batchId, header, "branchSum");
    }

    /// @inheritdoc IBatchReferee
    function padding(
        uint64 batchId,
        BatchHeader calldata header,
        bool credits,
        NodeOpening calldata node,
        bytes32 nodeHash
    ) external ofBatch(batchId, header) {
        (bool leads, bool guilty) = TreeFaults.padding(_rootOf(header, credits), node, nodeHash);
        _check(leads, guilty);
        _convict(batchId, header, "padding");
    }

    /// @inheritdoc IBatchReferee
    function misplacedLeaf(
        uint64 batchId,
        BatchHeader calldata header,
        bool credits,
        NodeOpening calldata node,
        bytes32 leafHash
    ) external ofBatch(batchId, header) {
        (bool leads, bool guilty) = TreeFaults.leaf(_rootOf(header, credits), node, leafHash);
        _check(leads, guilty);
        _convict(batchId, header, "misplacedLeaf");
    }

    /* RECEIPTS */

    /// @inheritdoc IBatchReferee
    function leafValue(uint64 batchId, BatchHeader calldata header, Opening calldata opening, uint128 value)
        external
        ofBatch(batchId, header)
    {
        _openReceiptAt(header, opening, value);
        (uint128 previous, uint128 cumulative) = (opening.receipt.previous, opening.receipt.cumulative);
        bool honest = cumulative > previous && value == cumulative - previous;
        require(!honest, BatchRefereeNotProven());
        _convict(batchId, header, "leafValue");
    }

    /// @inheritdoc IBatchReferee
    function receiptOrder(
        uint64 batchId,
        BatchHeader calldata header,
        Opening calldata first,
        Opening calldata second
    ) external ofBatch(batchId, header) {
        _openNeighbours(header, first, second);
        require(!_ascends(first.receipt, second.receipt), BatchRefereeNotProven());
        _convict(batchId, header, "receiptOrder");
    }

    /// @inheritdoc IBatchReferee
    function laneJoin(uint64 batchId, BatchHeader calldata header, Opening calldata first, Opening calldata second)
        external
        ofBatch(batchId, header)
    {
        bytes32 head = _openNeighbours(header, first, second);
        bool joined =
            second.receipt.previous == first.receipt.cumulative && second.receipt.previousHead == head;
        require(_sameLane(first.receipt, second.receipt) && !joined, BatchRefereeNotProven());
        _convict(batchId, header, "laneJoin");
    }

    /// @inheritdoc IBatchReferee
    function overlap(
        uint64 batchId,
        BatchHeader calldata header,
        Opening calldata opening,
        uint64 earlierId,
        BatchHeader calldata earlierHeader,
        Opening calldata earlier
    ) external ofBatch(batchId, header) ofBatch(earlierId, earlierHeader) {
        _openReceipt(header, opening);
        _openReceipt(earlierHeader, earlier);
        Receipt calldata a = earlier.receipt;
        Receipt calldata b = opening.receipt;
        bool overlaps = _sameLane(a, b) && a.previous < b.cumulative && b.previous < a.cumulative;
        bool before = earlierId < batchId && earlierHeader.operator == header.operator;
        require(overlaps && before && _stands(earlierId), BatchRefereeNotProven());
        _convict(batchId, header, "overlap");
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

    function _stands(uint64 batchId) private view returns (bool yes) {
        (,, IAttributionRegistry.Status status,) = registry.batchOf(batchId);
        return status == IAttributionRegistry.Status.Open || status == IAttributionRegistry.Status.Final;
    }
}
