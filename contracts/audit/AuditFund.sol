// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAuditFund} from "../interfaces/audit/IAuditFund.sol";
import {IFinderPay} from "../interfaces/audit/IFinderPay.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {ISlashCases} from "../interfaces/stake/ISlashCases.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Batch, BatchHeader, BatchStatus} from "../types/Batch.sol";

/// @title The money of audits
/// @dev Token, escrow, registry, stake and court are fixed and call nobody back.
contract AuditFund is IAuditFund, IFinderPay {
    using SafeERC20 for IOpenToken;

    /// @notice Seconds after an audit until what nobody collected insures.
    uint64 public constant HOLDING = 90 days;
    uint256 private constant FULL_BPS = 10_000;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice Where batches stand.
    IAttributionRegistry public immutable registry;
    /// @notice Whose pools pay verifiers and take what is insured.
    IUsageEscrow public immutable escrow;
    /// @notice Pays reporters.
    ISlashCases public immutable cases;
    /// @notice Say what part of a bond a reporter gets.
    IParameters public immutable parameters;
    address private immutable _deployer;

    /// @notice Says who is owed what.
    address public court;
    /// @inheritdoc IAuditFund
    uint256 public booked;
    mapping(uint64 batchId => Purse purse) private _purses;
    /// @inheritdoc IAuditFund
    mapping(uint64 batchId => mapping(address verifier => uint256 units)) public unitsOf;

    modifier onlyCourt() {
        require(msg.sender == court, AuditFundNotCourt(msg.sender));
        _;
    }

    constructor(IOpenToken token_, IAttributionRegistry registry_) {
        require(address(token_) != address(0) && address(registry_) != address(0), AuditFundBadParameter());
        (token, registry, escrow) = (token_, registry_, registry_.escrow());
        (cases, parameters) = (ISlashCases(address(registry_.stake())), registry_.parameters());
        _deployer = msg.sender;
    }

    /// @inheritdoc IAuditFund
    function wire(address court_) external {
        require(msg.sender == _deployer, AuditFundNotDeployer(msg.sender));
        require(court == address(0), AuditFundAlreadyWired());
        require(court_ != address(0), AuditFundBadParameter());
        court = court_;
        emit Wired(court_);
    }

    /* COURT */

    /// @inheritdoc IAuditFund
    function start(uint64 batchId, uint56 fee, uint256 paid, uint256 least, address payer)
        external
        onlyCourt
        returns (uint56 budget)
    {
        // The total of an open batch is in the escrow, so that it fits its books.
        budget = uint56(paid < least ? least : paid);
        uint56 held = budget - uint56(paid);
        Purse storage purse = _purses[batchId];
        (purse.fee, purse.budget, purse.held) = (fee, budget, held);
        _take(payer, held);
    }

    /// @inheritdoc IAuditFund
    function credit(uint64 batchId, address verifier, uint256 units) external onlyCourt {
        unitsOf[batchId][verifier] += units;
    }

    /// @inheritdoc IAuditFund
    function takeBond(uint64 batchId, address appellant, uint56 amount) external onlyCourt {
        Purse storage purse = _purses[batchId];
        (purse.appellant, purse.bond) = (appellant, amount);
        _take(appellant, amount);
    }

    /// @inheritdoc IFinderPay
    function payFinder(uint64 batchId, uint256 amount) external onlyCourt {
        address finder = _purses[batchId].appellant;
        emit FinderPaid(batchId, finder, amount);
        token.safeTransfer(finder, amount);
    }

    /// @inheritdoc IAuditFund
    function endAppeal(uint64 batchId, bool isLost, uint256 fined, uint256 each, address[] calldata winners)
        external
        onlyCourt
    {
        Purse storage purse = _purses[batchId];
        uint256 bond = purse.bond;
        purse.bond = 0;
        // Fines have come in before.
        booked += fined;
        if (isLost && bond > 0) {
            _burn(bond - bond / 2);
            fined += bond / 2;
        } else {
            _pay(purse.appellant, bond);
        }
        if (winners.length > 0 && each > fined / winners.length) each = fined / winners.length;
        for (uint256 i = 0; i < winners.length; ++i) {
            if (winners[i] == address(0)) continue;
            fined -= each;
            emit VerifierPaid(batchId, winners[i], each);
            _pay(winners[i], each);
        }
        _insure(fined);
    }

    /// @inheritdoc IAuditFund
    function close(uint64 batchId) external onlyCourt {
        _purses[batchId].closedAt = uint40(block.timestamp);
    }

    /* ANYONE */

    /// @inheritdoc IAuditFund
    function collect(Batch calldata batch, address verifier) external {
        uint64 batchId = batch.id;
        Purse storage purse = _closed(batchId);
        require(registry.isBatch(batch), AuditFundWrongBatch(batchId));
        BatchStatus status = batch.stamp.status;
        (uint256 fee, uint256 units) = (purse.fee, unitsOf[batchId][verifier]);
        uint256 own = units * fee;
        if (own > purse.held) own = purse.held;
        if (status != BatchStatus.Final) {
            require(status != BatchStatus.Open, AuditFundNothingDue(batchId));
            units = own / fee;
            own = units * fee;
        }
        require(units > 0, AuditFundNothingDue(batchId));
        unitsOf[batchId][verifier] -= units;
        purse.held -= uint56(own);
        uint256 amount = units * fee;
        emit VerifierPaid(batchId, verifier, amount);
        _pay(verifier, own);
        if (amount > own) registry.payAudit(verifier, uint56(amount - own));
    }

    /// @inheritdoc IAuditFund
    function takeReward(Batch calldata batch) external {
        uint64 batchId = batch.id;
        Purse storage purse = _closed(batchId);
        require(
            batch.stamp.status == BatchStatus.Convicted && registry.isBatch(batch), AuditFundWrongBatch(batchId)
        );
        bytes32 caseId = keccak256(abi.encode(address(registry), batchId));
        ISlashCases.Case memory found = cases.caseOf(caseId);
        require(found.reporter == address(this) && !purse.isRewarded, AuditFundNothingDue(batchId));
        purse.isRewarded = true;
        // Somebody may have had it paid before; rewards of other cases then lie beside it.
        uint256 due = found.rewarded > 0 ? found.rewarded : _rewardOf(batch.header);
        if (found.rewarded > 0) cases.payReport(caseId);
        uint256 unbooked = token.balanceOf(address(this)) - booked;
        if (unbooked < due) due = unbooked;
        uint256 kept = purse.budget - purse.held;
        if (due < kept) kept = due;
        booked += due;
        purse.held += uint56(kept);
        emit RewardTaken(batchId, kept, due - kept);
        _insure(due - kept);
    }

    /// @inheritdoc IAuditFund
    function absorb(uint64 batchId) external {
        Purse storage purse = _closed(batchId);
        uint56 amount = purse.held;
        bool due = amount > 0 && block.timestamp >= uint256(purse.closedAt) + HOLDING;
        require(due, AuditFundNothingDue(batchId));
        purse.held = 0;
        _insure(amount);
    }

    /// @inheritdoc IAuditFund
    function purseOf(uint64 batchId) external view returns (Purse memory purse) {
        return _purses[batchId];
    }

    /* PARTS */

    function _closed(uint64 batchId) private view returns (Purse storage purse) {
        purse = _purses[batchId];
        require(purse.closedAt > 0, AuditFundNothingDue(batchId));
    }

    /// @dev As `SlashCases` divides a bond, or a unit more where burn and reward are the whole of it.
    function _rewardOf(BatchHeader calldata header) private view returns (uint256 reward) {
        uint256 version = header.parameterVersion;
        return registry.bondOf(header.total, version) * parameters.wordAt(version).reporterBps() / FULL_BPS;
    }

    function _take(address payer, uint256 amount) private {
        if (amount == 0) return;
        booked += amount;
        token.safeTransferFrom(payer, address(this), amount);
    }

    function _pay(address account, uint256 amount) private {
        if (amount == 0) return;
        booked -= amount;
        token.safeTransfer(account, amount);
    }

    function _burn(uint256 amount) private {
        booked -= amount;
        token.burn(amount);
    }

    function _insure(uint256 amount) private {
        if (amount == 0) return;
        booked -= amount;
        token.forceApprove(address(escrow), amount);
        escrow.addInsurance(uint128(amount));
    }
}
