// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {SlashCases} from "./SlashCases.sol";

/// @title What operators and proposers stand to lose
contract OperatorStake is IOperatorStake, SlashCases {
    using SafeERC20 for IOpenToken;

    /// @inheritdoc IOperatorStake
    uint64 public immutable thawPeriod;
    address private immutable _deployer;

    /// @notice Locks and slashes for batches.
    address public attributionRegistry;
    /// @notice Locks and slashes for reward proposals.
    address public rewardDistributor;

    mapping(address operator => Stake stake) private _stakes;
    /// @inheritdoc IOperatorStake
    mapping(address operator => uint64 endsAt) public thawEndsAtOf;

    /// @param token_ OPEN; its supply fits 56 bits.
    /// @param escrow_ The UsageEscrow.
    /// @param thawPeriod_ Seconds; at least two challenge windows, which the deploy script checks.
    constructor(IOpenToken token_, IUsageEscrow escrow_, uint64 thawPeriod_) SlashCases(token_, escrow_) {
        require(
            address(token_) != address(0) && address(escrow_) != address(0) && thawPeriod_ > 0
                && token_.totalSupply() <= type(uint56).max,
            OperatorStakeBadParameter()
        );
        thawPeriod = thawPeriod_;
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
        uint64 thawing = stake.thawing + uint64(amount);
        uint64 endsAt = uint64(block.timestamp) + thawPeriod;
        stake.active -= uint64(amount);
        stake.thawing = thawing;
        thawEndsAtOf[msg.sender] = endsAt;
        emit StakeThawStarted(msg.sender, thawing, endsAt);
    }

    /// @inheritdoc IOperatorStake
    function withdraw() external {
        uint64 thawed = _stakes[msg.sender].thawing;
        uint64 endsAt = thawEndsAtOf[msg.sender];
        require(thawed > 0, OperatorStakeNoThaw());
        require(block.timestamp >= endsAt, OperatorStakeThawing(endsAt));
        _stakes[msg.sender].thawing = 0;
        thawEndsAtOf[msg.sender] = 0;
        emit StakeWithdrawn(msg.sender, thawed);
        token.safeTransfer(msg.sender, thawed);
    }

    /* REGISTRARS */

    /// @inheritdoc IOperatorStake
    function lock(address operator, uint128 amount) external {
        bool forBatch = _isBatchRegistrar();
        Stake storage stake = _stakes[operator];
        _checkFree(stake, amount);
        if (forBatch) stake.lockedBatches += uint64(amount);
        else stake.lockedProposals += uint64(amount);
    }

    /// @inheritdoc IOperatorStake
    function release(address operator, uint128 amount) external {
        _unlock(operator, amount);
    }

    /// @inheritdoc IOperatorStake
    function slash(
        address operator,
        uint128 amount,
        address reporter,
        bytes32 caseId,
        uint16 burnedBps,
        uint16 reporterBps
    ) external {
        _take(operator, amount);
        _openCase(operator, amount, reporter, caseId, burnedBps, reporterBps);
    }

    /* VIEWS */

    /// @inheritdoc IOperatorStake
    function stakeOf(address operator) external view returns (Stake memory stake) {
        return _stakes[operator];
    }

    /// @inheritdoc IOperatorStake
    function freeOf(address operator) external view returns (uint128 amount) {
        return _free(_stakes[operator]);
    }

    /// @inheritdoc IOperatorStake
    function lockedOf(address operator) external view returns (uint128 amount) {
        return _stakes[operator].lockedBatches + _stakes[operator].lockedProposals;
    }

    /* PARTS */

    function _deposit(address operator, uint128 amount) private {
        require(amount > 0, OperatorStakeZeroAmount());
        emit StakeDeposited(operator, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
        // What was transferred fits, as the supply does.
        _stakes[operator].active += uint64(amount);
    }

    /// @dev The registry of batches comes first: its lock is on the path of every batch.
    function _isBatchRegistrar() private view returns (bool yes) {
        yes = msg.sender == attributionRegistry;
        require(yes || msg.sender == rewardDistributor, OperatorStakeNotRegistrar(msg.sender));
    }

    function _free(Stake memory stake) private pure returns (uint128 amount) {
        return stake.active - stake.lockedBatches - stake.lockedProposals;
    }

    function _checkFree(Stake memory stake, uint128 amount) private pure {
        uint128 free = _free(stake);
        require(amount <= free, OperatorStakeFreeShort(free, amount));
    }

    /// @dev Lowers the caller's own lock.
    function _unlock(address operator, uint128 amount) private returns (Stake storage stake) {
        stake = _stakes[operator];
        bool forBatch = _isBatchRegistrar();
        uint64 have = forBatch ? stake.lockedBatches : stake.lockedProposals;
        require(amount <= have, OperatorStakeLockShort(have, amount));
        if (forBatch) stake.lockedBatches = have - uint64(amount);
        else stake.lockedProposals = have - uint64(amount);
    }

    function _take(address operator, uint128 amount) private {
        require(amount > 0, OperatorStakeZeroAmount());
        _unlock(operator, amount).active -= uint64(amount);
    }
}
