// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ASSET_AUDIT, ASSET_BURN, ASSET_INSURANCE} from "../types/AssetKind.sol";

/// @title Packed lines and the split of a fee; specification, section 4
library Split {
    /// @notice One line. All members fit their packed widths.
    struct Line {
        bytes32 assetId;
        uint256 pot;
        uint256 ppm;
        uint256 amount;
    }

    /// @notice Bytes of a packed line.
    uint256 internal constant LINE_SIZE = 53;
    /// @notice Lines of one receipt.
    uint256 internal constant MAX_LINES = 64;

    uint256 private constant RESERVED_LINES = 3;
    uint256 private constant POTS = 8;
    uint256 private constant FIRST_SHARED_POT = 3;
    uint256 private constant FULL_PPM = 1_000_000;
    uint256 private constant FULL_BPS = 10_000;

    /// @notice Whole lines in packed bytes.
    function countOf(bytes calldata lines) internal pure returns (uint256 count) {
        return lines.length / LINE_SIZE;
    }

    /// @notice A line; the caller bounds the index.
    function lineAt(bytes calldata lines, uint256 index) internal pure returns (Line memory line) {
        bytes calldata packed = lines[index * LINE_SIZE:(index + 1) * LINE_SIZE];
        uint256 place;
        assembly ("memory-safe") {
            place := packed.offset
        }
        line.assetId = _assetAt(place);
        (line.pot, line.ppm, line.amount) = _partsAt(place);
    }

    /// @notice Whether the lines are well formed and divide the fee as the pots say. The caller bounds the fee by u128.
    function isSplit(uint256 fee, uint16[8] memory bps, bytes calldata lines) internal pure returns (bool yes) {
        uint256 count = countOf(lines);
        if (lines.length % LINE_SIZE != 0 || count < RESERVED_LINES || count > MAX_LINES) return false;
        uint256 start;
        assembly ("memory-safe") {
            start := lines.offset
        }
        uint256 end = start + (count - RESERVED_LINES) * LINE_SIZE;
        uint256[8] memory pots = _potsOf(fee, bps);
        (bool valid, uint256 insured, uint256 burned) = _divide(fee, pots, start, end);
        return valid && _isReserved(end, ASSET_AUDIT, 1, pots[1])
            && _isReserved(end + LINE_SIZE, ASSET_INSURANCE, 2, insured)
            && _isReserved(end + 2 * LINE_SIZE, ASSET_BURN, 0, burned);
    }

    /// @dev Whether the shares are right, and what they leave to insurance and burn.
    function _divide(uint256 fee, uint256[8] memory pots, uint256 start, uint256 end)
        private
        pure
        returns (bool valid, uint256 insured, uint256 burned)
    {
        uint256[8] memory held;
        uint256 seen;
        uint256 paid;
        // A fee is below 2^128 and ppm below 2^32: no product overflows, nor does a sum of 64 amounts below 2^128.
        unchecked {
            for (uint256 place = start; place < end; place += LINE_SIZE) {
                (uint256 pot, uint256 ppm, uint256 amount) = _partsAt(place);
                if (pot < FIRST_SHARED_POT || pot >= POTS || ppm == 0) return (false, 0, 0);
                if (amount != pots[pot] * ppm / FULL_PPM) return (false, 0, 0);
                held[pot] += ppm;
                paid += amount;
                // One bit a line: only lines that share one are compared, since 61 shares are 1,830 pairs.
                uint256 mark = 1 << ((uint256(_assetAt(place)) ^ (pot << 5)) & 0xff);
                if (seen & mark != 0 && _isRepeated(start, place)) return (false, 0, 0);
                seen |= mark;
            }
        }
        insured = pots[2];
        for (uint256 pot = FIRST_SHARED_POT; pot < POTS; ++pot) {
            if (held[pot] > FULL_PPM) return (false, 0, 0);
            insured += (pots[pot] * (FULL_PPM - held[pot]) / FULL_PPM) / 2;
        }
        burned = fee - paid - pots[1] - insured;
        valid = true;
    }

    function _potsOf(uint256 fee, uint16[8] memory bps) private pure returns (uint256[8] memory amounts) {
        for (uint256 pot = 0; pot < POTS; ++pot) {
            amounts[pot] = fee * bps[pot] / FULL_BPS;
        }
    }

    function _isReserved(uint256 place, bytes32 assetId, uint256 wantedPot, uint256 wanted)
        private
        pure
        returns (bool yes)
    {
        (uint256 pot, uint256 ppm, uint256 amount) = _partsAt(place);
        return _assetAt(place) == assetId && pot == wantedPot && ppm == FULL_PPM && amount == wanted;
    }

    /// @dev One asset has at most one share in a pot: whether an earlier line has the asset and the pot of this one.
    function _isRepeated(uint256 start, uint256 place) private pure returns (bool yes) {
        assembly ("memory-safe") {
            let assetId := calldataload(place)
            for { let other := start } lt(other, place) { other := add(other, 53) } {
                if eq(calldataload(other), assetId) {
                    let pots := xor(calldataload(add(other, 32)), calldataload(add(place, 32)))
                    if iszero(byte(0, pots)) {
                        yes := 1
                        break
                    }
                }
            }
        }
    }

    /* READING: `place` is where a line begins in calldata; the caller has bounded it */

    function _assetAt(uint256 place) private pure returns (bytes32 assetId) {
        assembly ("memory-safe") {
            assetId := calldataload(place)
        }
    }

    function _partsAt(uint256 place) private pure returns (uint256 pot, uint256 ppm, uint256 amount) {
        assembly ("memory-safe") {
            // The last 32 of the 53 bytes: 11 of the id, pot, ppm, amount.
            let word := calldataload(add(place, 21))
            pot := byte(11, word)
            ppm := and(shr(128, word), 0xffffffff)
            amount := and(word, 0xffffffffffffffffffffffffffffffff)
        }
    }
}
