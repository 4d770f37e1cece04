// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch} from "../../types/Batch.sol";

/// @title What verifiers are paid from, and the bonds of appeals
/// @custom:invariant solvency: what verifiers of a batch get is at most what that batch paid into the audit pool, was added, or was slashed.
/// @custom:invariant books: token balance >= booked().
interface IAuditFund {
    /// @notice The money of one audit.
    struct Purse {
        /// Base units a verifier and receipt.
        uint56 fee;
        /// Most that the audit's verifiers can get.
        uint56 budget;
        /// What is here for them; the audit pool pays the rest once the batch is final.
        uint56 held;
        /// Zero while the audit lasts.
        uint40 closedAt;
        /// Whether the reporter's part of a slash was added.
        bool isRewarded;
        uint56 bond;
        address appellant;
    }

    /// @notice The court is set, for good.
    event Wired(address indexed court);
    /// @notice A verifier was paid.
    event VerifierPaid(uint64 indexed batchId, address indexed verifier, uint256 amount);
    /// @notice The reporter's part of a slash pays the verifiers; what they do not get is insured.
    event RewardTaken(uint64 indexed batchId, uint256 kept, uint256 insured);

    /// @notice Only the deployer wires.
    error AuditFundNotDeployer(address caller);
    /// @notice The court is set already.
    error AuditFundAlreadyWired();
    /// @notice A parameter must not be zero.
    error AuditFundBadParameter();
    /// @notice Only the court does this.
    error AuditFundNotCourt(address caller);
    /// @notice The batch is not this one, or stands elsewhere.
    error AuditFundWrongBatch(uint64 batchId);
    /// @notice Nothing is due, or not yet.
    error AuditFundNothingDue(uint64 batchId);

    /// @notice Sets the court, once, by the deployer.
    function wire(address court) external;

    /* COURT */

    /// @notice Opens a purse; takes from `payer` what `paid`, the batch's audit line, lacks of `least`. Needs its allowance.
    /// @return budget `paid`, or `least` where that is more.
    function start(uint64 batchId, uint56 fee, uint256 paid, uint256 least, address payer)
        external
        returns (uint56 budget);

    /// @notice Owes a verifier the fee of so many receipts.
    function credit(uint64 batchId, address verifier, uint256 units) external;

    /// @notice Takes an appeal's bond. Needs the appellant's allowance.
    function takeBond(uint64 batchId, address appellant, uint56 amount) external;

    /// @notice Ends an appeal. A bond that is lost burns half, rounded up; its other half and `fined` pay the panel, `each` at most, and
    /// the rest insures.
    /// @param winners Zero addresses are passed over.
    function endAppeal(uint64 batchId, bool isLost, uint256 fined, uint256 each, address[] calldata winners) external;

    /// @notice The audit is over.
    function close(uint64 batchId) external;

    /* ANYONE */

    /// @notice Pays a verifier: of a final batch all, else what is held for its audit; the rest stays due.
    function collect(Batch calldata batch, address verifier) external;

    /// @notice Adds the reporter's part of a slash that the court brought about.
    function takeReward(Batch calldata batch) external;

    /// @notice Insures what is still held long after an audit.
    function absorb(uint64 batchId) external;

    /// @notice The money of an audit; all zero when there is none.
    function purseOf(uint64 batchId) external view returns (Purse memory purse);

    /// @notice Receipts of a batch that a verifier is paid for.
    function unitsOf(uint64 batchId, address verifier) external view returns (uint256 units);

    /// @notice OPEN that is held for somebody.
    function booked() external view returns (uint256 amount);
}
