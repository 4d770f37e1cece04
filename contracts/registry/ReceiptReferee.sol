// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IReceiptReferee} from "../interfaces/IReceiptReferee.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Recovery} from "../libraries/Recovery.sol";
import {Batch, Opening, SignedVoucher} from "../types/Batch.sol";
import {REDEEMED, isPaymentLane} from "../types/Lanes.sol";
import {Receipt} from "../types/Receipt.sol";
import {Voucher} from "../types/Voucher.sol";
import {BatchProofs} from "./BatchProofs.sol";

/// @title Convicts batches for what their receipts' parties did not sign, pay or say
contract ReceiptReferee is IReceiptReferee, BatchProofs {
    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_) BatchProofs(registry_, escrow_) {}

    /// @inheritdoc IReceiptReferee
    function receiptSignature(Batch calldata batch, Opening calldata opening)
        external
    {
        (bytes32 digest,) = _openReceipt(batch.header, opening);
        address operator = batch.header.operator;
        bool honest =
            opening.receipt.operator == operator && Recovery.signerOf(digest, opening.operatorSignature) == operator;
        require(!honest, ReceiptRefereeNotProven());
        _convict(batch, "receiptSignature");
    }

    /// @inheritdoc IReceiptReferee
    function wrongHead(
        Batch calldata batch,
        Opening calldata opening,
        bytes32 headAfter,
        uint128 value
    ) external {
        bytes32 digest = _digestOf(opening.receipt);
        _openReceiptLeaf(batch.header, opening, value, digest, headAfter);
        require(headAfter != _headAfter(opening.receipt, digest), ReceiptRefereeNotProven());
        _convict(batch, "wrongHead");
    }

    /// @inheritdoc IReceiptReferee
    function voucherSignature(Batch calldata batch, Opening calldata opening, SignedVoucher calldata shown) external {
        (, bytes32 head) = _openReceipt(batch.header, opening);
        bytes32 digest = _checkVoucher(opening, shown);
        bool honest = _acknowledges(shown.voucher, opening.receipt, head)
            && _isSigned(opening.receipt.consumer, digest, shown.signature);
        require(!honest, ReceiptRefereeNotProven());
        _convict(batch, "voucherSignature");
    }

    /// @inheritdoc IReceiptReferee
    function voucherMissing(
        Batch calldata batch,
        Opening calldata opening,
        Opening calldata next
    ) external {
        _openReceipt(batch.header, opening);
        bool last = uint256(opening.index) + 1 == batch.header.receiptCount;
        if (!last) {
            require(uint256(opening.index) + 1 == next.index, BatchProofsBadOpening());
            _openReceipt(batch.header, next);
            last = !_sameLane(opening.receipt, next.receipt);
        }
        bool excused = isPaymentLane(opening.receipt.lane);
        require(last && !excused && opening.voucherHash == bytes32(0), ReceiptRefereeNotProven());
        _convict(batch, "voucherMissing");
    }

    /// @inheritdoc IReceiptReferee
    /// @dev Lane levels only rise, so that what is above now was above at submission.
    function beyondRedeemed(Batch calldata batch, Opening calldata opening)
        external
    {
        _openReceipt(batch.header, opening);
        Receipt calldata receipt = opening.receipt;
        uint128 redeemed = escrow.redeemedOf(receipt.consumer, batch.header.operator, receipt.lane);
        require(receipt.cumulative > redeemed && !isPaymentLane(receipt.lane), ReceiptRefereeNotProven());
        _convict(batch, "beyondRedeemed");
    }

    /// @inheritdoc IReceiptReferee
    /// @dev Of the lanes' operator, whoever posted; what was redeemed for a payment never changes.
    function falsePayment(Batch calldata batch, Opening calldata opening) external {
        (bytes32 digest,) = _openReceipt(batch.header, opening);
        Receipt calldata receipt = opening.receipt;
        require(isPaymentLane(receipt.lane), ReceiptRefereeNotProven());
        uint256 redeemed = escrow.paymentOf(receipt.consumer, batch.header.operator, receipt.lane);
        bool honest = opening.voucherHash == bytes32(0) && redeemed == REDEEMED | uint256(digest);
        require(!honest, ReceiptRefereeNotProven());
        _convict(batch, "falsePayment");
    }

    /// @inheritdoc IReceiptReferee
    function equivocation(
        Batch calldata batch,
        Opening calldata opening,
        Receipt calldata other,
        bytes calldata signature
    ) external {
        (bytes32 digest,) = _openReceipt(batch.header, opening);
        bytes32 otherDigest = _digestOf(other);
        bool same = _sameLane(opening.receipt, other) && opening.receipt.previous == other.previous
            && other.operator == batch.header.operator;
        bool signed = Recovery.signerOf(otherDigest, signature) == batch.header.operator;
        require(same && signed && digest != otherDigest, ReceiptRefereeNotProven());
        _convict(batch, "equivocation");
    }

    /* PARTS */

    function _acknowledges(Voucher calldata voucher, Receipt calldata receipt, bytes32 head)
        private
        pure
        returns (bool yes)
    {
        return voucher.consumer == receipt.consumer && voucher.operator == receipt.operator
            && voucher.lane == receipt.lane && voucher.acknowledged == receipt.cumulative && voucher.head == head;
    }

    function _isSigned(address consumer, bytes32 digest, bytes calldata signature) private view returns (bool yes) {
        address signer = Recovery.signerOf(digest, signature);
        return signer != address(0) && escrow.wasSigner(consumer, signer);
    }
}
