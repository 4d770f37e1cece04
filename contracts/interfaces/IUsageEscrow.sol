// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../types/Receipt.sol";
import {Voucher} from "../types/Voucher.sol";
import {IPayments} from "./usage/IPayments.sol";

/// @title Consumers' money: deposit, allot to an operator, redeem vouchers, settle batches
/// @dev `redeem`, of a voucher or a payment, is the only debit of a consumer and pays nobody; shares exist only after a batch is final.
/// @custom:invariant books: token balance == totalBooked() + OPEN sent here outright, which `absorbSurplus` books.
/// @custom:invariant lanes: redeemedOf never falls and never passes a limit that the consumer signed.
/// @custom:invariant exits: no pause blocks thaw, withdraw, redeem or the settlement of batches that are open.
interface IUsageEscrow is IPayments {
    /// @notice Money promised to one operator. `thawing <= amount`; thawing money can still be redeemed.
    struct Allotment {
        uint96 amount;
        uint96 thawing;
        uint64 thawEndsAt;
    }

    /// @notice A key that may sign vouchers of a consumer. `revokedFrom` zero: neither revoked nor expiring. `round` counts
    /// the times in which a capped one was in force; caps of an earlier one are void.
    struct Signer {
        uint64 authorizedAt;
        uint64 revokedFrom;
        uint64 round;
        bool capped;
    }

    /// @notice The links to the settlement contracts are set, for good.
    event Wired(address indexed attributionRegistry, address indexed rewardDistributor);
    /// @notice OPEN came in for a consumer.
    event Deposited(address indexed consumer, address indexed from, uint128 amount);
    /// @notice Unallotted OPEN went out.
    event Withdrawn(address indexed consumer, uint128 amount);
    /// @notice Balance was promised to an operator.
    event Allotted(address indexed consumer, address indexed operator, uint128 amount);
    /// @notice Part of an allotment thaws; the clock of all of it starts anew.
    event ThawStarted(address indexed consumer, address indexed operator, uint128 thawing, uint64 endsAt);
    /// @notice Thawed money is balance again.
    event ThawFinished(address indexed consumer, address indexed operator, uint128 amount);
    /// @notice A session key may sign vouchers.
    event SignerAuthorized(address indexed consumer, address indexed signer);
    /// @notice A session key may sign vouchers to an operator of which `cap` can be redeemed; at `expiresAt` it is as if
    /// revoked, unless zero.
    event SignerCapped(
        address indexed consumer, address indexed signer, address indexed operator, uint96 cap, uint64 expiresAt
    );
    /// @notice A session key's vouchers can be redeemed until `from`, exclusive.
    event SignerRevoked(address indexed consumer, address indexed signer, uint64 from);
    /// @notice A lane advanced to `cumulative`, `amount` more than before.
    event Redeemed(
        address indexed consumer, address indexed operator, uint64 indexed lane, uint128 amount, uint128 cumulative
    );
    /// @notice Money that no batch claimed in three windows became null.
    event UnsettledExpired(address indexed operator, uint128 burned, uint128 insurance);
    /// @notice The insurance pool grew.
    event InsuranceAdded(address indexed from, uint128 amount);
    /// @notice Deposits are paused or accepted again.
    event DepositsPaused(bool paused);
    /// @notice New batches are paused, at most for `LONGEST_PAUSE`, or accepted again.
    event BatchesPaused(bool paused);

