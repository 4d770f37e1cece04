// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ASSET_AUDIT, ASSET_BURN, ASSET_INSURANCE} from "../types/AssetKind.sol";

/// @title What the Split library decides, in plain words; tests hold the two against each other
library PlainSplit {
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
        line.assetId = bytes32(packed[0:32]);
        line.pot = uint8(packed[32]);
        line.ppm = uint32(bytes4(packed[33:37]));
        line.amount = uint128(bytes16(packed[37:53]));
    }

    /// @notice Whether the lines are well formed and divide the fee as the pots say.
    function isSplit(uint256 fee, uint16[8] memory bps, bytes calldata lines) internal pure returns (bool yes) {
        uint256 count = countOf(lines);
        if (lines.length % LINE_SIZE != 0 || count < RESERVED_LINES || count > MAX_LINES) return false;
        uint256 shares = count - RESERVED_LINES;
        if (!_areDistinct(lines, shares)) return false;
        (bool valid, uint256[3] memory amounts) = _reserved(fee, bps, lines, shares);
        return valid && _areReserved(lines, shares, amounts);
    }

    /// @dev Whether the shares are right, and what they leave to audit, insurance and burn.
    function _reserved(uint256 fee, uint16[8] memory bps, bytes calldata lines, uint256 shares)
        private
        pure
        returns (bool valid, uint256[3] memory amounts)
    {
        uint256[8] memory held;
        uint256 burned = fee;
        for (uint256 i = 0; i < shares; ++i) {
            Line memory line = lineAt(lines, i);
            if (line.pot < FIRST_SHARED_POT || line.pot >= POTS || line.ppm == 0) return (false, amounts);
            held[line.pot] += line.ppm;
            if (held[line.pot] > FULL_PPM) return (false, amounts);
            if (line.amount != _pot(fee, bps, line.pot) * line.ppm / FULL_PPM) return (false, amounts);
            burned -= line.amount;
        }
        uint256 insured = _pot(fee, bps, 2);
        for (uint256 pot = FIRST_SHARED_POT; pot < POTS; ++pot) {
            insured += (_pot(fee, bps, pot) * (FULL_PPM - held[pot]) / FULL_PPM) / 2;
        }
        (amounts[0], amounts[1]) = (_pot(fee, bps, 1), insured);
        amounts[2] = burned - amounts[0] - insured;
        valid = true;
    }

    function _pot(uint256 fee, uint16[8] memory bps, uint256 pot) private pure returns (uint256 amount) {
        return fee * bps[pot] / FULL_BPS;
    }

    /// @dev Amounts: audit, insurance, burn.
    function _areReserved(bytes calldata lines, uint256 from, uint256[3] memory amounts)
        private
        pure
        returns (bool yes)
    {
        return _isReserved(lineAt(lines, from), ASSET_AUDIT, 1, amounts[0])
            && _isReserved(lineAt(lines, from + 1), ASSET_INSURANCE, 2, amounts[1])
            && _isReserved(lineAt(lines, from + 2), ASSET_BURN, 0, amounts[2]);
    }

    function _isReserved(Line memory line, bytes32 assetId, uint256 pot, uint256 amount)
        private
        pure
        returns (bool yes)
    {
        return line.assetId == assetId && line.pot == pot && line.ppm == FULL_PPM && line.amount == amount;
    }

    /// @dev One asset has at most one share in a pot. Asset and pot are the first 33 bytes of a line.
    function _areDistinct(bytes calldata lines, uint256 shares) private pure returns (bool yes) {
        for (uint256 i = 1; i < shares; ++i) {
            (bytes32 assetId, bytes1 pot) = _placeOf(lines, i);
            for (uint256 j = 0; j < i; ++j) {
                (bytes32 otherId, bytes1 otherPot) = _placeOf(lines, j);
                if (assetId == otherId && pot == otherPot) return false;
            }
        }
        return true;
    }

    function _placeOf(bytes calldata lines, uint256 index) private pure returns (bytes32 assetId, bytes1 pot) {
        uint256 start = index * LINE_SIZE;
        return (bytes32(lines[start:start + 32]), lines[start + 32]);
    }
}
