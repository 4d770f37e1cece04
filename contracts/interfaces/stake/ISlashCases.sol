// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What becomes of slashed stake
/// @dev A conviction moves no token: it opens a case in one slot and adds to two sums. Anyone flushes and pays later.
/// Who found a fault commits to it, bonded, before the proof is in anybody's sight, and gets the whole reward; whoever copies
/// the proof out of the mempool gets nothing. A commitment lives so shortly that a culprit who keeps one to his own fault
/// through the window burns more than the reward.
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

    /// @notice A hidden claim to have found a fault first. It fills one slot.
    struct Commitment {
        /// Who gets the bond back.
        address payer;
        /// When it was made; zero: no such commitment.
        uint40 at;
        uint56 bond;
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
    /// @notice Somebody has found something.
    event ReportCommitted(bytes32 indexed commitment, address indexed payer, uint128 bond);
    /// @notice A commitment was shown and its bond returned; `first` where it is the earliest so far and takes the reward.
    event ReportClaimed(bytes32 indexed caseId, address indexed reporter, bytes32 commitment, bool first);
    /// @notice A commitment to no conviction was burned.
    event CommitmentForfeited(bytes32 indexed commitment, uint128 bond);
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
    /// @notice A commitment's bond is `MIN_BOND` at least.
    error SlashCasesSmallBond(uint128 bond, uint128 least);
    /// @notice Somebody has made this very commitment; it counts for whom it names.
    error SlashCasesCommitted(bytes32 commitment);
    /// @notice No such commitment of the caller.
    error SlashCasesNoCommitment(bytes32 commitment);
    /// @notice The commitment was made in or after the block of the conviction, or had expired by then.
    error SlashCasesNotLive(uint256 at, uint256 convictedAt);
    /// @notice It can still be claimed until the named time.
    error SlashCasesNotExpired(uint256 until);
    /// @notice Nothing waits to be burned or insured.
    error SlashCasesNothingSlashed();

    /// @notice Burns, and pays the insurance pool, what slashes have taken. Anyone may.
    function flush() external;

    /// @notice Commits to having found a fault, without telling which. Needs an allowance for the bond, which comes back if
    /// that case is convicted within `COMMITMENT_LIFE`, and burns otherwise.
    /// @dev The bond limits what can be claimed: a reward of `BOND_COVER` times the bond. Choose a round sum, and it tells little.
    /// @param commitment `keccak256(abi.encode(reporter, caseId, salt))`.
    /// @param bond Base units.
    function commitReport(bytes32 commitment, uint56 bond) external;

    /// @notice Shows the caller's commitment to a case and takes its bond back. Within `REPORT_DELAY` of the conviction the
    /// earliest commitment so far takes the reward, all of it, from who brought the proof.
    /// @param caseId The case.
    /// @param salt What made the commitment unguessable.
    function claimReport(bytes32 caseId, bytes32 salt) external;

    /// @notice Burns the bond of a commitment that nobody can claim any more. Anyone may.
    /// @param commitment The commitment.
    function forfeitCommitment(bytes32 commitment) external;

    /// @notice Pays the reporter of a case, once `REPORT_DELAY` has passed. Anyone may.
    /// @param caseId For a batch or proposal `keccak256(abi.encode(registrar, id))`.
    function payReport(bytes32 caseId) external;

    /// @notice A case; all zero when unknown.
    function caseOf(bytes32 caseId) external view returns (Case memory found);

    /// @notice A commitment; all zero when unknown, shown or forfeited.
    function commitmentOf(bytes32 commitment) external view returns (Commitment memory found);

    /// @notice What waits for `flush`, and the total ever slashed.
    function slashed() external view returns (Slashed memory sums);
}
