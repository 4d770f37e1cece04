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

/// @dev All members are static, so the EIP-712 struct hash is `keccak256(abi.encode(RECEIPT_TYPEHASH, receipt))`.
bytes32 constant RECEIPT_TYPEHASH = keccak256(
    "Receipt(bytes32 termsId,address consumer,address operator,uint64 lane,uint128 previous,uint128 cumulative,"
    "uint32 tokensIn,uint32 tokensOut,bytes32 queryCommit,bytes32 outputCommit,bytes32 linesHash,bytes32 agentId,"
    "uint64 servedAt,bytes32 previousHead)"
);
