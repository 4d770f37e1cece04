// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Voucher} from "../../../../contracts/types/Voucher.sol";
import {VM} from "../../Vm.sol";
import {EscrowActions} from "./EscrowActions.sol";

/// @title What a capped key of each consumer does: it gets caps, is revoked, and its vouchers are redeemed
abstract contract KeyActions is EscrowActions {
    uint256 private constant CAPPED_KEY = 78;
    uint64 private constant LANE = 7;

    /// @dev Where the key stands in its caps, as if each operator had a purse of its own.
    mapping(address consumer => mapping(address operator => uint256 left)) public capLeft;
    mapping(address consumer => mapping(address operator => uint128 level)) public cappedLane;

    function cappedKey() public pure returns (address key) {
        return VM.addr(CAPPED_KEY);
    }

    function capKey(uint256 who, uint256 to, uint256 cap, uint256 lasting) public {
        (address consumer, address operator) = (consumers[who % CONSUMERS], operators[to % OPERATORS]);
        address key = cappedKey();
        if (!_escrow.canSign(consumer, key)) {
            for (uint256 i = 0; i < OPERATORS; ++i) {
                capLeft[consumer][operators[i]] = 0;
            }
        }
        uint256 given = capLeft[consumer][operator] + _within(cap, 1, MOST);
        uint64 ends = lasting % 3 == 0 ? 0 : uint64(block.timestamp + 1 + lasting % 20 days);
        if (ends != 0 && !_lasts(consumer, key, ends)) ends = 0;
        VM.prank(consumer);
        _escrow.authorizeCapped(key, operator, uint96(given), ends);
        capLeft[consumer][operator] = given;
    }

    function endKey(uint256 who, uint256 to, uint256 seed) external {
        address consumer = consumers[who % CONSUMERS];
        address key = cappedKey();
        bool isEnding = _escrow.signerOf(consumer, key).revokedFrom != 0;
        if (isEnding) _pass(block.timestamp + seed % 10 days);
        if (isEnding || !_escrow.canSign(consumer, key)) return capKey(who, to, seed, seed >> 8);
        VM.prank(consumer);
        _escrow.revokeSigner(key);
    }

    function redeemCapped(uint256 who, uint256 to, uint256 amount) public {
        (address consumer, address operator) = (consumers[who % CONSUMERS], operators[to % OPERATORS]);
        if (!_escrow.canSign(consumer, cappedKey()) || capLeft[consumer][operator] == 0) {
            capKey(who, to, amount, 0);
        }
        if (_escrow.allotmentOf(consumer, operator).amount == 0) allot(who, to, amount);
        uint256 most = _escrow.allotmentOf(consumer, operator).amount;
        if (capLeft[consumer][operator] < most) most = capLeft[consumer][operator];
        takeCapped(who, to, uint128(_within(amount, 1, most)));
    }

    /// @dev Redeems `due` of a voucher that the key signs; reverts where the escrow does.
    function takeCapped(uint256 who, uint256 to, uint128 due) public {
        (address consumer, address operator) = (consumers[who % CONSUMERS], operators[to % OPERATORS]);
        uint128 level = cappedLane[consumer][operator] + due;
        Voucher memory voucher = Voucher(consumer, operator, LANE, level, 0, 0);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(CAPPED_KEY, _escrow.voucherDigest(voucher));
        VM.prank(operator);
        _escrow.redeem(voucher, abi.encodePacked(r, s, v), level);
        cappedLane[consumer][operator] = level;
        uint256 left = capLeft[consumer][operator];
        capLeft[consumer][operator] = left > due ? left - due : 0; // no revert here may hide what the escrow let pass
        redeemedFrom[consumer] += due;
    }

    function _lasts(address consumer, address key, uint64 ends) private view returns (bool yes) {
        uint64 until = _escrow.signerOf(consumer, key).revokedFrom;
        return !_escrow.canSign(consumer, key) || (until != 0 && ends + _escrow.thawPeriod() >= until);
    }
}
