// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, BatchHeader, BatchStatus, Stamp} from "../types/Batch.sol";

/// @title Hashes of batches, straight from calldata; specification, section 6
/// @dev Headers and stamps are static, so that their ABI encoding is their calldata.
library Batches {
    /// @notice Bytes of an encoded header.
    uint256 internal constant HEADER_SIZE = 416;
    /// @notice Bytes of an encoded batch: id, header, stamp.
    uint256 internal constant SIZE = 672;
    uint256 private constant STAMP_SIZE = 224;
    uint256 private constant STATUS = 128;

    /// @notice `H(abi.encode(header))`.
    /// @dev Bits beyond a member's width are hashed as they come: the caller checks `isClean`, or that the hash is known.
    function hashOf(BatchHeader calldata header) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, header, HEADER_SIZE)
            hash := keccak256(start, HEADER_SIZE)
        }
    }

    /// @notice `H(abi.encode(headerHash, stamp))` of a batch as it is given.
    function commitmentOf(Batch calldata batch) internal pure returns (bytes32 commitment) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, add(batch, 32), HEADER_SIZE)
            mstore(start, keccak256(start, HEADER_SIZE))
            calldatacopy(add(start, 32), add(batch, 448), STAMP_SIZE)
            commitment := keccak256(start, 256)
        }
    }

    /// @notice `commitmentOf` a batch as it is given, but for its status.
    function commitmentAs(Batch calldata batch, BatchStatus status) internal pure returns (bytes32 commitment) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, add(batch, 32), HEADER_SIZE)
            mstore(start, keccak256(start, HEADER_SIZE))
            calldatacopy(add(start, 32), add(batch, 448), STAMP_SIZE)
            mstore(add(start, add(32, STATUS)), status)
            commitment := keccak256(start, 256)
        }
    }

    /// @notice `H(abi.encode(headerHash, stamp))`.
    function commitmentOf(bytes32 headerHash, Stamp memory stamp) internal pure returns (bytes32 commitment) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, headerHash)
            mcopy(add(start, 32), stamp, STAMP_SIZE)
            commitment := keccak256(start, 256)
        }
    }

    /// @notice Whether no member has bits beyond its width.
    function isClean(BatchHeader calldata header) internal pure returns (bool yes) {
        assembly ("memory-safe") {
            let addresses := or(calldataload(header), calldataload(add(header, 32)))
            let amounts := or(calldataload(add(header, 128)), calldataload(add(header, 160)))
            amounts := or(amounts, or(calldataload(add(header, 192)), calldataload(add(header, 224))))
            let counts := or(calldataload(add(header, 256)), calldataload(add(header, 288)))
            counts := or(counts, calldataload(add(header, 384)))
            yes := iszero(or(shr(160, addresses), or(shr(128, amounts), shr(32, counts))))
        }
    }
}
