// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an operator signs for one answer; specification, section 5.
struct Receipt {
    bytes32 termsId;
    address consumer;
    address operator;
    uint64 lane;
    /// Lane level before this answer, in base units of OPEN.
    uint128 previous;
    /// Lane level after this answer; `cumulative - previous` is the fee.
    uint128 cumulative;
    uint32 tokensIn;
    uint32 tokensOut;
    bytes32 queryCommit;
    bytes32 outputCommit;
    bytes32 linesHash;
    /// Zero where no agent was named.
    bytes32 agentId;
    /// Seconds since the epoch.
    uint64 servedAt;
    bytes32 previousHead;
}

bytes32 constant RECEIPT_TYPEHASH = keccak256(
    "Receipt(bytes32 termsId,address consumer,address operator,uint64 lane,uint128 previous,uint128 cumulative,"
    "uint32 tokensIn,uint32 tokensOut,bytes32 queryCommit,bytes32 outputCommit,bytes32 linesHash,bytes32 agentId,"
    "uint64 servedAt,bytes32 previousHead)"
);

/// @dev The EIP-712 struct hash, `keccak256(abi.encode(RECEIPT_TYPEHASH, receipt))`: all members are static, so that their
/// encoding is their calldata. Reverts on bits beyond a member's width, as the encoder would.
function hashReceipt(Receipt calldata receipt) pure returns (bytes32 hash) {
    bytes32 typehash = RECEIPT_TYPEHASH;
    assembly ("memory-safe") {
        let wide := shr(160, or(calldataload(add(receipt, 32)), calldataload(add(receipt, 64))))
        wide := or(wide, shr(64, or(calldataload(add(receipt, 96)), calldataload(add(receipt, 384)))))
        wide := or(wide, shr(128, or(calldataload(add(receipt, 128)), calldataload(add(receipt, 160)))))
        wide := or(wide, shr(32, or(calldataload(add(receipt, 192)), calldataload(add(receipt, 224)))))
        if wide { revert(0, 0) }
        let start := mload(0x40)
        mstore(start, typehash)
        calldatacopy(add(start, 32), receipt, 448)
        hash := keccak256(start, 480)
    }
}

/// @dev The lane levels that a receipt covers, as they come: only after `hashReceipt`, which has refused bits beyond a width.
function rangeOf(Receipt calldata receipt) pure returns (uint256 previous, uint256 cumulative) {
    assembly ("memory-safe") {
        previous := calldataload(add(receipt, 128))
        cumulative := calldataload(add(receipt, 160))
    }
}
