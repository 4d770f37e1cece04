// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IUptimeFeed} from "../interfaces/IUptimeFeed.sol";
import {ParameterSet} from "../types/ParameterSet.sol";
import {ParameterWord} from "../types/ParameterWord.sol";
import {WindowClock} from "./WindowClock.sol";

/// @title Parameters within hard bounds, version by version
/// @dev What was submitted under a version keeps to it, so that no change makes anything honest guilty. The newest version
/// is held twice, which makes `current` and `at` one read each.
contract Parameters is IParameters, AccessManaged, WindowClock {
    /// @notice A watcher polls, fetches a file and sends one transaction within this.
    uint24 public constant LEAST_WINDOW = 1 hours;
    /// @notice What is open longer keeps honest money waiting.
    uint24 public constant MOST_WINDOW = 7 days;
    /// @notice A slash that burns less than half pays a culprit who reports himself.
    uint16 public constant LEAST_BURNED_BPS = 5_000;
    /// @notice The reporter's part must pay for gas and watching.
    uint16 public constant LEAST_REPORTER_BPS = 500;
    /// @notice Deterrence: what burns is at least 1.25 times what could be stolen.
    uint16 public constant LEAST_COVER_PERCENT = 125;
    /// @notice A bond of 20 times the total, at half burned; more would shut operators out.
    uint16 public constant MOST_COVER_PERCENT = 1_000;
    /// @notice One OPEN: a proposal is never free.
    uint56 public constant LEAST_PROPOSAL_BOND = 10 ** 6;
    /// @notice A million OPEN: proposing stays within many people's reach.
    uint56 public constant MOST_PROPOSAL_BOND = 10 ** 12;
    uint256 private constant FULL_BPS = 10_000;

    /// @notice The longest window that a version may have here. Thaws and grace periods that are fixed in other contracts
    /// were chosen for it, which the deploy script checks.
    uint24 public immutable longestWindow;

    ParameterSet private _current;
    mapping(uint256 version => ParameterSet set) private _sets;

    /// @param authority_ The AccessManager that says who may call `set`.
    /// @param feed The sequencer's uptime feed, or zero.
    /// @param longestWindow_ At most `MOST_WINDOW`.
    /// @param first Version 1.
    constructor(address authority_, IUptimeFeed feed, uint24 longestWindow_, ParameterSet memory first)
        AccessManaged(authority_)
        WindowClock(feed)
    {
        _checkBounds("longestWindow", longestWindow_, LEAST_WINDOW, MOST_WINDOW);
        longestWindow = longestWindow_;
        _set(first);
    }

    /// @inheritdoc IParameters
    function set(ParameterSet calldata next) external restricted {
        _set(next);
    }

    /// @inheritdoc IParameters
    function current() external view returns (ParameterSet memory) {
        return _current;
    }

    /// @inheritdoc IParameters
    function atVersion(uint256 version) external view returns (ParameterSet memory found) {
        found = _sets[version];
        require(found.version > 0, ParametersUnknownVersion(version));
    }

    /// @inheritdoc IParameters
    function currentWord() external view returns (ParameterWord word) {
        return _wordIn(_current);
    }

    /// @inheritdoc IParameters
    function wordAt(uint256 version) external view returns (ParameterWord word) {
        word = _wordIn(_sets[version]);
        require(word.version() > 0, ParametersUnknownVersion(version));
    }

    /// @inheritdoc IParameters
    function endOf(uint64 from, uint64 length) external view returns (uint64 end) {
        return _endOf(from, length);
    }

    function _set(ParameterSet memory next) private {
        uint24 version = _current.version + 1;
        require(next.version == version, ParametersNotNext(next.version, version));
        _checkBounds("challengeWindow", next.challengeWindow, LEAST_WINDOW, longestWindow);
        _checkBounds("rewardWindow", next.rewardWindow, LEAST_WINDOW, longestWindow);
        _checkBounds("responseWindow", next.responseWindow, LEAST_WINDOW, longestWindow);
        _checkBounds("burnedBps", next.burnedBps, LEAST_BURNED_BPS, FULL_BPS - LEAST_REPORTER_BPS);
        _checkBounds("reporterBps", next.reporterBps, LEAST_REPORTER_BPS, FULL_BPS - next.burnedBps);
        _checkBounds("coverPercent", next.coverPercent, LEAST_COVER_PERCENT, MOST_COVER_PERCENT);
        _checkBounds("proposalBond", next.proposalBond, LEAST_PROPOSAL_BOND, MOST_PROPOSAL_BOND);
        (_current, _sets[version]) = (next, next);
        emit ParametersSet(version, next);
    }

    /// @dev A set fills one slot.
    function _wordIn(ParameterSet storage held) private view returns (ParameterWord word) {
        assembly ("memory-safe") {
            word := sload(held.slot)
        }
    }

    function _checkBounds(bytes32 name, uint256 value, uint256 least, uint256 most) private pure {
        require(value >= least && value <= most, ParametersOutOfBounds(name, value, least, most));
    }
}
