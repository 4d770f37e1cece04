// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IReceiptReferee} from "../interfaces/IReceiptReferee.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Batch, BatchHeader, Opening} from "../types/Batch.sol";
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
            opening.receipt.operator == operator && _signerOf(digest, opening.operatorSignature) == operator;
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
    function voucherSignature(Batch calldata batch, Opening calldata opening)
        external
    {
        (, bytes32 head) = _openReceipt(batch.header, opening);
        bool honest = !opening.hasVoucher || (_acknowledges(opening, head) && _isSigned(opening));
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
        require(last && !opening.hasVoucher, ReceiptRefereeNotProven());
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
        require(receipt.cumulative > redeemed, ReceiptRefereeNotProven());
        _convict(batch, "beyondRedeemed");
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
        bool signed = _signerOf(otherDigest, signature) == batch.header.operator;
        require(same && signed && digest != otherDigest, ReceiptRefereeNotProven());
        _convict(batch, "equivocation");
    }

    /* PARTS */

    function _acknowledges(Opening calldata opening, bytes32 head) private pure returns (bool yes) {
        Voucher calldata voucher = opening.voucher;
        Receipt calldata receipt = opening.receipt;
        return voucher.consumer == receipt.consumer && voucher.operator == receipt.operator
            && voucher.lane == receipt.lane && voucher.acknowledged == receipt.cumulative && voucher.head == head;
    }

    function _isSigned(Opening calldata opening) private view returns (bool yes) {
        address signer = _signerOf(_digestOf(opening.voucher), opening.voucherSignature);
        return signer != address(0) && escrow.wasSigner(opening.receipt.consumer, signer);
    }

    /// @dev Zero for a signature that is none.
    function _signerOf(bytes32 digest, bytes calldata signature) private pure returns (address signer) {
        (address found, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, signature);
        return problem == ECDSA.RecoverError.NoError ? found : address(0);
    }
}
