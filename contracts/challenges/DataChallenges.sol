// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IDataChallenges} from "../interfaces/challenges/IDataChallenges.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {BatchProofs} from "../registry/BatchProofs.sol";
import {Batch, BatchStatus, CreditOpening, Opening, SignedVoucher} from "../types/Batch.sol";
import {ParameterSet} from "../types/ParameterSet.sol";
import {ChallengeBook} from "./ChallengeBook.sol";

/// @title Convicts batches whose data nobody publishes
contract DataChallenges is IDataChallenges, ChallengeBook, BatchProofs {
    uint8 private constant RECEIPT = 0;
    uint8 private constant CREDIT = 1;
    uint8 private constant ORIGIN = 2;

    /// @notice Windows.
    IParameters public immutable parameters;

    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_) BatchProofs(registry_, escrow_) {
        parameters = registry_.parameters();
    }

    /// @inheritdoc IDataChallenges
    function challenge(Batch calldata batch, uint8 kind, uint32 index) external payable {
        _check(batch);
        require(batch.stamp.status == BatchStatus.Open, ChallengeBookClosed(batch.id));
        require(index < _countOf(batch, kind), ChallengeBookNoLeaf(kind, index));
        ParameterSet memory set = parameters.atVersion(batch.header.parameterVersion);
        require(_isBefore(batch, set.challengeWindow, DEMANDS_END), ChallengeBookClosed(batch.id));
        uint64 deadline = _open(batch.id, kind, index, set.responseWindow);
        // As long again to convict.
        registry.hold(batch.id, deadline + set.responseWindow);
    }

    /// @inheritdoc IDataChallenges
    function answerReceipt(Batch calldata batch, Opening calldata opening, SignedVoucher calldata shown) external {
        _check(batch);
        _openReceipt(batch.header, opening);
        _checkLines(opening);
        if (opening.voucherHash != bytes32(0)) _checkVoucher(opening, shown);
        _end(batch, RECEIPT, opening.index);
    }

    /// @inheritdoc IDataChallenges
    function answerCredit(Batch calldata batch, CreditOpening calldata credit) external {
        _check(batch);
        _openCredit(batch.header, credit);
        _end(batch, CREDIT, credit.index);
    }

    /// @inheritdoc IDataChallenges
    function answerOrigin(
        Batch calldata batch,
        Opening calldata opening,
        Batch calldata convicted,
        Opening calldata origin,
        bytes32 headAfter,
        uint128 value
    ) external {
        _check(batch);
        _check(convicted);
        require(convicted.id == batch.stamp.replaces, BatchProofsWrongBatch(convicted.id));
        (bytes32 digest,) = _openReceipt(batch.header, opening);
        bytes32 known = _digestOf(origin.receipt);
        require(digest == known, ChallengeBookWrongLeaf(origin.index));
        _openReceiptLeaf(convicted.header, origin, value, known, headAfter);
        _end(batch, ORIGIN, opening.index);
    }

    /// @inheritdoc IDataChallenges
    function convictSilent(Batch calldata batch, uint8 kind, uint32 index) external {
        address challenger = _close(batch.id, kind, index, true);
        registry.convict(batch, challenger, "withheld");
    }

    /// @inheritdoc IDataChallenges
    function reclaim(Batch calldata batch, uint8 kind, uint32 index) external {
        _check(batch);
        BatchStatus status = batch.stamp.status;
        require(
            status != BatchStatus.Open && status != BatchStatus.Voided, ChallengeBookConvictable(batch.id)
        );
        _close(batch.id, kind, index, false);
    }

    /// @dev The last answer in time ends what demands held. While one is open the longest hold stands.
    function _end(Batch calldata batch, uint8 kind, uint32 index) private {
        _answer(batch.id, kind, index);
        if (openOf[batch.id] > 0) return;
        uint64 window = parameters.atVersion(batch.header.parameterVersion).challengeWindow;
        if (_isBefore(batch, window, ANSWERS_END)) registry.hold(batch.id, 0);
    }

    /// @dev A window that has not begun has not ended either.
    function _isBefore(Batch calldata batch, uint64 window, uint64 part) private view returns (bool yes) {
        uint64 from = registry.windowFrom(batch);
        return from > block.timestamp || block.timestamp < parameters.endOf(from, _without(window, part));
    }

    function _check(Batch calldata batch) private view {
        require(registry.isBatch(batch), BatchProofsWrongBatch(batch.id));
    }

    function _countOf(Batch calldata batch, uint8 kind) private pure returns (uint256 count) {
        if (kind == CREDIT) return batch.header.creditCount;
        bool known = kind == RECEIPT || (kind == ORIGIN && batch.stamp.replaces != 0);
        return known ? batch.header.receiptCount : 0;
    }
}
