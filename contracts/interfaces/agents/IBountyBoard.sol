// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Fine-tuning as labour: a budget for whoever makes an adapter that passes a sealed evaluation
/// @dev Who judges is the judge of the evaluation, whom everybody sees before any work. The board only reads what the
/// ModelRegistry's gate says.
/// @custom:invariant whole: the board holds exactly the budgets of open bounties; each leaves once, to its tuner or its poster.
/// @custom:invariant free: neither award nor refund needs anybody's leave once its condition is met.
interface IBountyBoard {
    /// @notice Where a bounty stands. It moves forward only.
    enum BountyStatus {
        None,
        Open,
        Awarded,
        Refunded
    }

    /// @notice What is asked for. All of it is fixed when it is posted.
    struct Bounty {
        address poster;
        /// Last second of submissions; nothing is awarded later than `judgedUntil`.
        uint40 deadline;
        uint40 judgedUntil;
        BountyStatus status;
        /// Base units of OPEN.
        uint128 budget;
        /// Least lower end of the gain over the incumbent, in ppm of the score.
        int32 leastGain;
        /// The data set to train on.
        bytes32 datasetId;
        /// The sealed set, and with it the judge.
        bytes32 evaluationId;
        /// What is to be beaten.
        bytes32 incumbent;
    }

    /// @notice Money waits for an adapter.
    event BountyPosted(
        uint64 indexed bountyId,
        address indexed poster,
        bytes32 indexed datasetId,
        bytes32 evaluationId,
        bytes32 incumbent,
        uint128 budget,
        int32 leastGain,
        uint40 deadline,
        uint40 judgedUntil
    );
    /// @notice An adapter was handed in.
    event BountySubmitted(uint64 indexed bountyId, bytes32 indexed modelId, address indexed tuner);
    /// @notice The budget went to a tuner.
    event BountyAwarded(uint64 indexed bountyId, bytes32 indexed modelId, address indexed tuner, uint128 budget);
    /// @notice The budget went back.
    event BountyRefunded(uint64 indexed bountyId, address indexed poster, uint128 budget);

    /// @notice A bounty has a budget, a future deadline, and time to judge after it.
    error BountyBoardBadOffer();
    /// @notice The data set is unknown, retired or withdrawn.
    error BountyBoardBadDataset(bytes32 datasetId);
    /// @notice The evaluation was never committed.
    error BountyBoardUnknownEvaluation(bytes32 evaluationId);
    /// @notice The incumbent is no registered model.
    error BountyBoardUnknownModel(bytes32 modelId);
    /// @notice The bounty is not open.
    error BountyBoardNotOpen(uint64 bountyId, BountyStatus status);
    /// @notice The time for this is over, or not come yet.
    error BountyBoardWrongTime(uint64 bountyId);
    /// @notice Only its owner hands in an adapter.
    error BountyBoardNotOwner(bytes32 modelId, address caller);
    /// @notice The adapter names another evaluation than the bounty.
    error BountyBoardOtherEvaluation(bytes32 modelId);
    /// @notice The adapter was handed in before.
    error BountyBoardSubmitted(uint64 bountyId, bytes32 modelId);
    /// @notice The adapter was not handed in, or its verdict is not good enough.
    error BountyBoardNotPassed(uint64 bountyId, bytes32 modelId);

    /// @notice Posts a bounty; takes the budget out of the caller's allowance.
    /// @param datasetId A usable data set.
    /// @param evaluationId Of a committed evaluation; its judge's verdict decides.
    /// @param incumbent The model to beat; a base, or what a line serves.
    /// @param leastGain Least lower end of the gain, in ppm; never below the gate's own margin.
    /// @param budget Base units of OPEN.
    /// @param deadline Last second of submissions.
    /// @param judgedUntil Last second of awards; from then on the poster may have the budget back.
    function post(
        bytes32 datasetId,
        bytes32 evaluationId,
        bytes32 incumbent,
        int32 leastGain,
        uint128 budget,
        uint40 deadline,
        uint40 judgedUntil
    ) external returns (uint64 bountyId);

    /// @notice Hands in an adapter of the caller, which names the bounty's evaluation.
    function submit(uint64 bountyId, bytes32 modelId) external;

    /// @notice Sends the budget to whoever handed in an adapter whose verdict is good enough. Anyone may call.
    function award(uint64 bountyId, bytes32 modelId) external;

    /// @notice Sends the budget back to the poster, after the time of awards. Anyone may call.
    function refund(uint64 bountyId) external;

    /// @notice A bounty; status None when unknown.
    function bountyOf(uint64 bountyId) external view returns (Bounty memory bounty);

    /// @notice Who handed in an adapter for a bounty; zero for nobody.
    function tunerOf(uint64 bountyId, bytes32 modelId) external view returns (address tuner);

    /// @notice Whether an adapter's verdict is what a bounty asks for, handed in or not.
    function passes(uint64 bountyId, bytes32 modelId) external view returns (bool yes);

    /// @notice Number of bounties posted.
    function bountyCount() external view returns (uint64 count);
}
