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

/// @dev All members are static, so the EIP-712 struct hash is `keccak256(abi.encode(VOUCHER_TYPEHASH, voucher))`.
bytes32 constant VOUCHER_TYPEHASH = keccak256(
    "Voucher(address consumer,address operator,uint64 lane,uint128 limit,uint128 acknowledged,bytes32 head)"
);
