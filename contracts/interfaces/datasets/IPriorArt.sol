// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RecordProof} from "../../types/Dataset.sol";
import {IDatasetRegistry} from "./IDatasetRegistry.sol";

/// @title Public corpora, whose records nobody is paid for
/// @dev A corpus is a record tree with zero salts, so that anyone makes its root anew from the public text. That it was public at
/// its date is a claim under a bond that anyone may dispute, and votes decide; what follows from it is proof. It only ever
/// touches future eligibility: no bond of a data set, nothing that was paid; a batch that pays such a set after the grace is
/// convicted as if its owner had retired it.
/// @custom:invariant books: token balance >= bonds of claims that wait or are disputed.
/// @custom:invariant once: an excluded record stays excluded, a listed corpus listed, and what is out stays out since then.
interface IPriorArt {
    /// @notice Where a corpus stands.
    enum Status {
        None,
        Claimed,
        Disputed,
        Listed,
        Refused
    }

    /// @notice A claim that these records were public at a date.
    struct Corpus {
        address claimant;
        uint40 claimedAt;
        uint40 publishedAt;
        Status status;
        address disputant;
        uint40 disputedAt;
        uint32 count;
        bytes32 root;
    }

    /// @notice These records are said to have been public at `publishedAt`; the evidence is in the file of this CIDv0's digest.
    event CorpusClaimed(
        bytes32 indexed corpusId, address indexed claimant, bytes32 root, uint32 count, uint40 publishedAt, bytes32 evidence
    );
    /// @notice Somebody denies it; votes decide.
    event CorpusDisputed(bytes32 indexed corpusId, address indexed disputant, bytes32 evidence);
    /// @notice The corpus counts, or never will.
    event CorpusDecided(bytes32 indexed corpusId, bool listed);
    /// @notice A record of a data set that came after the corpus is in it: nobody should pay for it.
    event RecordExcluded(bytes32 indexed datasetId, uint32 index, bytes32 indexed corpusId, uint32 excluded);
    /// @notice A tenth of a data set is public by now. It may be paid for the grace of a retirement, and never after.
    event DatasetOut(bytes32 indexed datasetId, uint64 at);

    /// @notice A parameter is out of its bounds.
    error PriorArtBadParameter();
    /// @notice A corpus has records, and a date that is not in the future.
    error PriorArtBadClaim();
    /// @notice That very claim was made before.
    error PriorArtExists(bytes32 corpusId);
    /// @notice The corpus stands elsewhere.
    error PriorArtWrongStatus(bytes32 corpusId, Status status);
    /// @notice The window lasts until that time.
    error PriorArtTooEarly(uint256 until);
    /// @notice The window has ended at that time.
    error PriorArtTooLate(uint256 until);
    /// @notice The data set was registered before the corpus was public.
    error PriorArtNotEarlier(bytes32 corpusId, bytes32 datasetId);
    /// @notice The record does not stand in that tree.
    error PriorArtBadProof(bytes32 id);
    /// @notice That record is excluded already.
    error PriorArtExcluded(bytes32 datasetId, uint32 index);

    /// @notice Claims that a corpus was public. Takes the bond, which needs an allowance.
    /// @param root Root hash of its record tree, with zero salts.
    /// @param publishedAt Seconds; the earliest that the evidence shows.
    /// @return corpusId `H(abi.encode(root, count, publishedAt))`.
    function claim(bytes32 root, uint32 count, uint40 publishedAt, bytes32 evidence) external returns (bytes32 corpusId);

    /// @notice Denies a claim in its window, for the same bond.
    function dispute(bytes32 corpusId, bytes32 evidence) external;

    /// @notice Lists a corpus that nobody disputed in its window; the bond goes back.
    function list(bytes32 corpusId) external;

    /// @notice Decides a dispute; by votes alone. Half of the loser's bond burns, half is the winner's.
    function decide(bytes32 corpusId, bool listed) external;

    /// @notice Ends a dispute that votes left undecided: the corpus is not listed, both bonds go back.
    function lapse(bytes32 corpusId) external;

    /// @notice Shows that a record of a data set is in a listed corpus that was public before the data set was registered.
    /// @param known The corpus's record; `datasetId` and `salt` are not read.
    function exclude(bytes32 corpusId, RecordProof calldata known, RecordProof calldata copied, bytes32 contentHash)
        external;

    /// @notice A claim; all zero when unknown.
    function corpus(bytes32 corpusId) external view returns (Corpus memory found);

    /// @notice Whether a record of a data set is known to be public.
    function isRecordExcluded(bytes32 datasetId, uint32 index) external view returns (bool yes);

    /// @notice How many records of a data set are.
    function excludedOf(bytes32 datasetId) external view returns (uint32 count);

    /// @notice When a tenth of a data set was known to be public, in seconds; zero while it is less.
    function outSince(bytes32 datasetId) external view returns (uint64 at);

    /// @notice Whether a data set may earn from answers at `at`: its probation is over, and less than a tenth of it is public.
    /// @dev A new version is a data set of its own, with a probation of its own.
    function isEligibleAt(bytes32 datasetId, uint256 at) external view returns (bool yes);

    /// @notice Whose data sets these are.
    function datasets() external view returns (IDatasetRegistry found);
}
