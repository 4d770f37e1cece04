// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An operator's own stake and what others delegated, in one pool
/// @dev Shares cannot be transferred. Those that thaw move to a second pool, which is slashed like the first and cannot be
/// locked. Rewards reach the pool in a stream, so that nobody gains by coming for a moment.
/// @custom:invariant backing: token balance >= active + thawing + what streams + what slashes have left, over all operators.
/// @custom:invariant slashable: locked <= active + thawing; new locks only while locked <= active.
/// @custom:invariant price: what a share is worth never falls but by a slash.
interface IStakePools {
    /// @notice Stake of one operator, in one slot. Locks are part of `active`, and of `thawing` where that is too little.
    struct Stake {
        uint64 active;
        uint64 thawing;
        uint64 lockedBatches;
        uint64 lockedProposals;
    }

    /// @notice Shares of one operator's two pools, in one slot. A scale counts how often shares were recounted.
    struct Pool {
        uint96 shares;
        uint96 thawShares;
        uint32 scale;
        uint32 thawScale;
    }

    /// @notice Rewards under way to a pool and the operator's commission, in one slot.
    struct Stream {
        /// Reaches the pool by the end of the window of `since`, linearly.
        uint64 streaming;
        /// Came in during that window; streams in the next one.
        uint64 waiting;
        /// Until when the stream has reached the pool.
        uint40 since;
        /// The pool's part of rewards; the rest is the operator's commission. From `nextFrom` on it is `nextPoolBps`.
        uint16 poolBps;
        uint16 nextPoolBps;
        uint40 nextFrom;
    }

    /// @notice What one delegator (or the operator itself) holds of a pool.
    struct Delegation {
        /// Shares, and what they are worth.
        uint96 shares;
        uint64 tokens;
        /// What thaws, and until when.
        uint64 thawing;
        uint40 thawEndsAt;
    }

    /// @notice Stake came in.
    event StakeDelegated(address indexed operator, address indexed delegator, uint128 amount, uint96 shares);
    /// @notice Stake thaws; the clock of all that this delegator thaws starts anew.
    event StakeThawStarted(
        address indexed operator, address indexed delegator, uint96 shares, uint128 amount, uint64 endsAt
    );
    /// @notice Thawed stake went out.
    event StakeWithdrawn(address indexed operator, address indexed delegator, uint128 amount);
    /// @notice Rewards came in: the commission went to the operator, the pool's part will stream.
    event RewardsAdded(address indexed operator, address indexed from, uint128 commission, uint128 pooled);
    /// @notice A part of the stream is in the pool.
    event RewardsReleased(address indexed operator, uint128 amount);
    /// @notice The pool's part of rewards will change.
    event CommissionAnnounced(address indexed operator, uint16 commissionBps, uint64 from);

    /// @notice A constructor parameter is out of bounds.
    error StakePoolsBadParameter();
    /// @notice An amount must not be zero.
    error StakePoolsZeroAmount();
    /// @notice So little that rounding would take a thousandth of it or more.
    error StakePoolsDust(uint128 amount);
    /// @notice The operator asset does not pay the pool: `setPayout` to `forwarderOf(operator)` first.
    error StakePoolsClosed(address operator);
    /// @notice Fewer shares than that.
    error StakePoolsSharesShort(uint96 have, uint96 want);
    /// @notice Nothing thaws.
    error StakePoolsNoThaw();
    /// @notice Wait until the named time.
    error StakePoolsThawing(uint64 until);
    /// @notice Locks older than the thaw stand on this stake; wait for their release.
    error StakePoolsStillLocked(uint128 left, uint128 locked);
    /// @notice Parts are basis points.
    error StakePoolsBadCommission(uint16 commissionBps);

    /// @notice Adds OPEN of the caller to its own stake. Needs an allowance.
    /// @param amount Base units.
    function deposit(uint128 amount) external;

    /// @notice Adds OPEN of the caller to an operator's pool. Needs an allowance.
    /// @dev From others only while the operator asset pays `forwarderOf(operator)`. Shares are the caller's and share in every
    /// reward and every slash from now on.
    /// @param operator Whose pool.
    /// @param amount Base units.
    function delegate(address operator, uint128 amount) external;

    /// @notice Starts to take back shares of the caller. What thaws earns nothing, is slashed like the rest, and cannot back
    /// new locks. It may start while all stake is locked, so that no operator can hold a delegator.
    /// @param operator Whose pool.
    /// @param shares On top of what thaws already; the clock starts anew for all of it.
    function startThaw(address operator, uint96 shares) external;

    /// @notice Pays the caller what has thawed.
    /// @param operator Whose pool.
    function withdraw(address operator) external;

    /// @notice Brings rewards into a pool. Anyone may, for any operator. Needs an allowance.
    /// @param operator Whose pool.
    /// @param amount Base units.
    function addRewards(address operator, uint128 amount) external;

    /// @notice Brings what the forwarder of an operator holds into the pool. Anyone may.
    /// @param operator Whose pool.
    /// @return amount Base units.
    function sweep(address operator) external returns (uint128 amount);

    /// @notice Moves what has streamed into the pool; every change of the pool does it too. Anyone may.
    /// @param operator Whose pool.
    function accrue(address operator) external;

    /// @notice Announces the caller's commission, which holds for what comes in after a thaw period. At first it is the whole.
    /// @param commissionBps Part of rewards, in basis points.
    function setCommission(uint16 commissionBps) external;

    /// @notice Stake of an operator, with what has streamed.
    function stakeOf(address operator) external view returns (Stake memory stake);

    /// @notice Stake that can be locked.
    function freeOf(address operator) external view returns (uint128 amount);

    /// @notice Stake locked by all registrars.
    function lockedOf(address operator) external view returns (uint128 amount);

    /// @notice Shares of an operator's two pools.
    function poolOf(address operator) external view returns (Pool memory pool);

    /// @notice What a delegator holds of an operator's pool.
    function delegationOf(address operator, address delegator) external view returns (Delegation memory found);

    /// @notice Rewards under way, and the commission as stored.
    function streamOf(address operator) external view returns (Stream memory stream);

    /// @notice Part of rewards that the operator keeps now, and what is announced from when; zero: nothing is.
    function commissionOf(address operator) external view returns (uint16 bps, uint16 nextBps, uint64 from);

    /// @notice Where rewards of an operator asset go so that they reach the pool, made or not.
    function forwarderOf(address operator) external view returns (address forwarder);

    /// @notice Whether the operator asset pays the pool, and so others may delegate.
    function isOpen(address operator) external view returns (bool yes);

    /// @notice Shares to thaw for an amount, rounded up.
    function sharesOf(address operator, uint128 amount) external view returns (uint96 shares);

    /// @notice Seconds between the start and the end of a thaw.
    function thawPeriod() external view returns (uint64 period);

    /// @notice Seconds over which rewards stream.
    function streamWindow() external view returns (uint64 window);
}