    /// @notice Only the deployer wires.
    error UsageEscrowNotDeployer(address caller);
    /// @notice The links are set already.
    error UsageEscrowAlreadyWired();
    /// @notice An address or a parameter must not be zero.
    error UsageEscrowZeroParameter();
    /// @notice The token's supply does not fit the books.
    error UsageEscrowSupplyTooLarge();
    /// @notice New batches are paused; everything else works, and unsettled money does not expire meanwhile.
    error UsageEscrowBatchesPaused();
    /// @notice Batches were paused lately; wait until the named time.
    error UsageEscrowPausedLately(uint64 until);
    /// @notice The escrow would hold more than the launch cap.
    error UsageEscrowAboveCap(uint256 booked, uint256 cap);
    /// @notice Deposits are paused; everything else works.
    error UsageEscrowDepositsPaused();
    /// @notice An amount must not be zero.
    error UsageEscrowZeroAmount();
    /// @notice The unallotted balance is too small.
    error UsageEscrowBalanceShort(uint128 have, uint128 want);
    /// @notice The allotment, less what thaws already where that matters, is too small.
    error UsageEscrowAllotmentShort(uint128 have, uint128 want);
    /// @notice Nothing thaws for this operator.
    error UsageEscrowNoThaw(address operator);
    /// @notice Wait until the named time.
    error UsageEscrowThawing(uint64 until);
    /// @notice Not a signer that can be authorised, or revoked, now.
    error UsageEscrowBadSigner(address signer);
    /// @notice The voucher's signer is neither the consumer nor a key of the consumer that is in force.
    error UsageEscrowUnauthorizedSigner(address consumer, address signer);
    /// @notice More than that can no longer be redeemed here of this capped key's vouchers.
    error UsageEscrowCapSpent(uint256 left, uint256 due);
    /// @notice The lane is one of a payment, which needs no voucher.
    error UsageEscrowPaymentLane(uint64 lane);
    /// @notice Vouchers are redeemed by the operator that they name.
    error UsageEscrowNotOperator(address caller, address operator);
    /// @notice The lane level asked for is above what the consumer signed.
    error UsageEscrowBeyondLimit(uint128 amount, uint128 limit);
    /// @notice The lane level asked for is redeemed already.
    error UsageEscrowAlreadyRedeemed(uint128 amount, uint128 redeemed);
    /// @notice The orders are no whole number of them.
    error UsageEscrowLengthMismatch();
    /// @notice Only the AttributionRegistry settles.
    error UsageEscrowNotAttributionRegistry(address caller);
    /// @notice The operator has redeemed less than that, or it expired.
    error UsageEscrowUnsettledShort(uint128 have, uint128 want);
    /// @notice Less than that is pending for the operator.
    error UsageEscrowPendingShort(uint128 have, uint128 want);
    /// @notice The audit pool holds less than that.
    error UsageEscrowAuditShort(uint128 have, uint128 want);
    /// @notice The reserved lines are more than the total.
    error UsageEscrowBadShares(uint128 total, uint256 reserved);

    /// @notice Sets the links to the settlement contracts, once, by the deployer.
    function wire(address attributionRegistry, address rewardDistributor) external;

    /* CONSUMER */

    /// @notice Pays OPEN into the caller's balance. Needs an allowance.
    /// @param amount Base units.
    function deposit(uint128 amount) external;

    /// @notice Pays OPEN of the caller into another's balance.
    /// @param consumer Who gets it.
    /// @param amount Base units.
    function depositFor(address consumer, uint128 amount) external;

