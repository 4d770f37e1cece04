// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";

/// @title What operators and proposers stand to lose
contract OperatorStake is IOperatorStake {
    using SafeERC20 for IOpenToken;

    uint256 private constant FULL_BPS = 10_000;
    /// @dev A bond is 1.25 times what could be stolen, measured on the part of it that burns.
    uint256 private constant COVER_PERCENT = 125;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice Whose insurance pool gets the rest of a slash.
    IUsageEscrow public immutable escrow;
    /// @inheritdoc IOperatorStake
    uint64 public immutable thawPeriod;
    /// @notice Part of a slash that burns; at least half.
    uint16 public immutable burnedBps;
    /// @notice Part of a slash that goes to the reporter.
    uint16 public immutable reporterBps;
    address private immutable _deployer;

    /// @notice Locks and slashes for batches.
    address public attributionRegistry;
    /// @notice Locks and slashes for reward proposals.
    address public rewardDistributor;

    mapping(address operator => Stake stake) private _stakes;
    mapping(address registrar => mapping(address operator => uint128 amount)) public lockedByOf;

    modifier onlyRegistrar() {
        require(
            msg.sender == attributionRegistry || msg.sender == rewardDistributor, OperatorStakeNotRegistrar(msg.sender)
        );
        _;
    }

    /// @param token_ OPEN.
    /// @param escrow_ The UsageEscrow.
    /// @param thawPeriod_ Seconds; at least two challenge windows, which the deploy script checks.
    /// @param burnedBps_ At least 5,000.
    /// @param reporterBps_ With `burnedBps_` at most 10,000.
    constructor(IOpenToken token_, IUsageEscrow escrow_, uint64 thawPeriod_, uint16 burnedBps_, uint16 reporterBps_) {
        require(
            address(token_) != address(0) && address(escrow_) != address(0) && thawPeriod_ > 0
                && burnedBps_ >= FULL_BPS / 2 && uint256(burnedBps_) + reporterBps_ <= FULL_BPS,
            OperatorStakeBadParameter()
        );
        (token, escrow, thawPeriod) = (token_, escrow_, thawPeriod_);
        (burnedBps, reporterBps) = (burnedBps_, reporterBps_);
        _deployer = msg.sender;
    }

    /// @inheritdoc IOperatorStake
    function wire(address attributionRegistry_, address rewardDistributor_) external {
        require(msg.sender == _deployer, OperatorStakeNotDeployer(msg.sender));
        require(attributionRegistry == address(0), OperatorStakeAlreadyWired());
        require(attributionRegistry_ != address(0) && rewardDistributor_ != address(0), OperatorStakeBadParameter());
        (attributionRegistry, rewardDistributor) = (attributionRegistry_, rewardDistributor_);
        emit Wired(attributionRegistry_, rewardDistributor_);
    }

    /* OPERATOR */

    /// @inheritdoc IOperatorStake
    function deposit(uint128 amount) external {
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IOperatorStake
    function depositFor(address operator, uint128 amount) external {
        _deposit(operator, amount);
    }

    /// @inheritdoc IOperatorStake
    function startThaw(uint128 amount) external {
        require(amount > 0, OperatorStakeZeroAmount());
        Stake storage stake = _stakes[msg.sender];
        _checkFree(stake, amount);
        uint128 thawing = stake.thawing + amount;
        uint64 endsAt = uint64(block.timestamp) + thawPeriod;
        stake.active -= amount;
        (stake.thawing, stake.thawEndsAt) = (thawing, endsAt);
        emit StakeThawStarted(msg.sender, thawing, endsAt);
    }

    /// @inheritdoc IOperatorStake
    function withdraw() external {
        Stake storage stake = _stakes[msg.sender];
        uint128 thawed = stake.thawing;
        require(thawed > 0, OperatorStakeNoThaw());
        require(block.timestamp >= stake.thawEndsAt, OperatorStakeThawing(stake.thawEndsAt));
        (stake.thawing, stake.thawEndsAt) = (0, 0);
        emit StakeWithdrawn(msg.sender, thawed);
        token.safeTransfer(msg.sender, thawed);
    }

    /* REGISTRARS */

    /// @inheritdoc IOperatorStake
    function lock(address operator, uint128 amount) external onlyRegistrar {
        Stake storage stake = _stakes[operator];
        _checkFree(stake, amount);
        stake.locked += amount;
        lockedByOf[msg.sender][operator] += amount;
        emit StakeLocked(operator, msg.sender, amount);
    }

    /// @inheritdoc IOperatorStake
    function release(address operator, uint128 amount) external onlyRegistrar {
        uint128 have = lockedByOf[msg.sender][operator];
        require(amount <= have, OperatorStakeLockShort(have, amount));
        lockedByOf[msg.sender][operator] = have - amount;
        _stakes[operator].locked -= amount;
        emit StakeReleased(operator, msg.sender, amount);
    }

    /// @inheritdoc IOperatorStake
    function slash(address operator, uint128 amount, address reporter) external onlyRegistrar {
        require(amount > 0, OperatorStakeZeroAmount());
        _take(operator, amount);
        uint128 burned = uint128(Math.ceilDiv(uint256(amount) * burnedBps, FULL_BPS));
        uint128 rewarded = reporter == address(0) ? 0 : uint128(uint256(amount) * reporterBps / FULL_BPS);
        // With both parts at 10,000 bps the burn's rounding may leave the reporter one unit less.
        if (rewarded > amount - burned) rewarded = amount - burned;
        uint128 insured = amount - burned - rewarded;
        emit StakeSlashed(operator, msg.sender, reporter, amount, burned, rewarded, insured);
        token.burn(burned);
        if (rewarded > 0) token.safeTransfer(reporter, rewarded);
        if (insured > 0) {
            token.forceApprove(address(escrow), insured);
            escrow.addInsurance(insured);
        }
    }

    /* VIEWS */

    /// @inheritdoc IOperatorStake
    function stakeOf(address operator) external view returns (Stake memory stake) {
        return _stakes[operator];
    }

    /// @inheritdoc IOperatorStake
    function freeOf(address operator) external view returns (uint128 amount) {
        return _stakes[operator].active - _stakes[operator].locked;
    }

    /// @inheritdoc IOperatorStake
    function lockedOf(address operator) external view returns (uint128 amount) {
        return _stakes[operator].locked;
    }

    /// @inheritdoc IOperatorStake
    function requiredBond(uint128 total) external view returns (uint128 bond) {
        uint256 covered = uint256(total) * COVER_PERCENT * FULL_BPS;
        return SafeCast.toUint128(Math.ceilDiv(covered, 100 * uint256(burnedBps)));
    }

    /* PARTS */

    function _deposit(address operator, uint128 amount) private {
        require(amount > 0, OperatorStakeZeroAmount());
        _stakes[operator].active += amount;
        emit StakeDeposited(operator, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _checkFree(Stake storage stake, uint128 amount) private view {
        uint128 free = stake.active - stake.locked;
        require(amount <= free, OperatorStakeFreeShort(free, amount));
    }

    /// @dev The registrar's own lock first, then free, then thawing stake.
    function _take(address operator, uint128 amount) private {
        Stake storage stake = _stakes[operator];
        uint128 own = lockedByOf[msg.sender][operator];
        uint128 fromLock = amount < own ? amount : own;
        lockedByOf[msg.sender][operator] = own - fromLock;
        stake.locked -= fromLock;
        stake.active -= fromLock;
        uint128 rest = amount - fromLock;
        if (rest == 0) return;

        uint128 free = stake.active - stake.locked;
        uint128 fromFree = rest < free ? rest : free;
        stake.active -= fromFree;
        rest -= fromFree;
        require(rest <= stake.thawing, OperatorStakeShort(amount - rest + stake.thawing, amount));
        stake.thawing -= rest;
    }
}
