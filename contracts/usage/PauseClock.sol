// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";

/// @title What the guardian may pause, and the clock of unsettled money, which stops while batches are paused
/// @dev One slot, the registry's address with it. A pause of batches lapses by itself, so that no guardian can hold
/// operators' money for good.
abstract contract PauseClock is IUsageEscrow, AccessManaged {
    struct Switches {
        address registry;
        bool depositsPaused;
        bool batchesPaused;
        uint40 pausedAt;
        /// Seconds of all earlier pauses of batches.
        uint40 pausedFor;
    }

    /// @inheritdoc IUsageEscrow
    uint64 public constant LONGEST_PAUSE = 7 days;

    /// @inheritdoc IUsageEscrow
    uint64 public immutable bucketWindow;

    Switches private _switches;

    constructor(address authority, uint64 bucketWindow_) AccessManaged(authority) {
        require(bucketWindow_ > 0, UsageEscrowZeroParameter());
        bucketWindow = bucketWindow_;
    }

    /* GUARDIAN */

    /// @inheritdoc IUsageEscrow
    function setDepositsPaused(bool paused) external restricted {
        _switches.depositsPaused = paused;
        emit DepositsPaused(paused);
    }

    /// @inheritdoc IUsageEscrow
    function setBatchesPaused(bool paused) external restricted {
        Switches memory switches = _switches;
        if (switches.batchesPaused) switches.pausedFor += uint40(_pauseSince(switches.pausedAt));
        if (paused) {
            uint256 rested = uint256(switches.pausedAt) + 2 * LONGEST_PAUSE;
            bool free = switches.pausedAt == 0 || block.timestamp >= rested;
            require(free, UsageEscrowPausedLately(uint64(rested)));
            switches.pausedAt = uint40(block.timestamp);
        }
        switches.batchesPaused = paused;
        _switches = switches;
        emit BatchesPaused(paused);
    }

    /* VIEWS */

    /// @inheritdoc IUsageEscrow
    function depositsPaused() public view returns (bool paused) {
        return _switches.depositsPaused;
    }

    /// @inheritdoc IUsageEscrow
    function batchesPaused() public view returns (bool paused) {
        return _switches.batchesPaused && block.timestamp < uint256(_switches.pausedAt) + LONGEST_PAUSE;
    }

    /// @inheritdoc IUsageEscrow
    function attributionRegistry() public view returns (address registry) {
        return _switches.registry;
    }

    /* PARTS */

    function _setRegistry(address registry) internal {
        _switches.registry = registry;
    }

    /// @dev Of unsettled money: block time less all pauses, over the window; it never falls.
    function _period() internal view returns (uint32 period) {
        uint256 paused = _switches.pausedFor;
        if (_switches.batchesPaused) paused += _pauseSince(_switches.pausedAt);
        // Pauses lie in the past and do not overlap.
        unchecked {
            return uint32((block.timestamp - paused) / bucketWindow);
        }
    }

    function _pauseSince(uint256 pausedAt) private view returns (uint256 duration) {
        duration = block.timestamp - pausedAt;
        if (duration > LONGEST_PAUSE) duration = LONGEST_PAUSE;
    }
}