    /// @notice Deposits with an ERC-2612 permit of the caller instead of an allowance.
    /// @dev A permit that somebody else has submitted already does no harm.
    function depositWithPermit(uint128 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Pays unallotted balance out to the caller. Never paused.
    /// @param amount Base units.
    function withdraw(uint128 amount) external;

    /// @notice Promises balance to an operator, who can then redeem vouchers against it.
    /// @param operator Who may redeem.
    /// @param amount Base units.
    function allot(address operator, uint128 amount) external;

    /// @notice Starts to take back part of an allotment. The operator can still redeem it meanwhile.
    /// @param operator Whose allotment.
    /// @param amount Base units, on top of what thaws already; the clock starts anew for all of it.
    function startThaw(address operator, uint128 amount) external;

    /// @notice Takes back what has thawed and was not redeemed.
    /// @param operator Whose allotment.
    function finishThaw(address operator) external;

    /// @notice Lets a session key (an EOA) sign vouchers of the caller; cancels a revocation, an expiry and a cap.
    /// @param signer The key's address.
    function authorizeSigner(address signer) external;

    /// @notice Lets a session key (an EOA) sign vouchers of the caller to an operator, up to a cap and a time.
    /// @dev What is in force, or thaws, can only be widened: operators hold vouchers against it. A cap for each operator,
    /// as one for all could be promised to each of them and be paid once.
    /// @param signer The key's address.
    /// @param operator Where it may spend; at others it keeps the caps that it has there.
    /// @param cap Base units that may be redeemed there by its vouchers from now on, whatever was redeemed before.
    /// @param expiresAt From then on it is as if revoked, at every operator: its vouchers stay redeemable for `thawPeriod`.
    /// Zero for never.
    function authorizeCapped(address signer, address operator, uint96 cap, uint64 expiresAt) external;

    /// @notice Ends a session key. Its vouchers stay redeemable for `thawPeriod`.
    /// @param signer The key's address.
    function revokeSigner(address signer) external;

    /* OPERATOR */

    /// @notice Moves a lane up to `amount`, out of the consumer's allotment into the operator's unsettled money.
    /// @param voucher What the consumer signed.
    /// @param signature 65 bytes `r, s, v`.
    /// @param amount New lane level, `redeemed < amount <= voucher.limit`.
    function redeem(Voucher calldata voucher, bytes calldata signature, uint128 amount) external;

    /// @notice `redeem` for each of several vouchers to the caller; all or none.
    /// @param orders End to end, 173 bytes each:
    /// `consumer[20] ‖ lane[8] ‖ limit[16] ‖ acknowledged[16] ‖ head[32] ‖ signature[65] ‖ amount[16]`, big-endian.
    function redeemMany(bytes calldata orders) external;

    /* SETTLEMENT, by the AttributionRegistry alone */

    /// @notice Moves `total` from unsettled, oldest bucket first, to pending.
    function beginSettlement(address operator, uint128 total) external;

    /// @notice Pays a final batch: burns, fills both pools, sends the rest to the RewardDistributor.
    /// @return rewards What was sent, `total - burned - audit - insurance`.
    function completeSettlement(address operator, uint128 total, uint128 burned, uint128 audit, uint128 insurance)
        external
        returns (uint128 rewards);

    /// @notice Moves `total` of a convicted or voided batch from pending back to unsettled.
    function returnSettlement(address operator, uint128 total) external;

    /// @notice Pays a verifier out of the audit pool, for the registry's court.
    function payAudit(address verifier, uint128 amount) external;

    /* ANYONE */

    /// @notice Turns buckets older than three windows into null: half insurance, floored, and the rest burned.
    function expireUnsettled(address operator) external;

    /// @notice Adds OPEN of the caller to the insurance pool. Needs an allowance. OperatorStake pays slashes here.
    function addInsurance(uint128 amount) external;

    /// @notice Books OPEN that was sent here outright as insurance.
    function absorbSurplus() external;

    /* GUARDIAN */

    /// @notice Pauses or accepts deposits; touches nothing else.
    function setDepositsPaused(bool paused) external;

    /// @notice Pauses or accepts new batches. A pause lapses after `LONGEST_PAUSE`, and not before twice as long since
    /// it began can there be another.
    function setBatchesPaused(bool paused) external;

    /* VIEWS */

    /// @notice Unallotted money of a consumer.
    function balanceOf(address consumer) external view returns (uint128 amount);

    /// @notice What a consumer has promised to an operator.
    function allotmentOf(address consumer, address operator) external view returns (Allotment memory allotment);

    /// @notice Lane level that was redeemed.
    function redeemedOf(address consumer, address operator, uint64 lane) external view returns (uint128 redeemed);

    /// @notice Whether a voucher by this signer can be redeemed now: the consumer, or a key in force or thawing.
    function canSign(address consumer, address signer) external view returns (bool yes);

    /// @notice Whether `signer` is the consumer or was ever authorised. Once true it stays true: batches rely on it.
    function wasSigner(address consumer, address signer) external view returns (bool yes);

    /// @notice State of a session key.
    function signerOf(address consumer, address signer) external view returns (Signer memory found);

    /// @notice What a capped key's vouchers to an operator may still redeem; zero for a key without caps.
    function leftOf(address consumer, address signer, address operator) external view returns (uint96 left);

    /// @notice Redeemed money of an operator that a batch may settle now; expired buckets are left out.
    function unsettledOf(address operator) external view returns (uint128 amount);

    /// @notice Money of an operator in open batches.
    function pendingOf(address operator) external view returns (uint128 amount);

    /// @notice OPEN that pays auditors.
    function auditPool() external view returns (uint128 amount);

    /// @notice OPEN that backs audits and failures.
    function insurancePool() external view returns (uint128 amount);

    /// @notice Sum of all books.
    function totalBooked() external view returns (uint256 amount);

    /// @notice OPEN that final batches ever sent to the RewardDistributor.
    function totalRewards() external view returns (uint256 amount);

    /// @notice Whether deposits are paused.
    function depositsPaused() external view returns (bool paused);

    /// @notice Whether new batches are paused.
    function batchesPaused() external view returns (bool paused);

    /// @notice Seconds after which a pause of batches lapses.
    function LONGEST_PAUSE() external view returns (uint64 period);

    /// @notice Who settles.
    function attributionRegistry() external view returns (address registry);

    /// @notice EIP-712 digest of a voucher.
    function voucherDigest(Voucher calldata voucher) external view returns (bytes32 digest);

    /// @notice EIP-712 digest of a receipt.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32 digest);

    /// @notice Seconds between the start and the end of a thaw or revocation.
    function thawPeriod() external view returns (uint64 period);

    /// @notice Seconds of one bucket of unsettled money.
    function bucketWindow() external view returns (uint64 window);
}
