// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISlashCases} from "./ISlashCases.sol";

/// @title What operators and proposers stand to lose
/// @dev Registrars (AttributionRegistry, RewardDistributor) lock stake behind each batch or proposal and slash it on a proof.
/// @custom:invariant backing: token balance >= sum of active and thawing stake.
/// @custom:invariant slashable: locked <= active, and each lock is slashable until its registrar releases it.
interface IOperatorStake is ISlashCases {
    /// @notice Stake of one operator, in one slot. `active` includes both locks and not `thawing`.
    struct Stake {
        uint64 active;
        uint64 thawing;
        uint64 lockedBatches;
        uint64 lockedProposals;
    }

    /// @notice The registrars are set, for good.
    event Wired(address indexed attributionRegistry, address indexed rewardDistributor);
    /// @notice Stake came in.
    event StakeDeposited(address indexed operator, address indexed from, uint128 amount);
    /// @notice Stake thaws; the clock of all that thaws starts anew.
    event StakeThawStarted(address indexed operator, uint128 thawing, uint64 endsAt);
    /// @notice Thawed stake went out.
    event StakeWithdrawn(address indexed operator, uint128 amount);
    /// @notice Only the deployer wires.
    error OperatorStakeNotDeployer(address caller);
    /// @notice The registrars are set already.
    error OperatorStakeAlreadyWired();
    /// @notice A constructor parameter or a link is out of bounds.
    error OperatorStakeBadParameter();
    /// @notice Only a registrar may do this.
    error OperatorStakeNotRegistrar(address caller);
    /// @notice An amount must not be zero.
    error OperatorStakeZeroAmount();
    /// @notice Not enough free stake: deposit, or wait for a release.
    error OperatorStakeFreeShort(uint128 have, uint128 want);
    /// @notice This registrar has locked less than that.
    error OperatorStakeLockShort(uint128 have, uint128 want);
    /// @notice Nothing thaws.
    error OperatorStakeNoThaw();
    /// @notice Wait until the named time.
    error OperatorStakeThawing(uint64 until);

    /// @notice Sets the registrars, once, by the deployer.
    function wire(address attributionRegistry, address rewardDistributor) external;

    /// @notice Adds OPEN of the caller to its stake. Needs an allowance.
    /// @param amount Base units.
    function deposit(uint128 amount) external;

    /// @notice Adds OPEN of the caller to another's stake, for good.
    /// @param operator Whose stake.
    /// @param amount Base units.
    function depositFor(address operator, uint128 amount) external;

    /// @notice Starts to take back free stake. It stays slashable and cannot be locked.
    /// @param amount Base units, on top of what thaws already; the clock starts anew for all of it.
    function startThaw(uint128 amount) external;

    /// @notice Pays out what has thawed.
    function withdraw() external;

    /// @notice When the thaw of an operator ends; zero when nothing thaws.
    function thawEndsAtOf(address operator) external view returns (uint64 endsAt);

    /// @notice Locks free stake; by a registrar, whose own event tells of it.
    function lock(address operator, uint128 amount) external;

    /// @notice Frees what the same registrar locked.
    function release(address operator, uint128 amount) external;

    /// @notice Takes stake that the same registrar has locked, and opens a case for it. No token moves.
    /// @param operator Whose stake.
    /// @param amount Base units, at most what this registrar has locked.
    /// @param reporter Who proved it. Zero: its part is insurance.
    /// @param caseId `keccak256(abi.encode(registrar, id))`; each once.
    /// @param burnedBps Part that burns, rounded up; at least half.
    /// @param reporterBps Part of the reporter, rounded down; the rest is insurance.
    function slash(
        address operator,
        uint128 amount,
        address reporter,
        bytes32 caseId,
        uint16 burnedBps,
        uint16 reporterBps
    ) external;

    /// @notice Stake of an operator.
    function stakeOf(address operator) external view returns (Stake memory stake);

    /// @notice Stake that can be locked or thawed.
    function freeOf(address operator) external view returns (uint128 amount);

    /// @notice Stake locked by all registrars.
    function lockedOf(address operator) external view returns (uint128 amount);

    /// @notice Seconds between the start and the end of a thaw.
    function thawPeriod() external view returns (uint64 period);
}
