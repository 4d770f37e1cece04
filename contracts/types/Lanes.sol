// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Lanes `[2^52, 2^53)` are payments'; vouchers are for all others.
uint256 constant PAYMENT_LANE_BITS = 52;
/// @dev At and above it the word of a payment is the digest of the receipt that it was redeemed for.
uint256 constant REDEEMED = 2 ** 255;

/// @notice Whether a lane is a payment's.
function isPaymentLane(uint64 lane) pure returns (bool yes) {
    return lane >> PAYMENT_LANE_BITS == 1;
}

/// @notice The lane of a payment by its transfer's nonce.
function paymentLaneOf(bytes32 nonce) pure returns (uint64 lane) {
    return uint64((1 << PAYMENT_LANE_BITS) | (uint256(keccak256(abi.encode(nonce))) >> (256 - PAYMENT_LANE_BITS)));
}
