// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {RECEIPT_TYPEHASH, Receipt} from "../types/Receipt.sol";
import {VOUCHER_TYPEHASH, Voucher} from "../types/Voucher.sol";
import {SignerBook} from "./SignerBook.sol";
import {UnsettledBuckets} from "./UnsettledBuckets.sol";

/// @title Consumers' money
/// @dev The token has no hooks, and every function writes its books before it calls the token.
contract UsageEscrow is SignerBook, EIP712 {
    using SafeERC20 for IOpenToken;
    using UnsettledBuckets for UnsettledBuckets.Queue;

    /// @notice A bucket of unsettled money becomes null when it is older than this many windows.
    uint64 public constant EXPIRY_WINDOWS = 3;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice Who may pause deposits.
    address public immutable guardian;
    /// @inheritdoc IUsageEscrow
    uint64 public immutable bucketWindow;
    address private immutable _deployer;

    /// @notice Who settles.
    address public attributionRegistry;
    /// @notice Who gets the shares of final batches.
    address public rewardDistributor;
    /// @notice Whether deposits are paused.
    bool public depositsPaused;
    /// @inheritdoc IUsageEscrow
    uint128 public auditPool;
    /// @inheritdoc IUsageEscrow
    uint128 public insurancePool;
    /// @inheritdoc IUsageEscrow
    uint256 public totalBooked;

    mapping(address consumer => uint128 amount) public balanceOf;
    mapping(address consumer => mapping(address operator => Allotment allotment)) private _allotments;
    mapping(address consumer => mapping(address operator => mapping(uint64 lane => uint128 redeemed))) public
        redeemedOf;
    mapping(address operator => UnsettledBuckets.Queue queue) private _unsettled;
    mapping(address operator => uint128 amount) public pendingOf;

    modifier onlyAttributionRegistry() {
        require(msg.sender == attributionRegistry, UsageEscrowNotAttributionRegistry(msg.sender));
        _;
    }

    /// @param token_ OPEN.
    /// @param guardian_ May pause deposits.
    /// @param thawPeriod_ Seconds, more than zero: an operator needs time to redeem what is taken back.
    /// @param bucketWindow_ Seconds, more than zero.
    constructor(IOpenToken token_, address guardian_, uint64 thawPeriod_, uint64 bucketWindow_)
        EIP712("Tallystick", "1")
        SignerBook(thawPeriod_)
    {
        require(
            address(token_) != address(0) && guardian_ != address(0) && bucketWindow_ > 0,
            UsageEscrowZeroParameter()
        );
        (token, guardian, bucketWindow) = (token_, guardian_, bucketWindow_);
        _deployer = msg.sender;
    }

    /// @inheritdoc IUsageEscrow
    function wire(address attributionRegistry_, address rewardDistributor_) external {
        require(msg.sender == _deployer, UsageEscrowNotDeployer(msg.sender));
        require(attributionRegistry == address(0), UsageEscrowAlreadyWired());
        require(attributionRegistry_ != address(0) && rewardDistributor_ != address(0), UsageEscrowZeroParameter());
        (attributionRegistry, rewardDistributor) = (attributionRegistry_, rewardDistributor_);
        emit Wired(attributionRegistry_, rewardDistributor_);
    }

    /* CONSUMER */

    /// @inheritdoc IUsageEscrow
    function deposit(uint128 amount) external {
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IUsageEscrow
    function depositFor(address consumer, uint128 amount) external {
        require(consumer != address(0), UsageEscrowZeroParameter());
        _deposit(consumer, amount);
    }

    /// @inheritdoc IUsageEscrow
    function depositWithPermit(uint128 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // A copied permit that was submitted first has set the allowance; a bad one fails at the transfer.
        try token.permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IUsageEscrow
    function withdraw(uint128 amount) external {
        _debitBalance(amount);
        totalBooked -= amount;
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IUsageEscrow
    function allot(address operator, uint128 amount) external {
        require(operator != address(0), UsageEscrowZeroParameter());
        _debitBalance(amount);
        _allotments[msg.sender][operator].amount += amount;
        emit Allotted(msg.sender, operator, amount);
    }

    /// @inheritdoc IUsageEscrow
    function startThaw(address operator, uint128 amount) external {
        require(amount > 0, UsageEscrowZeroAmount());
        Allotment storage allotment = _allotments[msg.sender][operator];
        uint128 firm = allotment.amount - allotment.thawing;
        require(amount <= firm, UsageEscrowAllotmentShort(firm, amount));
        uint128 thawing = allotment.thawing + amount;
        uint64 endsAt = uint64(block.timestamp) + thawPeriod;
        (allotment.thawing, allotment.thawEndsAt) = (thawing, endsAt);
        emit ThawStarted(msg.sender, operator, thawing, endsAt);
    }

    /// @inheritdoc IUsageEscrow
    function finishThaw(address operator) external {
        Allotment storage allotment = _allotments[msg.sender][operator];
        uint128 thawed = allotment.thawing;
        require(thawed > 0, UsageEscrowNoThaw(operator));
        require(block.timestamp >= allotment.thawEndsAt, UsageEscrowThawing(allotment.thawEndsAt));
        allotment.amount -= thawed;
        (allotment.thawing, allotment.thawEndsAt) = (0, 0);
        balanceOf[msg.sender] += thawed;
        emit ThawFinished(msg.sender, operator, thawed);
    }

    /* OPERATOR */

    /// @inheritdoc IUsageEscrow
    function redeem(Voucher calldata voucher, bytes calldata signature, uint128 amount) external {
        _redeem(voucher, signature, amount);
    }

    /// @inheritdoc IUsageEscrow
    function redeemMany(Voucher[] calldata vouchers, bytes[] calldata signatures, uint128[] calldata amounts)
        external
    {
        require(
            vouchers.length == signatures.length && vouchers.length == amounts.length, UsageEscrowLengthMismatch()
        );
        for (uint256 i = 0; i < vouchers.length; ++i) {
            _redeem(vouchers[i], signatures[i], amounts[i]);
        }
    }

    /* SETTLEMENT */

    /// @inheritdoc IUsageEscrow
    function beginSettlement(address operator, uint128 total) external onlyAttributionRegistry {
        require(total > 0, UsageEscrowZeroAmount());
        expireUnsettled(operator);
        uint128 missing = _unsettled[operator].spend(total);
        require(missing == 0, UsageEscrowUnsettledShort(total - missing, total));
        pendingOf[operator] += total;
        emit SettlementBegun(operator, total);
    }

    /// @inheritdoc IUsageEscrow
    function completeSettlement(address operator, uint128 total, uint128 burned, uint128 audit, uint128 insurance)
        external
        onlyAttributionRegistry
        returns (uint128 rewards)
    {
        uint256 reserved = uint256(burned) + audit + insurance;
        require(reserved <= total, UsageEscrowBadShares(total, reserved));
        _takePending(operator, total);
        rewards = total - uint128(reserved);
        auditPool += audit;
        insurancePool += insurance;
        totalBooked -= uint256(burned) + rewards;
        emit SettlementCompleted(operator, total, burned, audit, insurance, rewards);
        token.burn(burned);
        token.safeTransfer(rewardDistributor, rewards);
    }

    /// @inheritdoc IUsageEscrow
    function returnSettlement(address operator, uint128 total) external onlyAttributionRegistry {
        _takePending(operator, total);
        _unsettled[operator].add(_period(), total);
        emit SettlementReturned(operator, total);
    }

    /* ANYONE */

    /// @inheritdoc IUsageEscrow
    function expireUnsettled(address operator) public {
        uint128 expired = _unsettled[operator].expire(_oldestLive());
        if (expired == 0) return;
        uint128 insured = expired / 2;
        uint128 burned = expired - insured;
        insurancePool += insured;
        totalBooked -= burned;
        emit UnsettledExpired(operator, burned, insured);
        token.burn(burned);
    }

    /// @inheritdoc IUsageEscrow
    function addInsurance(uint128 amount) external {
        require(amount > 0, UsageEscrowZeroAmount());
        _insure(amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IUsageEscrow
    function absorbSurplus() external {
        uint128 surplus = SafeCast.toUint128(token.balanceOf(address(this)) - totalBooked);
        require(surplus > 0, UsageEscrowZeroAmount());
        _insure(surplus);
    }

    /* GUARDIAN */

    /// @inheritdoc IUsageEscrow
    function setDepositsPaused(bool paused) external {
        require(msg.sender == guardian, UsageEscrowNotGuardian(msg.sender));
        depositsPaused = paused;
        emit DepositsPaused(paused);
    }

    /* VIEWS */

    /// @inheritdoc IUsageEscrow
    function allotmentOf(address consumer, address operator) external view returns (Allotment memory allotment) {
        return _allotments[consumer][operator];
    }

    /// @inheritdoc IUsageEscrow
    function unsettledOf(address operator) external view returns (uint128 amount) {
        return _unsettled[operator].live(_oldestLive());
    }

    /// @inheritdoc IUsageEscrow
    function voucherDigest(Voucher calldata voucher) public view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(VOUCHER_TYPEHASH, voucher)));
    }

    /// @inheritdoc IUsageEscrow
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32 digest) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, receipt)));
    }

    /* PARTS */

    function _deposit(address consumer, uint128 amount) private {
        require(!depositsPaused, UsageEscrowDepositsPaused());
        require(amount > 0, UsageEscrowZeroAmount());
        balanceOf[consumer] += amount;
        totalBooked += amount;
        emit Deposited(consumer, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _debitBalance(uint128 amount) private {
        require(amount > 0, UsageEscrowZeroAmount());
        uint128 have = balanceOf[msg.sender];
        require(amount <= have, UsageEscrowBalanceShort(have, amount));
        balanceOf[msg.sender] = have - amount;
    }

    /// @dev Only the operator: a published voucher would let anyone push a lane past what was acknowledged.
    function _redeem(Voucher calldata voucher, bytes calldata signature, uint128 amount) private {
        (address consumer, address operator) = (voucher.consumer, voucher.operator);
        require(msg.sender == operator, UsageEscrowNotOperator(msg.sender, operator));
        require(amount <= voucher.limit, UsageEscrowBeyondLimit(amount, voucher.limit));
        uint128 redeemed = redeemedOf[consumer][operator][voucher.lane];
        require(amount > redeemed, UsageEscrowAlreadyRedeemed(amount, redeemed));
        address signer = ECDSA.recoverCalldata(voucherDigest(voucher), signature);
        require(canSign(consumer, signer), UsageEscrowUnauthorizedSigner(consumer, signer));

        uint128 due = amount - redeemed;
        Allotment storage allotment = _allotments[consumer][operator];
        (uint128 have, uint128 thawing) = (allotment.amount, allotment.thawing);
        require(due <= have, UsageEscrowAllotmentShort(have, due));
        have -= due;
        (allotment.amount, allotment.thawing) = (have, thawing > have ? have : thawing);
        redeemedOf[consumer][operator][voucher.lane] = amount;
        _unsettled[operator].add(_period(), due);
        emit Redeemed(consumer, operator, voucher.lane, due, amount);
    }

    function _takePending(address operator, uint128 total) private {
        uint128 have = pendingOf[operator];
        require(total <= have, UsageEscrowPendingShort(have, total));
        pendingOf[operator] = have - total;
    }

    function _insure(uint128 amount) private {
        insurancePool += amount;
        totalBooked += amount;
        emit InsuranceAdded(msg.sender, amount);
    }

    function _period() private view returns (uint64 period) {
        return uint64(block.timestamp) / bucketWindow;
    }

    function _oldestLive() private view returns (uint64 period) {
        uint64 current = _period();
        return current > EXPIRY_WINDOWS ? current - EXPIRY_WINDOWS : 0;
    }
}
