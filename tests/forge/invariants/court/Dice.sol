// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBeacon} from "../../../../contracts/interfaces/audit/IBeacon.sol";

/// @title Seeds that a test throws; whether they can be biased is the matter of the beacons' own tests
contract Dice is IBeacon {
    uint64 private _thrown;
    bool private immutable _fair;

    constructor(bool fair) {
        _fair = fair;
    }

    function throwAll() external {
        ++_thrown;
    }

    function nextRound() external view returns (uint64 round) {
        return _thrown + 1;
    }

    function seedOf(uint64 round) external view returns (bytes32 seed) {
        return round == 0 || round > _thrown ? bytes32(0) : keccak256(abi.encode(round));
    }

    function isUnbiasable() external view returns (bool yes) {
        return _fair;
    }
}
