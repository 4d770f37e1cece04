// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Orders} from "../libraries/Orders.sol";
import {Recovery} from "../libraries/Recovery.sol";
import {isPaymentLane} from "../types/Lanes.sol";
import {Voucher, partsOf} from "../types/Voucher.sol";
import {Accounts} from "./Accounts.sol";
import {PauseClock} from "./PauseClock.sol";
import {Payments} from "./Payments.sol";
import {SignerBook} from "./SignerBook.sol";
import {UnsettledBuckets} from "./UnsettledBuckets.sol";

/// @title Consumers' money
/// @dev The token has no hooks, and every function writes its books before it calls the token.
contract UsageEscrow is PauseClock, Payments {
    using SafeERC20 for IOpenToken;
    using Accounts for Accounts.Account;
    using UnsettledBuckets for uint256;

    /// @dev All of it in one slot; each but the last is part of the supply.
    struct Books {
        uint56 booked;
        uint56 audit;
        uint56 insurance;
        uint88 rewards;
    }

    address private immutable _deployer;

    /// @notice Who gets the shares of final batches.
    address public rewardDistributor;
    Books private _books;

    mapping(address consumer => uint128 amount) public balanceOf;
    mapping(address operator => mapping(address consumer => Accounts.Account account)) private _accounts;
    mapping(address operator => uint256 buckets) private _unsettled;
    mapping(address operator => uint128 amount) public pendingOf;

    modifier onlyAttributionRegistry() {
        require(msg.sender == attributionRegistry(), UsageEscrowNotAttributionRegistry(msg.sender));
        _;
    }

    /// @param authority An AccessManager, which says who pauses.
    /// @param token_ OPEN; its supply is fixed and below 2^56.
    /// @param parameters_ The Parameters.
    /// @param thawPeriod_ Seconds, more than zero: an operator needs time to redeem what is taken back.
    /// @param bucketWindow_ Seconds, more than zero.
    constructor(address authority, IOpenToken token_, IParameters parameters_, uint64 thawPeriod_, uint64 bucketWindow_)
        PauseClock(authority, bucketWindow_) SignerBook(parameters_, thawPeriod_) Payments(token_)
    {
        require(token_.totalSupply() <= type(uint56).max, UsageEscrowSupplyTooLarge());
        _deployer = msg.sender;
    }

    /// @inheritdoc IUsageEscrow
    function wire(address attributionRegistry_, address rewardDistributor_) external {
        require(msg.sender == _deployer, UsageEscrowNotDeployer(msg.sender));
        require(rewardDistributor == address(0), UsageEscrowAlreadyWired());
        require(attributionRegistry_ != address(0) && rewardDistributor_ != address(0), UsageEscrowZeroParameter());
        rewardDistributor = rewardDistributor_;
        _setRegistry(attributionRegistry_);
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
        _letGo(amount);
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IUsageEscrow
    function allot(address operator, uint128 amount) external {
        require(operator != address(0), UsageEscrowZeroParameter());
        _debitBalance(amount);
        _accounts[operator][msg.sender].allotment.amount += uint96(amount);
        emit Allotted(msg.sender, operator, amount);
    }

    /// @inheritdoc IUsageEscrow
    function startThaw(address operator, uint128 amount) external {
        require(amount > 0, UsageEscrowZeroAmount());
        Allotment storage allotment = _accounts[operator][msg.sender].allotment;
        uint96 firm = allotment.amount - allotment.thawing;
        require(amount <= firm, UsageEscrowAllotmentShort(firm, amount));
        uint96 thawing = allotment.thawing + uint96(amount);
        uint64 endsAt = uint64(block.timestamp) + thawPeriod;
        (allotment.thawing, allotment.thawEndsAt) = (thawing, endsAt);
        emit ThawStarted(msg.sender, operator, thawing, endsAt);
    }

    /// @inheritdoc IUsageEscrow
    function finishThaw(address operator) external {
        Allotment storage allotment = _accounts[operator][msg.sender].allotment;
        uint96 thawed = allotment.thawing;
        require(thawed > 0, UsageEscrowNoThaw(operator));
        require(_isThawed(allotment.thawEndsAt), UsageEscrowThawing(allotment.thawEndsAt));
        allotment.amount -= thawed;
        (allotment.thawing, allotment.thawEndsAt) = (0, 0);
        balanceOf[msg.sender] += thawed;
        emit ThawFinished(msg.sender, operator, thawed);
    }

    /* OPERATOR */

    /// @inheritdoc IUsageEscrow
    function redeem(Voucher calldata voucher, bytes calldata signature, uint128 amount) external {
        address signer = Recovery.signerOf(voucherDigest(voucher), signature);
        (address consumer, address operator, uint64 lane, uint128 limit) = partsOf(voucher);
        // Only the operator: a published voucher would let anyone push a lane past what was acknowledged.
        require(msg.sender == operator, UsageEscrowNotOperator(msg.sender, operator));
        _credit(operator, _advance(consumer, lane, limit, amount, signer));
    }

    /// @inheritdoc IUsageEscrow
    function redeemMany(bytes calldata orders) external {
        require(orders.length % Orders.SIZE == 0, UsageEscrowLengthMismatch());
        (bytes32 domain, uint256 due, uint256 place) = (_domainSeparatorV4(), 0, 0);
        assembly ("memory-safe") {
            place := orders.offset
        }
        for (uint256 end = place + orders.length; place < end; place += Orders.SIZE) {
            due += _redeemAt(place, domain);
        }
        _credit(msg.sender, due);
    }

    /* SETTLEMENT */

    /// @inheritdoc IUsageEscrow
    function beginSettlement(address operator, uint128 total) external onlyAttributionRegistry {
        require(total > 0, UsageEscrowZeroAmount());
        require(!batchesPaused(), UsageEscrowBatchesPaused());
        (uint256 buckets, uint128 expired) = _unsettled[operator].advance(_period());
        uint128 missing;
        (buckets, missing) = buckets.spend(total);
        require(missing == 0, UsageEscrowUnsettledShort(total - missing, total));
        _unsettled[operator] = buckets;
        pendingOf[operator] += total;
        _expire(operator, expired);
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
        Books memory books = _books;
        books.booked -= uint56(burned + rewards);
        books.audit += uint56(audit);
        books.insurance += uint56(insurance);
        books.rewards += uint88(rewards);
        _books = books;
        token.burn(burned);
        token.safeTransfer(rewardDistributor, rewards);
    }

    /// @inheritdoc IUsageEscrow
    function returnSettlement(address operator, uint128 total) external onlyAttributionRegistry {
        _takePending(operator, total);
        _credit(operator, total);
    }

    /// @inheritdoc IUsageEscrow
    function payAudit(address verifier, uint128 amount) external onlyAttributionRegistry {
        require(amount <= _books.audit, UsageEscrowAuditShort(_books.audit, amount));
        _books.audit -= uint56(amount);
        _letGo(amount);
        token.safeTransfer(verifier, amount);
    }

    /* ANYONE */

    /// @inheritdoc IUsageEscrow
    function expireUnsettled(address operator) external {
        _credit(operator, 0);
    }

    /// @inheritdoc IUsageEscrow
    function addInsurance(uint128 amount) external {
        require(amount > 0, UsageEscrowZeroAmount());
        _insure(amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IUsageEscrow
    function absorbSurplus() external {
        uint128 surplus = SafeCast.toUint128(token.balanceOf(address(this)) - totalBooked());
        require(surplus > 0, UsageEscrowZeroAmount());
        _insure(surplus);
    }

    /* VIEWS */

    /// @inheritdoc IUsageEscrow
    function allotmentOf(address consumer, address operator) external view returns (Allotment memory allotment) {
        return _accounts[operator][consumer].allotment;
    }

    /// @inheritdoc IUsageEscrow
    function redeemedOf(address consumer, address operator, uint64 lane) external view returns (uint128 redeemed) {
        return uint128(_accounts[operator][consumer].levels[lane]);
    }

    /// @inheritdoc IUsageEscrow
    function unsettledOf(address operator) external view returns (uint128 amount) {
        (uint256 buckets,) = _unsettled[operator].advance(_period());
        return buckets.sum();
    }

    /// @inheritdoc IUsageEscrow
    function totalBooked() public view returns (uint256 amount) {
        return _books.booked;
    }

    /// @inheritdoc IUsageEscrow
    function auditPool() external view returns (uint128 amount) {
        return _books.audit;
    }

    /// @inheritdoc IUsageEscrow
    function insurancePool() external view returns (uint128 amount) {
        return _books.insurance;
    }

    /// @inheritdoc IUsageEscrow
    function totalRewards() external view returns (uint256 amount) {
        return _books.rewards;
    }

    /* PARTS */

    function _deposit(address consumer, uint128 amount) private {
        require(!depositsPaused(), UsageEscrowDepositsPaused());
        require(amount > 0, UsageEscrowZeroAmount());
        (uint256 booked, uint256 cap) = _withMore(amount);
        require(booked <= cap, UsageEscrowAboveCap(booked, cap));
        balanceOf[consumer] += amount;
        _books.booked = uint56(booked);
        emit Deposited(consumer, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev What would be booked, and the launch cap.
    function _withMore(uint256 amount) private view returns (uint256 booked, uint256 cap) {
        return (uint256(_books.booked) + amount, parameters.current().depositCap);
    }

    function _takeIn(uint256 amount) internal override returns (bool allowed) {
        (uint256 booked, uint256 cap) = _withMore(amount);
        allowed = booked <= cap && !depositsPaused();
        if (allowed) _books.booked = uint56(booked);
    }

    function _letGo(uint256 amount) internal override {
        _books.booked -= uint56(amount);
    }

    function _debitBalance(uint128 amount) private {
        require(amount > 0, UsageEscrowZeroAmount());
        uint128 have = balanceOf[msg.sender];
        require(amount <= have, UsageEscrowBalanceShort(have, amount));
        balanceOf[msg.sender] = have - amount;
    }

    /// @dev Redeems a packed order to the caller.
    function _redeemAt(uint256 place, bytes32 domain) private returns (uint128 due) {
        (address consumer, uint64 lane, uint128 limit, uint128 amount, bytes32 structHash) =
            Orders.read(place, msg.sender);
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, structHash);
        address signer = Recovery.signerAt(digest, place + Orders.SIGNATURE);
        return _advance(consumer, lane, limit, amount, signer);
    }

    /// @dev The signer is zero where nobody signed the voucher.
    function _advance(address consumer, uint64 lane, uint128 limit, uint128 amount, address signer)
        private
        returns (uint128 due)
    {
        require(amount <= limit, UsageEscrowBeyondLimit(amount, limit));
        require(!isPaymentLane(lane), UsageEscrowPaymentLane(lane));
        (bool allowed, uint64 round) = _check(consumer, signer);
        require(signer != address(0) && allowed, UsageEscrowUnauthorizedSigner(consumer, signer));
        due = _accounts[msg.sender][consumer].advance(lane, amount);
        if (round != 0) _spend(consumer, signer, round, due);
        emit Redeemed(consumer, msg.sender, lane, due, amount);
    }

    function _credit(address operator, uint256 amount) internal override {
        (uint256 buckets, uint128 expired) = _unsettled[operator].advance(_period());
        _unsettled[operator] = buckets.add(amount);
        _expire(operator, expired);
    }

    function _expire(address operator, uint128 expired) private {
        if (expired == 0) return;
        uint128 insured = expired / 2;
        uint128 burned = expired - insured;
        _books.insurance += uint56(insured);
        _books.booked -= uint56(burned);
        emit UnsettledExpired(operator, burned, insured);
        token.burn(burned);
    }

    function _takePending(address operator, uint128 total) private {
        uint128 have = pendingOf[operator];
        require(total <= have, UsageEscrowPendingShort(have, total));
        pendingOf[operator] = have - total;
    }

    function _insure(uint128 amount) private {
        _books.insurance += uint56(amount);
        _books.booked += uint56(amount);
        emit InsuranceAdded(msg.sender, amount);
    }
}
