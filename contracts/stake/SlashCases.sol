// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {ISlashCases} from "../interfaces/ISlashCases.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";

/// @title Slashed stake on its way to the burn, the insurance pool and the reporter
abstract contract SlashCases is ISlashCases {
    using SafeERC20 for IOpenToken;

    /// @notice Seconds between a conviction and the payment of its reporter.
    uint64 public constant REPORT_DELAY = 1 days;
    uint256 private constant FULL_BPS = 10_000;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice Whose insurance pool gets the rest of a slash.
    IUsageEscrow public immutable escrow;

    mapping(bytes32 caseId => Case found) private _cases;
    Slashed private _slashed;

    /// @param token_ OPEN; its supply, which never grows, fits 56 bits.
    /// @param escrow_ The UsageEscrow.
    constructor(IOpenToken token_, IUsageEscrow escrow_) {
        (token, escrow) = (token_, escrow_);
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
        require(_cases[caseId].convictedAt == 0, SlashCasesExists(caseId));
        uint128 burned = uint128(Math.ceilDiv(uint256(amount) * burnedBps, FULL_BPS));
        uint128 rewarded = reporter == address(0) ? 0 : uint128(uint256(amount) * reporterBps / FULL_BPS);
        // With both parts at 10,000 bps the burn's rounding may leave the reporter one unit less.
        if (rewarded > amount - burned) rewarded = amount - burned;
        uint128 insured = amount - burned - rewarded;
        _cases[caseId] = Case(reporter, uint40(block.timestamp), uint56(rewarded));
        Slashed memory sums = _slashed;
        _slashed = Slashed(sums.burnable + uint64(burned), sums.insurable + uint64(insured), sums.total + amount);
        emit StakeSlashed(operator, caseId, reporter, amount, burned, rewarded, insured);
    }
}
