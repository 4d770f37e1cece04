// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {VOUCHER_TYPEHASH} from "../types/Voucher.sol";

/// @title Vouchers to redeem, packed end to end; specification, section 5
/// @dev Each is `consumer[20] ‖ lane[8] ‖ limit[16] ‖ acknowledged[16] ‖ head[32] ‖ signature[65] ‖ amount[16]`. Every member is
/// shifted out of its bytes, so that none has bits beyond its width. The caller makes sure that `place` lies within its bytes.
library Orders {
    /// @notice Bytes of one order.
    uint256 internal constant SIZE = 173;
    /// @notice Where its signature begins.
    uint256 internal constant SIGNATURE = 92;

    /// @notice What an order at a place of calldata says, and the struct hash of its voucher to `operator`.
    function read(uint256 place, address operator)
        internal
        pure
        returns (address consumer, uint64 lane, uint128 limit, uint128 amount, bytes32 structHash)
    {
        bytes32 typehash = VOUCHER_TYPEHASH;
        assembly ("memory-safe") {
            consumer := shr(96, calldataload(place))
            lane := shr(192, calldataload(add(place, 20)))
            limit := shr(128, calldataload(add(place, 28)))
            amount := shr(128, calldataload(add(place, 157)))
            // Beyond the free memory pointer, where nothing is kept.
            let start := mload(0x40)
            mstore(start, typehash)
            mstore(add(start, 32), consumer)
            mstore(add(start, 64), operator)
            mstore(add(start, 96), lane)
            mstore(add(start, 128), limit)
            mstore(add(start, 160), shr(128, calldataload(add(place, 44))))
            mstore(add(start, 192), calldataload(add(place, 60)))
            structHash := keccak256(start, 224)
        }
    }
}
