// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "./IContentRegistry.sol";
import {IParameters} from "./IParameters.sol";
import {Batch} from "../types/Batch.sol";
import {Claim, Proposal} from "../types/Reward.sol";

/// @title Pays assets what final batches credited them, by bonded proposals and proofs of membership
/// @custom:invariant solvent: the active cumulative sum is at most what was ever funded.
/// @custom:invariant exits: nobody can pause a claim.
interface IRewardDistributor {
    /// @notice Where a proposal stands.
    enum Status {
        None,
        Open,
        Active,
        Convicted,
        Released
    }

    /// @notice What is kept of a proposal. It keeps to the version of the parameters under which it was made.
    struct Record {
        bytes32 hash;
        address proposer;
        uint40 proposedAt;
        uint24 version;
        Status status;
    }

    /// @notice An activated period. Period 0 is the empty one before the first.
    struct Period {
        bytes32 cumulativeRoot;
        uint128 cumulativeSum;
        uint32 cumulativeCount;
        uint64 finalityTo;
        uint64 maturedTo;
        bytes32 dataDigest;
    }

    /// @notice The referees are set, for good.
    event Wired(address[] referees);
    /// @notice A period is open to proofs.
    event PeriodProposed(uint64 indexed id, address indexed proposer, Proposal proposal);
    /// @notice Claims are paid under this root from now on.
    event PeriodActivated(uint64 indexed period, uint64 indexed id, bytes32 cumulativeRoot, bytes32 dataDigest);
    /// @notice Fraud was proved; the bond is slashed.
    event ProposalConvicted(uint64 indexed id, bytes32 indexed kind, address indexed reporter);
    /// @notice The bond of a proposal that another overtook is free again.
    event ProposalReleased(uint64 indexed id);
    /// @notice A proposal cannot become active before `until`.
    event ProposalHeld(uint64 indexed id, uint64 until);
    /// @notice A null tranche of that batch is burned and insured.
    event Forfeited(uint64 indexed batchId, uint112 amount);
    /// @notice An asset was paid.
    event Claimed(bytes32 indexed assetId, address indexed account, uint128 amount);

    /// @notice Only the deployer wires.
    error RewardDistributorNotDeployer(address caller);
    /// @notice The referees are set already.
    error RewardDistributorAlreadyWired();
    /// @notice A constructor or wiring parameter must not be zero.
    error RewardDistributorBadParameter();
    /// @notice The proposal follows another period than the active one.
    error RewardDistributorStaleBase(uint64 base, uint64 active);
    /// @notice The epoch is not what cumulative rewards grow by.
    error RewardDistributorBadSum();
    /// @notice More than was ever funded.
    error RewardDistributorUnfunded(uint256 sum, uint256 funded);
    /// @notice The ranges of batches do not continue the active period's, are empty, not final or not mature.
    error RewardDistributorBadRange();
    /// @notice The proposal is not the one that was made.
    error RewardDistributorWrongProposal(uint64 id);
    /// @notice The proposal does not stand where this call needs it.
    error RewardDistributorWrongStatus(uint64 id, Status status);
    /// @notice Proofs are accepted until the named time.
    error RewardDistributorWindowOpen(uint64 until);
    /// @notice An earlier proposal goes first.
    error RewardDistributorNotFirst(uint64 id, uint64 first);
    /// @notice The proposal may still become active.
    error RewardDistributorStillFirst(uint64 id);
    /// @notice Only a referee convicts and holds.
    error RewardDistributorNotReferee(address caller);
    /// @notice Nothing is null in that batch, or it was taken out.
    error RewardDistributorNothingForfeit(uint64 batchId);
    /// @notice The path does not lead from this leaf to the active root.
    error RewardDistributorBadProof(bytes32 assetId);
    /// @notice Everything was claimed.
    error RewardDistributorNothingDue(bytes32 assetId);
    /// @notice No registry knows the asset, so that nobody can be paid.
    error RewardDistributorUnknownAsset(bytes32 assetId);

    /// @notice Sets the referees, once, by the deployer.
    function wire(address[] calldata referees) external;

    /// @notice Windows and bonds.
    function parameters() external view returns (IParameters found);

    /// @notice Whether a contract may convict and hold.
    function isReferee(address account) external view returns (bool yes);

    /// @notice Earliest time of activation that a referee demanded; zero for none.
    function heldUntil(uint64 id) external view returns (uint64 until);

    /// @notice Proposes the next period; locks the proposal bond of the caller's stake.
    /// @param lastMatured The final batch before `maturedTo`; not read where no batch matures.
    /// @return id From 1.
    function propose(Proposal calldata proposal, Batch calldata lastMatured) external returns (uint64 id);

    /// @notice Activates the first unconvicted proposal after its window; anyone may call.
    function activate(uint64 id, Proposal calldata proposal) external;

    /// @notice Frees the bond of a proposal that another overtook, after its window; anyone may call.
    function release(uint64 id, Proposal calldata proposal) external;

    /// @notice Slashes a proposal's bond. By a referee alone, which has proved fraud of this kind.
    function convict(uint64 id, Proposal calldata proposal, address reporter, bytes32 kind) external;

    /// @notice Keeps a proposal from becoming active before `until`, in place of what held it before; by the referees alone.
    function hold(uint64 id, uint64 until) external;

    /// @notice Burns a null tranche but for half of it (floored), which insures; by a referee alone, once a batch.
    function takeOut(uint64 batchId, uint112 amount) external;

    /// @notice Pays an asset what is due under the active root, to its payout address; anyone may call.
    /// @dev The root's count is not asked for: an activated tree has leaves at their places alone.
    function claim(
        bytes32 assetId,
        uint128 previous,
        uint128 cumulative,
        uint32 index,
        bytes calldata path
    ) external;

    /// @notice `claim` for each of several assets; all or none.
    function claimMany(Claim[] calldata claims) external;

    /// @notice Root hash of the active cumulative tree, which claims lead to.
    function activeRoot() external view returns (bytes32 root);

    /// @notice Number of the active period.
    function period() external view returns (uint64 number);

    /// @notice A period; all zero when unknown.
    function periodOf(uint64 number) external view returns (Period memory found);

    /// @notice A proposal; status `None` when unknown.
    function proposalOf(uint64 id) external view returns (Record memory record);

    /// @notice Whether this proposal was made under this id.
    function isProposal(uint64 id, Proposal calldata proposal) external view returns (bool yes);

    /// @notice What an asset was paid so far.
    function claimedOf(bytes32 assetId) external view returns (uint128 amount);

    /// @notice OPEN that final batches ever sent here and nobody forfeited.
    function funded() external view returns (uint256 amount);

    /// @notice OPEN that was forfeited.
    function forfeited() external view returns (uint112 amount);

    /// @notice Whether a batch's null tranche was taken out.
    function isForfeited(uint64 batchId) external view returns (bool yes);

    /// @notice Asked second for payout addresses; knows operators.
    function models() external view returns (IContentRegistry found);

    /// @notice Seconds from a batch's finality to its tranche 1.
    function maturity() external view returns (uint64 period);
}
