// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IReceiptReferee} from "../interfaces/IReceiptReferee.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {BatchHeader, Opening} from "../types/Batch.sol";
import {Receipt} from "../types/Receipt.sol";
import {Voucher} from "../types/Voucher.sol";
import {BatchProofs} from "./BatchProofs.sol";

/// @title Convicts batches for what their receipts' parties did not sign, pay or say
contract ReceiptReferee is IReceiptReferee, BatchProofs {
    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_) BatchProofs(registry_, escrow_) {}

    /// @inheritdoc IReceiptReferee
    function receiptSignature(uint64 batchId, BatchHeader calldata header, Opening calldata opening)
        external
        ofBatch(batchId, header)
    {
        (bytes32 digest,) = _openReceipt(header, opening);
        address operator = header.operator;
        bool honest =
            opening.receipt.operator == operator && _signerOf(digest, opening.operatorSignature) == operator;
        require(!honest, ReceiptRefereeNotProven());
        _convict(batchId, header, "receiptSignature");
    }

    /// @inheritdoc IReceiptReferee
    function wrongHead(
        uint64 batchId,
        BatchHeader calldata header,
        Opening calldata opening,
        bytes32 headAfter,
        uint128 value
    ) external ofBatch(batchId, header) {
        bytes32 digest = escrow.receiptDigest(opening.receipt);
        _openReceiptLeaf(header, opening, value, digest, headAfter);
        require(headAfter != _headAfter(opening.receipt, digest), ReceiptRefereeNotProven());
        _convict(batchId, header, "wrongHead");
    }

    /// @inheritdoc IReceiptReferee
    function voucherSignature(uint64 batchId, BatchHeader calldata header, Opening calldata opening)
        external
        ofBatch(batchId, header)
    {
        (, bytes32 head) = _openReceipt(header, opening);
        bool honest = !opening.hasVoucher || (_acknowledges(opening, head) && _isSigned(opening));
        require(!honest, ReceiptRefereeNotProven());
        _convict(batchId, header, "voucherSignature");
    }

    /// @inheritdoc IReceiptReferee
    function voucherMissing(
        uint64 batchId,
        BatchHeader calldata header,
        Opening calldata opening,
        Opening calldata next
    ) external ofBatch(batchId, header) {
        _openReceipt(header, opening);
        bool last = uint256(opening.index) + 1 == header.receiptCount;
        if (!last) {
            require(uint256(opening.index) + 1 == next.index, BatchProofsBadOpening());
            _openReceipt(header, next);
            last = !_sameLane(opening.receipt, next.receipt);
        }
        require(last && !opening.hasVoucher, ReceiptRefereeNotProven());
        _convict(batchId, header, "voucherMissing");
    }

    /// @inheritdoc IReceiptReferee
    /// @dev Lane levels only rise, so that what is above now was above at submission.
    function beyondRedeemed(uint64 batchId, BatchHeader calldata header, Opening calldata opening)
        external
        ofBatch(batchId, header)
    {
        _openReceipt(header, opening);
        Receipt calldata receipt = opening.receipt;
        uint128 redeemed = escrow.redeemedOf(receipt.consumer, header.operator, receipt.lane);
        require(receipt.cumulative > redeemed, ReceiptRefereeNotProven());
        _convict(batchId, header, "beyondRedeemed");
    }

    /// @inheritdoc IReceiptReferee
    function equivocation(
        uint64 batchId,
        BatchHeader calldata header,
        Opening calldata opening,
        Receipt calldata other,
        bytes calldata signature
    ) external ofBatch(batchId, header) {
        (bytes32 digest,) = _openReceipt(header, opening);
        bytes32 otherDigest = escrow.receiptDigest(other);
        bool same = _sameLane(opening.receipt, other) && opening.receipt.previous == other.previous
            && other.operator == header.operator;
        bool signed = _signerOf(otherDigest, signature) == header.operator;
        require(same && signed && digest != otherDigest, ReceiptRefereeNotProven());
        _convict(batchId, header, "equivocation");
    }

    /* PARTS */

    function _acknowledges(Opening calldata opening, bytes32 head) private pure returns (bool yes) {
        Voucher calldata voucher = opening.voucher;
        Receipt calldata receipt = opening.receipt;
        return voucher.consumer == receipt.consumer && voucher.operator == receipt.operator
            && voucher.lane == receipt.lane && voucher.acknowledged == receipt.cumulative && voucher.head == head;
    }

    function _isSigned(Opening calldata opening) private view returns (bool yes) {
        address signer = _signerOf(escrow.voucherDigest(opening.voucher), opening.voucherSignature);
        return signer != address(0) && escrow.wasSigner(opening.receipt.consumer, signer);
    }

    /// @dev Zero for a signature that is none.
    function _signerOf(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        (address found, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        return problem == ECDSA.RecoverError.NoError ? found : address(0);
    }
}
