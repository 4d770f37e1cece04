// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISlashCases} from "./stake/ISlashCases.sol";
import {IStakePools} from "./stake/IStakePools.sol";

/// @title What operators and proposers stand to lose
/// @dev Registrars (AttributionRegistry, RewardDistributor) lock stake behind each batch or proposal and slash it on a proof.
/// @custom:invariant slashable: each lock can be slashed in full until its registrar releases it, whatever else happens.
interface IOperatorStake is IStakePools, ISlashCases {
    /// @notice The registrars are set, for good.
    event Wired(address indexed attributionRegistry, address indexed rewardDistributor);
    /// @notice The audit court is set, for good.
    event CourtSet(address indexed court);

    /// @notice Only the deployer wires.
    error OperatorStakeNotDeployer(address caller);
    /// @notice The registrars, or the court, are set already.
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

    /// @notice Sets the registrars, once, by the deployer.
    function wire(address attributionRegistry, address rewardDistributor) external;

    /// @notice Sets the audit court, once. Only for whom the AccessManager allows it.
    function setCourt(address court) external;

    /// @notice Locks free stake; by a registrar, whose own event tells of it.
    function lock(address operator, uint128 amount) external;

    /// @notice Frees what the same registrar locked.
    function release(address operator, uint128 amount) external;

    /// @notice Takes stake, thawing stake pro rata included, and opens a case for it. No token moves.
    /// @dev A registrar takes what it has locked, no more. The court takes what no lock stands on: as much of `amount` as there
    /// is, so that a short stake never saves a culprit, and never what backs another batch.
    /// @param operator Whose stake.
    /// @param amount Base units.
    /// @param reporter Who proved it. Zero: its part is insurance.
    /// @param caseId `keccak256(abi.encode(registrar, id))`; each once.
    /// @param burnedBps Part that burns, rounded up; at least half.
    /// @param reporterBps Part of the reporter, rounded down; the rest is insurance.
    /// @return taken `amount`; from the court perhaps less. With nothing to take there is no case.
    function slash(
        address operator,
        uint128 amount,
        address reporter,
        bytes32 caseId,
        uint16 burnedBps,
        uint16 reporterBps
    ) external returns (uint128 taken);

    /// @notice Locks and slashes for batches.
    function attributionRegistry() external view returns (address registrar);

    /// @notice Locks and slashes for reward proposals.
    function rewardDistributor() external view returns (address registrar);

    /// @notice Slashes beyond the locks; zero until set.
    function court() external view returns (address audit);
}
