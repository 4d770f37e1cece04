// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IStakePools} from "../interfaces/stake/IStakePools.sol";
import {PoolShares} from "../libraries/PoolShares.sol";
import {OpenHolder} from "./OpenHolder.sol";
import {RewardForwarder} from "./RewardForwarder.sol";

/// @title Pools of stake, and the rewards that stream into them
abstract contract StakePools is IStakePools, OpenHolder {
    using SafeERC20 for IOpenToken;

    /// @dev Shares of one holder in one pool, as they counted on `scale`; `endsAt` of thawing ones.
    struct Holding {
        uint96 shares;
        uint32 scale;
        uint40 endsAt;
    }

    uint256 private constant FULL_BPS = 10_000;

    /// @notice Knows where operator assets pay.
    IModelRegistry public immutable models;
    /// @inheritdoc IStakePools
    uint64 public immutable thawPeriod;
    /// @inheritdoc IStakePools
    uint64 public immutable streamWindow;
    /// @notice What forwarders are clones of.
    address public immutable forwarder;

    mapping(address operator => Stake stake) internal _stakes;
    mapping(address operator => Pool pool) private _pools;
    mapping(address operator => Stream stream) private _streams;
    mapping(address operator => mapping(address delegator => Holding holding)) private _active;
    mapping(address operator => mapping(address delegator => Holding holding)) private _thawing;

    /// @param models_ The ModelRegistry.
    /// @param thawPeriod_ Seconds; at least two challenge windows, which the deploy script checks.
    /// @param streamWindow_ Seconds; at most `thawPeriod_`, so that who comes for a stream stays longer than it runs.
    constructor(IModelRegistry models_, uint64 thawPeriod_, uint64 streamWindow_) {
        require(
            address(models_) != address(0) && streamWindow_ > 0 && streamWindow_ <= thawPeriod_
                && thawPeriod_ <= 365 days,
            StakePoolsBadParameter()
        );
        (models, thawPeriod, streamWindow) = (models_, thawPeriod_, streamWindow_);
        forwarder = address(new RewardForwarder(token, address(this)));
    }

    /* DELEGATORS */

    /// @inheritdoc IStakePools
    function deposit(uint128 amount) external {
        _delegate(msg.sender, amount);
    }

    /// @inheritdoc IStakePools
    function delegate(address operator, uint128 amount) external {
        require(msg.sender == operator || isOpen(operator), StakePoolsClosed(operator));
        _delegate(operator, amount);
    }

    /// @inheritdoc IStakePools
    function startThaw(address operator, uint96 shares) external {
        require(shares > 0, StakePoolsZeroAmount());
        accrue(operator);
        Stake storage stake = _stakes[operator];
        (uint64 active, uint64 thawing) = (stake.active, stake.thawing);
        Pool memory pool = _recounted(operator, active, thawing);
        uint96 have = _sharesIn(_active[operator][msg.sender], pool.scale);
        require(shares <= have, StakePoolsSharesShort(have, shares));
        uint64 tokens = uint64(PoolShares.tokensFor(shares, active, pool.shares));
        uint96 bought = uint96(PoolShares.sharesFor(tokens, thawing, pool.thawShares));
        require(bought > 0, StakePoolsDust(tokens));

        _active[operator][msg.sender] = Holding(have - shares, pool.scale, 0);
        uint64 endsAt = uint64(block.timestamp) + thawPeriod;
        uint96 before = _sharesIn(_thawing[operator][msg.sender], pool.thawScale);
        _thawing[operator][msg.sender] = Holding(before + bought, pool.thawScale, uint40(endsAt));
        (pool.shares, pool.thawShares) = (pool.shares - shares, pool.thawShares + bought);
        _pools[operator] = pool;
        (stake.active, stake.thawing) = (active - tokens, thawing + tokens);
        emit StakeThawStarted(operator, msg.sender, shares, tokens, endsAt);
    }

    /// @inheritdoc IStakePools
    function withdraw(address operator) external {
        Holding memory holding = _thawing[operator][msg.sender];
        require(holding.shares > 0, StakePoolsNoThaw());
        require(block.timestamp >= holding.endsAt, StakePoolsThawing(holding.endsAt));
        // Else shares would be recounted by a pool that lacks what has streamed into it.
        accrue(operator);
        Stake memory stake = _stakes[operator];
        Pool memory pool = _recounted(operator, stake.active, stake.thawing);
        uint96 shares = _sharesIn(holding, pool.thawScale);
        uint64 tokens = uint64(PoolShares.tokensFor(shares, stake.thawing, pool.thawShares));
        uint64 locked = stake.lockedBatches + stake.lockedProposals;
        uint64 left = stake.active + stake.thawing - tokens;
        require(locked <= left, StakePoolsStillLocked(left, locked));

        delete _thawing[operator][msg.sender];
        pool.thawShares -= shares;
        _pools[operator] = pool;
        _stakes[operator].thawing = stake.thawing - tokens;
        emit StakeWithdrawn(operator, msg.sender, tokens);
        token.safeTransfer(msg.sender, tokens);
    }

    /* REWARDS */

    /// @inheritdoc IStakePools
    function addRewards(address operator, uint128 amount) external {
        require(amount > 0, StakePoolsZeroAmount());
        token.safeTransferFrom(msg.sender, address(this), amount);
        _addRewards(operator, amount);
    }

    /// @inheritdoc IStakePools
    function sweep(address operator) external returns (uint128 amount) {
        address from = forwarderOf(operator);
        if (from.code.length == 0) Clones.cloneDeterministic(forwarder, _salt(operator));
        amount = uint128(RewardForwarder(from).collect());
        require(amount > 0, StakePoolsZeroAmount());
        _addRewards(operator, amount);
    }

    /// @inheritdoc IStakePools
    function accrue(address operator) public {
        Stream memory stream = _streams[operator];
        uint64 released = _advance(stream);
        if (released + stream.streaming + stream.waiting == 0) return;
        // With nobody in the pool, what is under way is the operator's.
        if (_pools[operator].shares == 0) {
            released += stream.streaming + stream.waiting;
            (stream.streaming, stream.waiting) = (0, 0);
            _streams[operator] = stream;
            _buy(operator, operator, released);
        } else {
            _streams[operator] = stream;
            _stakes[operator].active += released;
        }
        if (released > 0) emit RewardsReleased(operator, released);
    }

    /// @inheritdoc IStakePools
    function setCommission(uint16 commissionBps) external {
        require(commissionBps <= FULL_BPS, StakePoolsBadCommission(commissionBps));
        Stream storage stream = _streams[msg.sender];
        (uint16 poolBps,) = _poolBps(stream);
        uint64 from = uint64(block.timestamp) + thawPeriod;
        stream.poolBps = poolBps;
        (stream.nextPoolBps, stream.nextFrom) = (uint16(FULL_BPS) - commissionBps, uint40(from));
        emit CommissionAnnounced(msg.sender, commissionBps, from);
    }

    /* VIEWS */

    /// @inheritdoc IStakePools
    function stakeOf(address operator) public view returns (Stake memory stake) {
        stake = _stakes[operator];
        // Into an empty pool nothing streams: `accrue` makes it the operator's.
        if (_pools[operator].shares > 0) stake.active += _advance(_streams[operator]);
    }

    /// @inheritdoc IStakePools
    function freeOf(address operator) external view returns (uint128 amount) {
        Stake memory stake = stakeOf(operator);
        uint64 locked = stake.lockedBatches + stake.lockedProposals;
        return stake.active > locked ? stake.active - locked : 0;
    }

    /// @inheritdoc IStakePools
    function lockedOf(address operator) external view returns (uint128 amount) {
        return _stakes[operator].lockedBatches + _stakes[operator].lockedProposals;
    }

    /// @inheritdoc IStakePools
    function poolOf(address operator) public view returns (Pool memory pool) {
        Stake memory stake = stakeOf(operator);
        return _recounted(operator, stake.active, stake.thawing);
    }

    /// @inheritdoc IStakePools
    function delegationOf(address operator, address delegator) external view returns (Delegation memory found) {
        Stake memory stake = stakeOf(operator);
        Pool memory pool = _recounted(operator, stake.active, stake.thawing);
        Holding memory thawing = _thawing[operator][delegator];
        uint96 thawShares = _sharesIn(thawing, pool.thawScale);
        found.shares = _sharesIn(_active[operator][delegator], pool.scale);
        found.tokens = uint64(PoolShares.tokensFor(found.shares, stake.active, pool.shares));
        found.thawing = uint64(PoolShares.tokensFor(thawShares, stake.thawing, pool.thawShares));
        found.thawEndsAt = thawing.endsAt;
    }

    /// @inheritdoc IStakePools
    function streamOf(address operator) external view returns (Stream memory stream) {
        return _streams[operator];
    }

    /// @inheritdoc IStakePools
    function commissionOf(address operator) external view returns (uint16 bps, uint16 nextBps, uint64 from) {
        Stream storage stream = _streams[operator];
        (uint16 poolBps, bool announced) = _poolBps(stream);
        bps = uint16(FULL_BPS) - poolBps;
        if (announced) (nextBps, from) = (uint16(FULL_BPS) - stream.nextPoolBps, stream.nextFrom);
    }

    /// @inheritdoc IStakePools
    function forwarderOf(address operator) public view returns (address) {
        return Clones.predictDeterministicAddress(forwarder, _salt(operator));
    }

    /// @inheritdoc IStakePools
    function isOpen(address operator) public view returns (bool yes) {
        return models.payoutOf(models.operatorAssetOf(operator)) == forwarderOf(operator);
    }

    /// @inheritdoc IStakePools
    function sharesOf(address operator, uint128 amount) external view returns (uint96 shares) {
        uint256 count = poolOf(operator).shares + PoolShares.VIRTUAL;
        return SafeCast.toUint96(Math.ceilDiv(amount * count, uint256(stakeOf(operator).active) + 1));
    }

    /* PARTS */

    function _delegate(address operator, uint128 amount) private {
        require(amount > 0, StakePoolsZeroAmount());
        accrue(operator);
        // No amount above the supply can be transferred.
        uint96 bought = _buy(operator, msg.sender, SafeCast.toUint64(amount));
        require(bought >= PoolShares.VIRTUAL, StakePoolsDust(amount));
        emit StakeDelegated(operator, msg.sender, amount, bought);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Books tokens in the active pool as shares of `holder`.
    function _buy(address operator, address holder, uint64 tokens) private returns (uint96 bought) {
        Stake storage stake = _stakes[operator];
        (uint64 active, uint64 thawing) = (stake.active, stake.thawing);
        Pool memory pool = _recounted(operator, active, thawing);
        bought = SafeCast.toUint96(PoolShares.sharesFor(tokens, active, pool.shares));
        uint96 have = _sharesIn(_active[operator][holder], pool.scale);
        _active[operator][holder] = Holding(have + bought, pool.scale, 0);
        pool.shares += bought;
        _pools[operator] = pool;
        stake.active = active + tokens;
    }

    /// @dev What came in is here already.
    function _addRewards(address operator, uint128 amount) private {
        accrue(operator);
        Stream storage stream = _streams[operator];
        (uint16 poolBps,) = _poolBps(stream);
        uint64 commission = uint64(amount * (FULL_BPS - poolBps) / FULL_BPS);
        uint64 pooled = uint64(amount) - commission;
        if (stream.waiting + stream.streaming == 0) stream.since = uint40(block.timestamp);
        stream.waiting += pooled;
        emit RewardsAdded(operator, msg.sender, commission, pooled);
        if (commission > 0) token.safeTransfer(operator, commission);
    }

    /// @dev Moves a stream to now. What came in during one window streams in the next.
    /// @return released What reaches the pool.
    function _advance(Stream memory stream) private view returns (uint64 released) {
        if (stream.streaming + stream.waiting == 0) return 0;
        uint256 window = block.timestamp / streamWindow;
        uint256 last = stream.since / streamWindow;
        if (window > last) {
            released = stream.streaming;
            (stream.streaming, stream.waiting) = (stream.waiting, 0);
            if (window > last + 1) (released, stream.streaming) = (released + stream.streaming, 0);
            stream.since = uint40(window * streamWindow);
        }
        uint256 end = (window + 1) * streamWindow;
        uint64 part = uint64(stream.streaming * (block.timestamp - stream.since) / (end - stream.since));
        stream.streaming -= part;
        stream.since = uint40(block.timestamp);
        released += part;
    }

    /// @return poolBps The pool's part of what comes in now.
    /// @return announced Whether another is announced.
    function _poolBps(Stream storage stream) private view returns (uint16 poolBps, bool announced) {
        uint40 from = stream.nextFrom;
        if (from == 0) return (stream.poolBps, false);
        return block.timestamp < from ? (stream.poolBps, true) : (stream.nextPoolBps, false);
    }

    function _recounted(address operator, uint64 active, uint64 thawing) private view returns (Pool memory pool) {
        pool = _pools[operator];
        (pool.shares, pool.scale) = PoolShares.recounted(pool.shares, pool.scale, active);
        (pool.thawShares, pool.thawScale) = PoolShares.recounted(pool.thawShares, pool.thawScale, thawing);
    }

    function _sharesIn(Holding memory holding, uint32 scale) private pure returns (uint96 shares) {
        return PoolShares.onScale(holding.shares, holding.scale, scale);
    }

    function _salt(address operator) private pure returns (bytes32) {
        return bytes32(uint256(uint160(operator)));
    }
}
