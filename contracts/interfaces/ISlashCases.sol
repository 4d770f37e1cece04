// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What becomes of slashed stake
/// @dev A conviction moves no token: it opens a case in one slot and adds to two sums. Anyone flushes and pays later.
/// @custom:invariant exact: burned + rewarded + insured = amount, and burned >= half of it.
interface ISlashCases {
    /// @notice A slash whose reward waits for its reporter. It fills one slot.
    struct Case {
        /// Whom `payReport` pays.
        address reporter;
        /// When the fault was proven; zero: no such case.
        uint40 convictedAt;
        /// What the reporter will be paid; zero once paid.
        uint56 rewarded;
    }

    /// @notice What waits for `flush`.
    struct Slashed {
        /// Will be burned.
        uint64 burnable;
        /// Will go to the insurance pool.
        uint64 insurable;
        /// All that was ever slashed. It keeps the slot from becoming zero.
        uint128 total;
    }

    /// @notice Stake was taken.
    event StakeSlashed(
        address indexed operator,
        bytes32 indexed caseId,
        address indexed reporter,
        uint128 amount,
        uint128 burned,
        uint128 rewarded,
        uint128 insured
    );
    /// @notice Slashed stake was burned and went to the insurance pool.
    event SlashedFlushed(uint128 burned, uint128 insured);
    /// @notice A reporter was paid.
    event ReportPaid(bytes32 indexed caseId, address indexed reporter, uint128 amount);

    /// @notice Less than half would burn, or the parts exceed the whole.
    error SlashCasesBadParts(uint256 burnedBps, uint256 reporterBps);
    /// @notice This case was slashed already.
    error SlashCasesExists(bytes32 caseId);
    /// @notice Nobody was slashed for this case.
    error SlashCasesUnknown(bytes32 caseId);
    /// @notice The reward of this case is paid, or there was none.
    error SlashCasesNothingDue(bytes32 caseId);
    /// @notice The reward waits for an earlier reporter until the named time.
    error SlashCasesDelayed(uint256 until);
    /// @notice Nothing waits to be burned or insured.
    error SlashCasesNothingSlashed();

    /// @notice Burns, and pays the insurance pool, what slashes have taken. Anyone may.
    function flush() external;

    /// @notice Pays the reporter of a case, once `REPORT_DELAY` has passed. Anyone may.
    /// @param caseId For a batch or proposal `keccak256(abi.encode(registrar, id))`.
    function payReport(bytes32 caseId) external;

    /// @notice A case; all zero when unknown.
    function caseOf(bytes32 caseId) external view returns (Case memory found);

    /// @notice What waits for `flush`, and the total ever slashed.
    function slashed() external view returns (Slashed memory sums);
}
