// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IPayments} from "../interfaces/usage/IPayments.sol";
import {Recovery} from "../libraries/Recovery.sol";
import {REDEEMED, paymentLaneOf} from "../types/Lanes.sol";
import {Receipt, rangeOf} from "../types/Receipt.sol";
import {Digests} from "./Digests.sol";
import {PaymentInbox} from "./PaymentInbox.sol";
import {SignerBook} from "./SignerBook.sol";

/// @title Payments for one answer each
/// @dev OPEN knows receiver and value of every transfer that it executed by nonce. So an executed transfer to an inbox is
/// backed by its own OPEN, whatever else its payer signed with that nonce, and nobody's signature is looked at twice.
abstract contract Payments is SignerBook, Digests {
    using SafeERC20 for IOpenToken;

    uint256 private constant CLOSED = 1;
    uint256 private constant VALUE_BITS = 96;

    /// @notice OPEN.
    IOpenToken public immutable token;
    bytes32 private immutable _inboxCode;

    mapping(address operator => mapping(address payer => mapping(uint256 lane => uint256 word))) private _payments;

    constructor(IOpenToken token_) {
        require(address(token_) != address(0), UsageEscrowZeroParameter());
        token = token_;
        _inboxCode = keccak256(abi.encodePacked(type(PaymentInbox).creationCode, abi.encode(token_)));
    }

    /* ANYONE */

    /// @inheritdoc IPayments
    function settlePayment(PaymentTransfer calldata transfer, uint8 v, bytes32 r, bytes32 s)
        external
        returns (uint64 lane)
    {
        (address payer, uint256 value, bytes32 nonce) = (transfer.payer, transfer.value, transfer.nonce);
        address inbox = inboxOf(transfer.operator);
        // Somebody else may have submitted it; whether it was executed is asked below.
        try token.transferWithAuthorization(
            payer, inbox, value, transfer.validAfter, transfer.validBefore, nonce, v, r, s
        ) {} catch {}
        return _credited(payer, transfer.operator, inbox, value, nonce);
    }

    /// @inheritdoc IPayments
    function creditPayment(address payer, address operator, uint256 value, bytes32 nonce)
        external
        returns (uint64 lane)
    {
        return _credited(payer, operator, inboxOf(operator), value, nonce);
    }

    /// @inheritdoc IPayments
    function redeemPayment(Receipt calldata receipt, bytes calldata signature) external {
        bytes32 digest = receiptDigest(receipt);
        (address payer, address operator, uint64 lane) = (receipt.consumer, receipt.operator, receipt.lane);
        require(Recovery.signerOf(digest, signature) == operator, PaymentsNotSigned(operator));
        uint256 value = _openValue(payer, operator, lane);
        (uint256 previous, uint256 amount) = rangeOf(receipt);
        bool fits = previous == 0 && receipt.previousHead == 0 && amount > 0 && amount <= value;
        require(fits, PaymentsBadReceipt(amount, value));
        _payments[operator][payer][lane] = REDEEMED | uint256(digest);
        emit PaymentRedeemed(payer, operator, lane, amount, digest);
        _credit(operator, amount);
        if (value > amount) _giveBack(payer, operator, lane, value - amount);
    }

    /// @inheritdoc IPayments
    function returnPayment(address payer, address operator, uint64 lane) external {
        uint256 value = _openValue(payer, operator, lane);
        uint64 endsAt = uint64(_payments[operator][payer][lane] >> VALUE_BITS);
        require(msg.sender == operator || _isThawed(endsAt), PaymentsThawing(endsAt));
        _payments[operator][payer][lane] = CLOSED;
        _giveBack(payer, operator, lane, value);
    }

    /* VIEWS */

    /// @inheritdoc IPayments
    function inboxOf(address operator) public view returns (address inbox) {
        return Create2.computeAddress(_saltOf(operator), _inboxCode);
    }

    /// @inheritdoc IPayments
    function laneOf(bytes32 nonce) external pure returns (uint64 lane) {
        return paymentLaneOf(nonce);
    }

    /// @inheritdoc IPayments
    function paymentOf(address payer, address operator, uint64 lane) external view returns (uint256 word) {
        return _payments[operator][payer][lane];
    }

    /* PARTS */

    function _credited(address payer, address operator, address inbox, uint256 value, bytes32 nonce)
        private
        returns (uint64 lane)
    {
        // What OPEN executed was of a value that it has, so that none of zero is taken for a payment here.
        require(operator != address(0) && value > 0, UsageEscrowZeroParameter());
        require(token.wasExecuted(payer, nonce, inbox, value), PaymentsNotExecuted(payer, nonce));
        lane = paymentLaneOf(nonce);
        require(_payments[operator][payer][lane] == 0, PaymentsLaneTaken(lane));
        if (inbox.code.length == 0) new PaymentInbox{salt: _saltOf(operator)}(token);
        if (_takeIn(value)) {
            uint64 endsAt = uint64(block.timestamp) + thawPeriod;
            _payments[operator][payer][lane] = (uint256(endsAt) << VALUE_BITS) | value;
            emit PaymentCredited(payer, operator, lane, nonce, value, endsAt);
            token.safeTransferFrom(inbox, address(this), value);
        } else {
            _payments[operator][payer][lane] = CLOSED;
            emit PaymentReturned(payer, operator, lane, value);
            token.safeTransferFrom(inbox, payer, value);
        }
    }

    function _openValue(address payer, address operator, uint64 lane) private view returns (uint256 value) {
        uint256 word = _payments[operator][payer][lane];
        require(word > CLOSED && word < REDEEMED, PaymentsNotOpen(lane));
        return word % 2 ** VALUE_BITS;
    }

    function _giveBack(address payer, address operator, uint64 lane, uint256 amount) private {
        emit PaymentReturned(payer, operator, lane, amount);
        _letGo(amount);
        token.safeTransfer(payer, amount);
    }

    function _saltOf(address operator) private pure returns (bytes32 salt) {
        return bytes32(uint256(uint160(operator)));
    }

    /// @dev Books what comes in, where deposits are allowed and the launch cap leaves room for it.
    function _takeIn(uint256 amount) internal virtual returns (bool allowed);

    /// @dev Takes off the books what leaves.
    function _letGo(uint256 amount) internal virtual;

    /// @dev Raises what is unsettled.
    function _credit(address operator, uint256 amount) internal virtual;
}
