// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {ISlashCases} from "../interfaces/stake/ISlashCases.sol";
import {OpenHolder} from "./OpenHolder.sol";

/// @title Slashed stake on its way to the burn, the insurance pool and the reporter
abstract contract SlashCases is ISlashCases, OpenHolder {
    using SafeERC20 for IOpenToken;

    /// @notice Seconds between a conviction and the payment of its reporter.
    uint64 public constant REPORT_DELAY = 1 days;
    /// @notice Seconds in which a commitment's case must be convicted. Long enough for a proof to be brought, and so short
    /// against a window that a culprit, who does not know when he is convicted, burns more than he gets back.
    uint64 public constant COMMITMENT_LIFE = 2 hours;
    /// @notice One OPEN.
    uint56 public constant MIN_BOND = 10 ** 6;
    /// @notice A commitment can claim this many times its bond, so that committing to every batch pays only where more than a
    /// third of all batches are convicted.
    uint256 public constant BOND_COVER = 2;
    uint256 private constant FULL_BPS = 10_000;

    /// @notice Whose insurance pool gets the rest of a slash.
    IUsageEscrow public immutable escrow;

    mapping(bytes32 caseId => Case found) private _cases;
    mapping(bytes32 caseId => uint40 at) private _earliest;
    mapping(bytes32 commitment => Commitment found) private _commitments;
    Slashed private _slashed;

    /// @param escrow_ The UsageEscrow.
    constructor(IUsageEscrow escrow_) {
        escrow = escrow_;
    }

    /// @inheritdoc ISlashCases
    function flush() external {
        (uint64 burnable, uint64 insurable) = (_slashed.burnable, _slashed.insurable);
        require(burnable + insurable > 0, SlashCasesNothingSlashed());
        (_slashed.burnable, _slashed.insurable) = (0, 0);
        emit SlashedFlushed(burnable, insurable);
        token.burn(burnable);
        if (insurable > 0) {
            token.forceApprove(address(escrow), insurable);
            escrow.addInsurance(insurable);
        }
    }

    /// @inheritdoc ISlashCases
    function commitReport(bytes32 commitment, uint56 bond) external {
        require(bond >= MIN_BOND, SlashCasesSmallBond(bond, MIN_BOND));
        require(_commitments[commitment].at == 0, SlashCasesCommitted(commitment));
        _commitments[commitment] = Commitment(msg.sender, uint40(block.timestamp), bond);
        emit ReportCommitted(commitment, msg.sender, bond);
        token.safeTransferFrom(msg.sender, address(this), bond);
    }

    /// @inheritdoc ISlashCases
    function claimReport(bytes32 caseId, bytes32 salt) external {
        bytes32 commitment = keccak256(abi.encode(msg.sender, caseId, salt));
        Commitment memory shown = _commitments[commitment];
        require(shown.at > 0, SlashCasesNoCommitment(commitment));
        Case memory found = _cases[caseId];
        require(found.convictedAt > 0, SlashCasesUnknown(caseId));
        require(
            shown.at < found.convictedAt && found.convictedAt < shown.at + COMMITMENT_LIFE,
            SlashCasesNotLive(shown.at, found.convictedAt)
        );
        delete _commitments[commitment];
        uint40 earliest = _earliest[caseId];
        bool first = (earliest == 0 || shown.at < earliest) && found.rewarded <= shown.bond * BOND_COVER
            && block.timestamp < found.convictedAt + REPORT_DELAY;
        emit ReportClaimed(caseId, msg.sender, commitment, first);
        if (first) {
            _earliest[caseId] = shown.at;
            _cases[caseId].reporter = msg.sender;
        }
        token.safeTransfer(shown.payer, shown.bond);
    }

    /// @inheritdoc ISlashCases
    function forfeitCommitment(bytes32 commitment) external {
        Commitment memory found = _commitments[commitment];
        require(found.at > 0, SlashCasesNoCommitment(commitment));
        // A case convicted at the last moment leaves its reporter a delay to claim.
        uint256 until = uint256(found.at) + COMMITMENT_LIFE + REPORT_DELAY;
        require(block.timestamp >= until, SlashCasesNotExpired(until));
        delete _commitments[commitment];
        _slashed.burnable += found.bond;
        emit CommitmentForfeited(commitment, found.bond);
    }

    /// @inheritdoc ISlashCases
    function payReport(bytes32 caseId) external {
        Case storage found = _cases[caseId];
        (address reporter, uint56 due) = (found.reporter, found.rewarded);
        require(found.convictedAt > 0, SlashCasesUnknown(caseId));
        require(due > 0, SlashCasesNothingDue(caseId));
        uint256 until = uint256(found.convictedAt) + REPORT_DELAY;
        require(block.timestamp >= until, SlashCasesDelayed(until));
        found.rewarded = 0;
        emit ReportPaid(caseId, reporter, due);
        token.safeTransfer(reporter, due);
    }

    /// @inheritdoc ISlashCases
    function caseOf(bytes32 caseId) external view returns (Case memory found) {
        return _cases[caseId];
    }

    /// @inheritdoc ISlashCases
    function commitmentOf(bytes32 commitment) external view returns (Commitment memory found) {
        return _commitments[commitment];
    }

    /// @inheritdoc ISlashCases
    function slashed() external view returns (Slashed memory sums) {
        return _slashed;
    }

    /// @dev Divides what the caller took from the books of `operator`.
    /// @param amount Base units; at most the token's supply.
    /// @param reporter Zero: its part is insurance.
    /// @param burnedBps Burns, rounded up.
    /// @param reporterBps Goes to the reporter, rounded down.
    function _openCase(
        address operator,
        uint128 amount,
        address reporter,
        bytes32 caseId,
        uint16 burnedBps,
        uint16 reporterBps
    ) internal {
        require(
            burnedBps >= FULL_BPS / 2 && uint256(burnedBps) + reporterBps <= FULL_BPS,
            SlashCasesBadParts(burnedBps, reporterBps)
        );
        (uint128 burned, uint128 rewarded, uint128 insured) =
            _divide(amount, burnedBps, reporter == address(0) ? 0 : reporterBps);
        Case storage opened = _cases[caseId];
        require(opened.convictedAt == 0, SlashCasesExists(caseId));
        (opened.reporter, opened.convictedAt, opened.rewarded) = (reporter, uint40(block.timestamp), uint56(rewarded));
        _book(uint64(burned), uint64(insured), amount);
        emit StakeSlashed(operator, caseId, reporter, amount, burned, rewarded, insured);
    }

    function _book(uint64 burned, uint64 insured, uint128 amount) private {
        Slashed storage sums = _slashed;
        (uint64 burnable, uint64 insurable, uint128 total) = (sums.burnable, sums.insurable, sums.total);
        (sums.burnable, sums.insurable, sums.total) = (burnable + burned, insurable + insured, total + amount);
    }

    /// @dev Both parts together are the whole at most, and a product of an amount and basis points fits 256 bits.
    function _divide(uint256 amount, uint256 burnedBps, uint256 reporterBps)
        private
        pure
        returns (uint128 burned, uint128 rewarded, uint128 insured)
    {
        unchecked {
            uint256 burns = (amount * burnedBps + FULL_BPS - 1) / FULL_BPS;
            uint256 rest = amount - burns;
            uint256 pays = amount * reporterBps / FULL_BPS;
            // With both parts at 10,000 bps the burn's rounding may leave the reporter one unit less.
            if (pays > rest) pays = rest;
            return (uint128(burns), uint128(pays), uint128(rest - pays));
        }
    }
}
