// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {OpenHolder} from "./OpenHolder.sol";
import {SlashCases} from "./SlashCases.sol";
import {StakePools} from "./StakePools.sol";

/// @title What operators and proposers stand to lose
/// @dev Locks are on the path of every batch: each touches the registrar's slot and the operator's, and logs nothing.
contract OperatorStake is IOperatorStake, StakePools, SlashCases, AccessManaged {
    /// @dev Bits of a `Stake` below each but the first of its parts.
    uint256 private constant THAWING = 64;
    uint256 private constant LOCKED_BATCHES = 128;
    uint256 private constant LOCKED_PROPOSALS = 192;

    address private immutable _deployer;

    /// @inheritdoc IOperatorStake
    address public attributionRegistry;
    /// @inheritdoc IOperatorStake
    address public rewardDistributor;
    /// @inheritdoc IOperatorStake
    address public court;

    /// @param token_ OPEN.
    /// @param escrow_ The UsageEscrow.
    /// @param models_ The ModelRegistry.
    /// @param authority_ The AccessManager that says who sets the court.
    /// @param thawPeriod_ Seconds; at least two challenge windows, which the deploy script checks.
    /// @param streamWindow_ Seconds over which rewards stream.
    constructor(
        IOpenToken token_,
        IUsageEscrow escrow_,
        IModelRegistry models_,
        address authority_,
        uint64 thawPeriod_,
        uint64 streamWindow_
    )
        OpenHolder(token_)
        StakePools(models_, thawPeriod_, streamWindow_)
        SlashCases(escrow_)
        AccessManaged(authority_)
    {
        require(address(escrow_) != address(0) && authority_ != address(0), OperatorStakeBadParameter());
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

    /// @inheritdoc IOperatorStake
    function setCourt(address court_) external restricted {
        require(court == address(0), OperatorStakeAlreadyWired());
        require(court_ != address(0), OperatorStakeBadParameter());
        court = court_;
        emit CourtSet(court_);
    }

    /* REGISTRARS AND COURT */

    /// @inheritdoc IOperatorStake
    function lock(address operator, uint128 amount) external {
        uint256 shift = _shiftOfCaller();
        uint256 word = _wordOf(operator);
        if (amount > _freeIn(word)) {
            // What has streamed may suffice.
            accrue(operator);
            word = _wordOf(operator);
            uint256 free = _freeIn(word);
            require(amount <= free, OperatorStakeFreeShort(uint128(free), amount));
        }
        // It carries nowhere: what is locked is less than `active`.
        _setWord(operator, word + (uint256(amount) << shift));
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
    ) external returns (uint128 taken) {
        taken = msg.sender != attributionRegistry && msg.sender == court
            ? _takeUnlocked(operator, amount)
            : _takeLocked(operator, amount);
        if (taken > 0) _openCase(operator, taken, reporter, caseId, burnedBps, reporterBps);
    }

    /* PARTS */

    /// @dev Where the caller's locks stand in the slot. The registry of batches comes first: its lock is on every batch's path.
    function _shiftOfCaller() private view returns (uint256 shift) {
        if (msg.sender == attributionRegistry) return LOCKED_BATCHES;
        require(msg.sender == rewardDistributor, OperatorStakeNotRegistrar(msg.sender));
        return LOCKED_PROPOSALS;
    }

    /// @dev Lowers the caller's own lock.
    function _unlock(address operator, uint128 amount) private {
        uint256 shift = _shiftOfCaller();
        uint256 word = _wordOf(operator);
        uint64 have = uint64(word >> shift);
        require(amount <= have, OperatorStakeLockShort(have, amount));
        _setWord(operator, word - (uint256(amount) << shift));
    }

    /// @dev The slot of a `Stake`, whole: a lock reads and writes it once.
    function _wordOf(address operator) private view returns (uint256 word) {
        Stake storage stake = _stakes[operator];
        assembly ("memory-safe") {
            word := sload(stake.slot)
        }
    }

    function _setWord(address operator, uint256 word) private {
        Stake storage stake = _stakes[operator];
        assembly ("memory-safe") {
            sstore(stake.slot, word)
        }
    }

    function _freeIn(uint256 word) private pure returns (uint256 amount) {
        uint256 active = uint64(word);
        uint256 locked = _lockedIn(word);
        return active > locked ? active - locked : 0;
    }

    function _takeLocked(address operator, uint128 amount) private returns (uint128 taken) {
        require(amount > 0, OperatorStakeZeroAmount());
        uint256 shift = _shiftOfCaller();
        accrue(operator);
        uint256 word = _wordOf(operator);
        uint64 have = uint64(word >> shift);
        require(amount <= have, OperatorStakeLockShort(have, amount));
        _setWord(operator, _lessened(word, amount) - (uint256(amount) << shift));
        return amount;
    }

    function _takeUnlocked(address operator, uint128 amount) private returns (uint128 taken) {
        accrue(operator);
        uint256 word = _wordOf(operator);
        uint128 most = uint128(uint256(uint64(word)) + uint64(word >> THAWING) - _lockedIn(word));
        taken = amount < most ? amount : most;
        if (taken > 0) _setWord(operator, _lessened(word, taken));
    }

    /// @dev Takes exactly `amount`, pro rata, from a pool whose rewards have accrued.
    function _lessened(uint256 word, uint256 amount) private pure returns (uint256 less) {
        (uint256 active, uint256 thawing) = (uint64(word), uint64(word >> THAWING));
        // Neither part taken is then more than there is, so that nothing is borrowed from a neighbour.
        assert(amount <= active + thawing);
        uint256 fromThawing = amount * thawing / (active + thawing);
        return word - (amount - fromThawing) - (fromThawing << THAWING);
    }

    function _lockedIn(uint256 word) private pure returns (uint256 amount) {
        return uint256(uint64(word >> LOCKED_BATCHES)) + (word >> LOCKED_PROPOSALS);
    }
}
