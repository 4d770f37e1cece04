// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Split} from "../../../contracts/libraries/Split.sol";
import {Targets} from "./Targets.sol";

/// @title The library under calldata, as the contracts use it
contract SplitCalls {
    function isSplit(uint256 fee, uint16[8] calldata pots, bytes calldata lines) external pure returns (bool yes) {
        return Split.isSplit(fee, pots, lines);
    }

    function lineAt(bytes calldata lines, uint256 index) external pure returns (Split.Line memory line) {
        return Split.lineAt(lines, index);
    }
}

/// @title Puts shares together and tampers with their lines
contract SplitHandler is Targets {
    uint256 private constant PPM = 1_000_000;
    uint256 private constant MOST = 8;

    struct Share {
        bytes32 assetId;
        uint8 pot;
        uint32 ppm;
    }

    uint64 public fee = 123_457;
    uint16[8] private _pots = [400, 300, 300, 4500, 2000, 1200, 1000, 300];
    Share[] public shares;
    uint256[8] private _held;
    uint256 public tampering;

    function charge(uint64 amount) external {
        fee = amount >> 10;
        tampering = 0;
    }

    function price(uint256 from, uint256 to, uint16 bps) external {
        tampering = 0;
        (from, to) = (from % 8, to % 8);
        uint16 moved = bps % (_pots[from] + 1);
        _pots[from] -= moved;
        _pots[to] += moved;
    }

    function share(bytes32 assetId, uint8 pot, uint32 ppm) external {
        tampering = 0;
        if (shares.length == MOST) return _clear();
        pot = 3 + pot % 5;
        uint256 left = PPM - _held[pot];
        if (left == 0) return _clear();
        ppm = uint32(_within(ppm, 1, left));
        _held[pot] += ppm;
        shares.push(Share(keccak256(abi.encode(assetId, shares.length)), pot, ppm));
    }

    function tamper(uint256 seed) external {
        tampering = seed;
    }

    function pots() public view returns (uint16[8] memory found) {
        return _pots;
    }

    /// @dev The split as the specification writes it, then tampered with.
    function lines() external view returns (bytes memory packed) {
        uint256[8] memory held = _held;
        uint256 rest = fee;
        for (uint256 i = 0; i < shares.length; ++i) {
            Share memory s = shares[i];
            uint256 amount = _pot(s.pot) * s.ppm / PPM;
            rest -= amount;
            packed = bytes.concat(packed, _line(s.assetId, s.pot, s.ppm, amount));
        }
        uint256 insurance = _pot(2);
        for (uint256 pot = 3; pot < 8; ++pot) {
            insurance += _pot(pot) * (PPM - held[pot]) / PPM / 2;
        }
        rest -= insurance + _pot(1);
        packed = bytes.concat(packed, _line(bytes32(uint256(2)), 1, PPM, _pot(1)));
        packed = bytes.concat(packed, _line(bytes32(uint256(3)), 2, PPM, insurance));
        packed = bytes.concat(packed, _line(bytes32(uint256(1)), 0, PPM, rest));
        if (tampering != 0) {
            uint256 place = tampering % packed.length;
            packed[place] = bytes1(uint8(packed[place]) ^ uint8(1 << (tampering / packed.length % 8)));
        }
    }

    function _pot(uint256 pot) private view returns (uint256 amount) {
        return uint256(fee) * _pots[pot] / 10_000;
    }

    function _line(bytes32 assetId, uint256 pot, uint256 ppm, uint256 amount) private pure returns (bytes memory) {
        return abi.encodePacked(assetId, uint8(pot), uint32(ppm), uint128(amount));
    }

    function _clear() private {
        delete shares;
        delete _held;
    }
}

contract SplitInvariants is Targets {
    SplitHandler private _splits;
    SplitCalls private _calls;

    function setUp() external {
        (_splits, _calls) = (new SplitHandler(), new SplitCalls());
        _target(address(_splits));
    }

    /// Conservation: lines that are taken add up to the fee, to the unit.
    function invariant_conservation() external view {
        (bytes memory lines, bool taken) = _judged();
        // Live: what the specification writes is taken.
        if (_splits.tampering() == 0) assert(taken);
        if (!taken) return;
        uint256 sum = 0;
        for (uint256 i = 0; i < lines.length / 53; ++i) {
            sum += _calls.lineAt(lines, i).amount;
        }
        assert(sum == _splits.fee());
    }

    /// Ceilings: in lines that are taken no shared pot pays more than its part of the fee.
    function invariant_ceilings() external view {
        (bytes memory lines, bool taken) = _judged();
        if (!taken) return;
        uint256[8] memory paid;
        for (uint256 i = 0; i < lines.length / 53; ++i) {
            Split.Line memory line = _calls.lineAt(lines, i);
            paid[line.pot] += line.amount;
        }
        uint16[8] memory pots = _splits.pots();
        for (uint256 pot = 3; pot < 8; ++pot) {
            assert(paid[pot] <= uint256(_splits.fee()) * pots[pot] / 10_000);
        }
        // Live: burn and audit get at least what is theirs.
        assert(paid[0] >= uint256(_splits.fee()) * pots[0] / 10_000);
        assert(paid[1] == uint256(_splits.fee()) * pots[1] / 10_000);
    }

    /// Exactness: lines with another amount, or another line of the reserved ids, are never taken. (Another asset, pot or
    /// ppm may be: that is another split.)
    function invariant_exactness() external view {
        (bytes memory lines, bool taken) = _judged();
        uint256 seed = _splits.tampering();
        if (seed == 0) return;
        bool inShare = seed % lines.length % 53 < 37;
        bool isReserved = seed % lines.length >= lines.length - 3 * 53;
        assert(!taken || (inShare && !isReserved));
        // Live: undone, it is taken.
        uint256 place = seed % lines.length;
        lines[place] = bytes1(uint8(lines[place]) ^ uint8(1 << (seed / lines.length % 8)));
        assert(_calls.isSplit(_splits.fee(), _splits.pots(), lines));
    }

    function _judged() private view returns (bytes memory lines, bool taken) {
        lines = _splits.lines();
        taken = _calls.isSplit(_splits.fee(), _splits.pots(), lines);
    }
}
