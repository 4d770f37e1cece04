// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, Opening, SignedVoucher} from "../types/Batch.sol";
import {Receipt} from "../types/Receipt.sol";

/// @title Convicts batches for what their receipts' parties did not sign, pay or say
/// @dev Every proof needs the batch's header and openings, and neither bond nor role. It reverts on an honest batch.
interface IReceiptReferee {
    /// @notice The batch is honest in this respect.
    error ReceiptRefereeNotProven();

    /// @notice A receipt of another operator, or one that the batch's operator did not sign.
    /// @dev A signature of a wrong length, with s in the upper half or of no key is none.
    function receiptSignature(Batch calldata batch, Opening calldata opening) external;

    /// @notice A receipt leaf whose head does not follow from its receipt.
    /// @param headAfter The head in the leaf.
    /// @param value The leaf's value.
    function wrongHead(
        Batch calldata batch,
        Opening calldata opening,
        bytes32 headAfter,
        uint128 value
    ) external;

    /// @notice A voucher that does not acknowledge exactly its receipt, or that no signer of the consumer signed.
    /// @param shown The voucher that the leaf carries.
    function voucherSignature(Batch calldata batch, Opening calldata opening, SignedVoucher calldata shown) external;

    /// @notice The last receipt of a lane in the batch, other than a payment's, carries no voucher.
    /// @param next The following receipt; not read where `opening` is the batch's last.
    function voucherMissing(
        Batch calldata batch,
        Opening calldata opening,
        Opening calldata next
    ) external;

    /// @notice A receipt above the lane level that was redeemed, on a lane other than a payment's.
    function beyondRedeemed(Batch calldata batch, Opening calldata opening) external;

    /// @notice A receipt on a payment's lane for which no payment was redeemed, or another receipt was, or that carries a voucher.
    function falsePayment(Batch calldata batch, Opening calldata opening) external;

    /// @notice The operator signed another receipt for the same consumer, lane and previous level.
    /// @param other The other receipt.
    /// @param signature The operator's signature of it.
    function equivocation(
        Batch calldata batch,
        Opening calldata opening,
        Receipt calldata other,
        bytes calldata signature
    ) external;
}
