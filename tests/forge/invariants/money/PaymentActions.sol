// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPayments} from "../../../../contracts/interfaces/usage/IPayments.sol";
import {Receipt} from "../../../../contracts/types/Receipt.sol";
import {VM} from "../../Vm.sol";
import {KeyActions} from "./KeyActions.sol";

/// @title What payers, operators and passers-by do with payments for one answer each
abstract contract PaymentActions is KeyActions {
    bytes32 private constant TRANSFER = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    struct Paid {
        uint256 who;
        uint256 to;
        uint256 value;
        bytes32 nonce;
        bool open;
    }

    Paid[] private _paid;

    mapping(address payer => uint256 amount) public paidBy;
    mapping(address payer => uint256 amount) public paidBackTo;
    mapping(address payer => uint256 amount) public spentBy;

    function paymentCount() public view returns (uint256 count) {
        return _paid.length;
    }

    function paymentAt(uint256 index) public view returns (Paid memory paid) {
        return _paid[index];
    }

    function pay(uint256 who, uint256 to, uint256 amount) public {
        Paid memory paid =
            Paid(who % CONSUMERS, to % OPERATORS, _within(amount, 1, MOST), bytes32(_paid.length + 1), true);
        (address payer, address operator) = (consumers[paid.who], operators[paid.to]);
        address inbox = _escrow.inboxOf(operator);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(paid.who + 1, _transferDigest(payer, inbox, paid));
        // Now and then somebody else is faster.
        if (amount % 3 == 0) {
            _token.transferWithAuthorization(payer, inbox, paid.value, 0, type(uint40).max, paid.nonce, v, r, s);
        }
        uint256 before = _token.balanceOf(payer) + (amount % 3 == 0 ? paid.value : 0);
        _escrow.settlePayment(
            IPayments.PaymentTransfer(payer, operator, paid.value, 0, type(uint40).max, paid.nonce), v, r, s
        );
        // Where deposits are paused it is back already.
        paid.open = _token.balanceOf(payer) < before;
        paidBy[payer] += paid.value;
        if (!paid.open) paidBackTo[payer] += paid.value;
        _paid.push(paid);
    }

    function redeemPayment(uint256 seed, uint256 amount) external {
        (bool found, uint256 index) = _findOpen(seed);
        if (!found) return pay(seed, seed >> 8, amount);
        Paid memory paid = _paid[index];
        address payer = consumers[paid.who];
        Receipt memory receipt;
        (receipt.consumer, receipt.operator) = (payer, operators[paid.to]);
        (receipt.lane, receipt.cumulative) = (_escrow.laneOf(paid.nonce), uint128(_within(amount, 1, paid.value)));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(paid.to + 11, _escrow.receiptDigest(receipt));
        uint256 before = _token.balanceOf(payer);
        _escrow.redeemPayment(receipt, abi.encodePacked(r, s, v));
        paidBackTo[payer] += _token.balanceOf(payer) - before;
        spentBy[payer] += receipt.cumulative;
        _paid[index].open = false;
    }

    function returnPayment(uint256 seed) external {
        (bool found, uint256 index) = _findOpen(seed);
        if (!found) return pay(seed, seed >> 8, seed >> 16);
        giveBack(index, seed % 2 == 0);
    }

    /// @dev By the operator at once, or by anyone after the thaw.
    function giveBack(uint256 index, bool byOperator) public {
        if (_paid.length == 0) return;
        Paid memory paid = _paid[index % _paid.length];
        if (!paid.open) return;
        (address payer, address operator, uint64 lane) =
            (consumers[paid.who], operators[paid.to], _escrow.laneOf(paid.nonce));
        uint256 before = _token.balanceOf(payer);
        if (byOperator) VM.prank(operator);
        else _pass(uint64(_escrow.paymentOf(payer, operator, lane) >> 96));
        _escrow.returnPayment(payer, operator, lane);
        paidBackTo[payer] += _token.balanceOf(payer) - before;
        _paid[index % _paid.length].open = false;
    }

    function _findOpen(uint256 seed) private view returns (bool found, uint256 index) {
        for (uint256 i = 0; i < _paid.length; ++i) {
            index = (i + seed % _paid.length) % _paid.length;
            if (_paid[index].open) return (true, index);
        }
    }

    function _transferDigest(address payer, address inbox, Paid memory paid) private view returns (bytes32 digest) {
        bytes32 hash =
            keccak256(abi.encode(TRANSFER, payer, inbox, paid.value, 0, type(uint40).max, paid.nonce));
        return keccak256(abi.encodePacked(hex"1901", _token.DOMAIN_SEPARATOR(), hash));
    }
}
