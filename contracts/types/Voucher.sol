// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a consumer signs for one lane; specification, section 5.
struct Voucher {
    address consumer;
    address operator;
    uint64 lane;
    /// Lane level up to which the operator may redeem, in base units of OPEN.
    uint128 limit;
    /// Lane level up to which receipts may be settled.
    uint128 acknowledged;
    /// Head of the receipt chain that `acknowledged` covers.
    bytes32 head;
}

bytes32 constant VOUCHER_TYPEHASH = keccak256(
    "Voucher(address consumer,address operator,uint64 lane,uint128 limit,uint128 acknowledged,bytes32 head)"
);

/// @dev What `redeem` needs of a voucher, as it comes: only after `hashVoucher`, which has refused bits beyond a width.
function partsOf(Voucher calldata voucher) pure returns (address consumer, address operator, uint64 lane, uint128 limit) {
    assembly ("memory-safe") {
        consumer := calldataload(voucher)
        operator := calldataload(add(voucher, 32))
        lane := calldataload(add(voucher, 64))
        limit := calldataload(add(voucher, 96))
    }
}

/// @dev The EIP-712 struct hash, `keccak256(abi.encode(VOUCHER_TYPEHASH, voucher))`: all members are static, so that their
/// encoding is their calldata. Reverts on bits beyond a member's width, as the encoder would.
function hashVoucher(Voucher calldata voucher) pure returns (bytes32 hash) {
    bytes32 typehash = VOUCHER_TYPEHASH;
    assembly ("memory-safe") {
        let wide := shr(160, or(calldataload(voucher), calldataload(add(voucher, 32))))
        wide := or(wide, shr(64, calldataload(add(voucher, 64))))
        wide := or(wide, shr(128, or(calldataload(add(voucher, 96)), calldataload(add(voucher, 128)))))
        if wide { revert(0, 0) }
        let start := mload(0x40)
        mstore(start, typehash)
        calldatacopy(add(start, 32), voucher, 192)
        hash := keccak256(start, 224)
    }
}
