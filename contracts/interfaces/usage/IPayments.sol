// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../../types/Receipt.sol";

/// @title Payments for one answer each: a signed transfer of OPEN (ERC-3009, x402 `exact`) to an operator's inbox
/// @dev The transfer names the inbox, so that its signature binds the operator. Each becomes a lane of its own, of a number that
/// its nonce gives, in `[2^52, 2^53)`.
/// @custom:invariant once: a payment is credited once, and its value is redeemed, or given back, or both in parts that sum to it.
/// @custom:invariant exits: what an operator has not redeemed goes back to its payer, in OPEN and not as balance.
interface IPayments {
    /// @notice What the payer signed, but for the receiver, which is the operator's inbox.
    struct PaymentTransfer {
        address payer;
        address operator;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }

    /// @notice An operator may redeem this payment, until somebody takes it back after `thawEndsAt`.
    event PaymentCredited(
        address indexed payer,
        address indexed operator,
        uint64 indexed lane,
        bytes32 nonce,
        uint256 value,
        uint64 thawEndsAt
    );
    /// @notice A payment paid for the answer of this receipt; the rest of its value went back to the payer.
    event PaymentRedeemed(
        address indexed payer, address indexed operator, uint64 indexed lane, uint256 amount, bytes32 receipt
    );
    /// @notice OPEN of a payment went back to its payer.
    event PaymentReturned(address indexed payer, address indexed operator, uint64 indexed lane, uint256 amount);

    /// @notice OPEN did not execute this transfer to this operator's inbox.
    error PaymentsNotExecuted(address payer, bytes32 nonce);
    /// @notice The payment was credited before, or another took its lane.
    error PaymentsLaneTaken(uint64 lane);
    /// @notice There is no such payment, or it is redeemed or given back.
    error PaymentsNotOpen(uint64 lane);
    /// @notice The receipt is not one that begins a lane and ends within the payment's value.
    error PaymentsBadReceipt(uint256 amount, uint256 value);
    /// @notice The operator did not sign the receipt.
    error PaymentsNotSigned(address operator);
    /// @notice Until then only the operator gives the payment back.
    error PaymentsThawing(uint64 until);

    /// @notice Carries out the payer's signed transfer, unless that was done already, and credits it.
    /// @dev Whoever else submits the transfer to OPEN first does no harm.
    /// @return lane The payment's.
    function settlePayment(PaymentTransfer calldata transfer, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint64 lane);

    /// @notice Credits a transfer that OPEN has executed, whoever submitted it. While deposits are paused or the launch cap is
    /// reached the value goes back to the payer instead.
    /// @return lane The payment's.
    function creditPayment(address payer, address operator, uint256 value, bytes32 nonce)
        external
        returns (uint64 lane);

    /// @notice Pays for the answer of a receipt, once: raises the operator's unsettled money, gives the rest back.
    /// @dev Anyone may bring it: the operator's signature is its consent.
    /// @param receipt On the payment's lane, from 0 to at most the payment's value.
    /// @param signature The operator's, 65 bytes `r, s, v`.
    function redeemPayment(Receipt calldata receipt, bytes calldata signature) external;

    /// @notice Gives an open payment back to its payer: the operator at any time, anyone once it has thawed.
    function returnPayment(address payer, address operator, uint64 lane) external;

    /// @notice Where transfers to an operator go; its OPEN can be spent by this contract alone.
    function inboxOf(address operator) external view returns (address inbox);

    /// @notice Lane of a payment by its nonce: `2^52 + H(nonce) / 2^204`.
    function laneOf(bytes32 nonce) external pure returns (uint64 lane);

    /// @notice State of a payment in one word: 0 none, 1 given back whole, below 2^255 open as `thawEndsAt u64 ‖ value u96`, else
    /// redeemed for the receipt of this digest, whose highest bit is set.
    /// @dev Once redeemed it never changes: batches rely on it.
    function paymentOf(address payer, address operator, uint64 lane) external view returns (uint256 word);
}
