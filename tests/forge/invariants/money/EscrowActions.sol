// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUsageEscrow} from "../../../../contracts/interfaces/IUsageEscrow.sol";
import {Voucher} from "../../../../contracts/types/Voucher.sol";
import {VM} from "../../Vm.sol";
import {Books} from "./Books.sol";

/// @title What consumers, the guardian and passers-by do; a call that lacks its ground lays it first
abstract contract EscrowActions is Books {
    uint256 private constant SESSION_KEY = 77;

    mapping(address consumer => mapping(address operator => mapping(uint64 lane => uint128 level))) public laneOf;

    function deposit(uint256 who, uint256 amount) public {
        address consumer = consumers[who % CONSUMERS];
        if (_escrow.depositsPaused()) system.setDepositsPaused(false);
        uint128 given = uint128(_within(amount, 1, MOST));
        VM.prank(consumer);
        _escrow.deposit(given);
        depositedBy[consumer] += given;
    }

    function withdraw(uint256 who, uint256 amount) external {
        address consumer = consumers[who % CONSUMERS];
        uint128 have = _escrow.balanceOf(consumer);
        if (have == 0) return deposit(who, amount);
        uint128 taken = uint128(_within(amount, 1, have));
        VM.prank(consumer);
        _escrow.withdraw(taken);
        withdrawnBy[consumer] += taken;
    }

    function allot(uint256 who, uint256 to, uint256 amount) public {
        address consumer = consumers[who % CONSUMERS];
        if (_escrow.balanceOf(consumer) == 0) deposit(who, amount);
        uint128 given = uint128(_within(amount, 1, _escrow.balanceOf(consumer)));
        VM.prank(consumer);
        _escrow.allot(operators[to % OPERATORS], given);
    }

    function startThaw(uint256 who, uint256 to, uint256 amount) public {
        (address consumer, address operator) = (consumers[who % CONSUMERS], operators[to % OPERATORS]);
        IUsageEscrow.Allotment memory a = _escrow.allotmentOf(consumer, operator);
        if (a.amount == a.thawing) return allot(who, to, amount);
        uint128 given = uint128(_within(amount, 1, a.amount - a.thawing));
        VM.prank(consumer);
        _escrow.startThaw(operator, given);
    }

    function finishThaw(uint256 who, uint256 to, uint256 amount) external {
        (address consumer, address operator) = (consumers[who % CONSUMERS], operators[to % OPERATORS]);
        IUsageEscrow.Allotment memory a = _escrow.allotmentOf(consumer, operator);
        if (a.thawing == 0) return startThaw(who, to, amount);
        _pass(a.thawEndsAt);
        VM.prank(consumer);
        _escrow.finishThaw(operator);
    }

    function redeem(uint256 who, uint256 to, uint256 amount) public {
        (address consumer, address operator) = (consumers[who % CONSUMERS], operators[to % OPERATORS]);
        if (_escrow.allotmentOf(consumer, operator).amount == 0) allot(who, to, amount);
        uint64 lane = uint64(amount % 2);
        uint128 due = uint128(_within(amount >> 1, 1, _escrow.allotmentOf(consumer, operator).amount));
        uint128 level = laneOf[consumer][operator][lane] + due;
        // An older voucher of a higher limit is as good.
        Voucher memory voucher = Voucher(consumer, operator, lane, level + uint128(amount % 5), 0, 0);
        bytes memory signature = _signed(who, consumer, voucher);
        VM.prank(operator);
        _escrow.redeem(voucher, signature, level);
        laneOf[consumer][operator][lane] = level;
        redeemedFrom[consumer] += due;
    }

    function switchKey(uint256 who) external {
        address consumer = consumers[who % CONSUMERS];
        address key = VM.addr(SESSION_KEY);
        bool inForce = _escrow.signerOf(consumer, key).authorizedAt != 0
            && _escrow.signerOf(consumer, key).revokedFrom == 0;
        VM.prank(consumer);
        if (inForce) _escrow.revokeSigner(key);
        else _escrow.authorizeSigner(key);
    }

    function insure(uint256 who, uint256 amount) external {
        uint128 given = uint128(_within(amount, 1, MOST));
        VM.prank(consumers[who % CONSUMERS]);
        _escrow.addInsurance(given);
    }

    function donate(uint256 who, uint256 amount) external {
        uint256 given = _within(amount, 1, MOST);
        VM.prank(consumers[who % CONSUMERS]);
        require(_token.transfer(address(_escrow), given));
        if (amount % 2 == 0) _escrow.absorbSurplus();
    }

    function pause(uint256 seed) external {
        if (seed % 2 == 0) return system.setDepositsPaused(!_escrow.depositsPaused());
        if (_escrow.batchesPaused()) return system.setBatchesPaused(false);
        try system.setBatchesPaused(true) {} catch {}
    }

    function expire(uint256 to, uint256 seconds_) external {
        _pass(block.timestamp + seconds_ % 1 days);
        _escrow.expireUnsettled(operators[to % OPERATORS]);
    }

    function _signed(uint256 who, address consumer, Voucher memory voucher) private view returns (bytes memory) {
        bool bySession = _escrow.canSign(consumer, VM.addr(SESSION_KEY));
        (uint8 v, bytes32 r, bytes32 s) =
            VM.sign(bySession ? SESSION_KEY : who % CONSUMERS + 1, _escrow.voucherDigest(voucher));
        return abi.encodePacked(r, s, v);
    }
}
