// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BLS signatures on BN254, on G1, keys on G2, by the precompiles of EIP-196, EIP-197 and EIP-198
/// @dev Messages become points by RFC 9380: `expand_message_xmd` with keccak-256, then the map of Shallue and van de Woestijne
/// twice. Suite `BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_`.
library BlsOnBn254 {
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    /// @dev 2^256 mod P, for the wide reduction.
    uint256 private constant WIDE = 0xe0a77c19a07df2f666ea36f7879462c0a78eb28f5c70b3dd35d438dc58f0d9d;
    uint256 private constant HALF_P = (P + 1) / 2;
    /// @dev Constants of the map for y^2 = x^3 + 3 and Z = 1: g(Z), -Z/2, sqrt(-3 g(Z)) which is even, -4 g(Z)/3.
    uint256 private constant C1 = 4;
    uint256 private constant C2 = 0x183227397098d014dc2822db40c0ac2ecbc0b548b438e5469e10460b6c3e7ea3;
    uint256 private constant C3 = 0x16789af3a83522eb353c98fc6b36d713d5d8d1cc5dffffffa;
    uint256 private constant C4 = 0x10216f7ba065e00de81ac1e7808072c9dd2b2385cd7b438469602eb24829a9bd;
    bytes private constant SUITE = "BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_";
    uint256 private constant ROOT = (P + 1) / 4;
    /// @dev The generator of G2, negated, as EIP-197 writes it.
    uint256 private constant N_X1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 private constant N_X0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 private constant N_Y1 = 0x275dc4a288d1afb3cbb1ac09187524c7db36395df7be3b99e673b13a075a65ec;
    uint256 private constant N_Y0 = 0x1d9befcd05a5323e6da4d435f3b617cdb3af83285c2df711ef39c01571827f9d;

    /// @notice Whether the key's owner signed the message: `e(signature, -g2) * e(H(message), key) == 1`.
    function isSigned(uint256[4] memory key, bytes32 message, uint256[2] calldata signature)
        internal
        view
        returns (bool yes)
    {
        // The point at infinity is a point to the precompile, and signs for nobody.
        if (signature[0] == 0 && signature[1] == 0) return false;
        (uint256 x, uint256 y) = hashToPoint(message);
        uint256[12] memory pairs = [
            signature[0],
            signature[1],
            N_X1,
            N_X0,
            N_Y1,
            N_Y0,
            x,
            y,
            key[0],
            key[1],
            key[2],
            key[3]
        ];
        return _isOne(pairs);
    }

    /// @notice Whether the words are a point of G2 other than infinity.
    /// @dev The pairing's precompile refuses anything else: `e(0, key) == 1` where it is one.
    function isKey(uint256[4] memory key) internal view returns (bool yes) {
        if (key[0] | key[1] | key[2] | key[3] == 0) return false;
        uint256[12] memory pairs;
        (pairs[2], pairs[3], pairs[4], pairs[5]) = (key[0], key[1], key[2], key[3]);
        return _isOne(pairs);
    }

    /// @notice The point of G1 that stands for a message.
    function hashToPoint(bytes32 message) internal view returns (uint256 x, uint256 y) {
        (uint256 first, uint256 second) = _hashToField(message);
        (uint256 x0, uint256 y0) = _map(first);
        (uint256 x1, uint256 y1) = _map(second);
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, x0)
            mstore(add(start, 32), y0)
            mstore(add(start, 64), x1)
            mstore(add(start, 96), y1)
            if iszero(staticcall(gas(), 6, start, 128, start, 64)) { revert(0, 0) }
            x := mload(start)
            y := mload(add(start, 32))
        }
    }

    /// @dev RFC 9380, 5.2 and 5.3.1: two elements of 48 bytes each.
    function _hashToField(bytes32 message) private pure returns (uint256 first, uint256 second) {
        bytes memory tail = abi.encodePacked(SUITE, uint8(SUITE.length));
        // keccak-256 takes blocks of 136 bytes; the first is zero.
        bytes memory zeros = new bytes(136);
        bytes32 b0 = keccak256(abi.encodePacked(zeros, message, uint16(96), uint8(0), tail));
        bytes32 b1 = keccak256(abi.encodePacked(b0, uint8(1), tail));
        bytes32 b2 = keccak256(abi.encodePacked(b0 ^ b1, uint8(2), tail));
        bytes32 b3 = keccak256(abi.encodePacked(b0 ^ b2, uint8(3), tail));
        first = _reduced(uint256(b1) >> 128, (uint256(b1) << 128) | (uint256(b2) >> 128));
        second = _reduced(uint256(uint128(uint256(b2))), uint256(b3));
    }

    /// @dev `(high * 2^256 + low) mod P`.
    function _reduced(uint256 high, uint256 low) private pure returns (uint256 value) {
        return addmod(mulmod(high, WIDE, P), low % P, P);
    }

    /// @dev RFC 9380, 6.6.1, for Z = 1.
    function _map(uint256 u) private view returns (uint256 x, uint256 y) {
        uint256 tv1 = mulmod(mulmod(u, u, P), C1, P);
        uint256 tv2 = addmod(1, tv1, P);
        tv1 = addmod(1, P - tv1, P);
        uint256 tv3 = _power(mulmod(tv1, tv2, P), P - 2);
        uint256 tv4 = mulmod(mulmod(mulmod(u, tv1, P), tv3, P), C3, P);
        x = addmod(C2, P - tv4, P);
        bool found;
        (y, found) = _rootOf(x);
        if (!found) {
            x = addmod(C2, tv4, P);
            (y, found) = _rootOf(x);
        }
        if (!found) {
            x = mulmod(mulmod(tv2, tv2, P), tv3, P);
            x = addmod(mulmod(mulmod(x, x, P), C4, P), 1, P);
            (y, found) = _rootOf(x);
        }
        // One of the three always is on the curve.
        assert(found);
        if (u & 1 != y & 1) y = P - y;
    }

    /// @dev A square root of `x^3 + 3`, where there is one.
    function _rootOf(uint256 x) private view returns (uint256 y, bool found) {
        uint256 square = addmod(mulmod(mulmod(x, x, P), x, P), 3, P);
        y = _power(square, ROOT);
        found = mulmod(y, y, P) == square;
    }

    function _power(uint256 base, uint256 exponent) private view returns (uint256 result) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, 32)
            mstore(add(start, 32), 32)
            mstore(add(start, 64), 32)
            mstore(add(start, 96), base)
            mstore(add(start, 128), exponent)
            mstore(add(start, 160), P)
            if iszero(staticcall(gas(), 5, start, 192, start, 32)) { revert(0, 0) }
            result := mload(start)
        }
    }

    function _isOne(uint256[12] memory pairs) private view returns (bool yes) {
        assembly ("memory-safe") {
            let done := staticcall(gas(), 8, pairs, 384, 0x00, 32)
            yes := and(done, eq(mload(0x00), 1))
        }
    }
}
