// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IBountyBoard} from "../interfaces/agents/IBountyBoard.sol";
import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {IModelGates} from "../interfaces/IModelGates.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {KIND_DATASET} from "../types/AssetKind.sol";
import {Verdict} from "../types/Verdict.sol";

/// @title Budgets for adapters that pass a sealed evaluation
/// @dev The token has no hooks, and every function writes its books before it calls the token.
contract BountyBoard is IBountyBoard {
    using SafeERC20 for IOpenToken;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice Says what a judge found out.
    IModelRegistry public immutable models;
    /// @notice Knows the data sets.
    IContentRegistry public immutable datasets;

    /// @inheritdoc IBountyBoard
    uint64 public bountyCount;
    mapping(uint64 bountyId => Bounty bounty) private _bounties;
    mapping(uint64 bountyId => mapping(bytes32 modelId => address tuner)) public tunerOf;

    /// @param models_ The ModelRegistry, which knows the DatasetRegistry.
    constructor(IOpenToken token_, IModelRegistry models_) {
        (token, models, datasets) = (token_, models_, models_.datasets());
    }

    /// @inheritdoc IBountyBoard
    function post(
        bytes32 datasetId,
        bytes32 evaluationId,
        bytes32 incumbent,
        int32 leastGain,
        uint128 budget,
        uint40 deadline,
        uint40 judgedUntil
    ) external returns (uint64 bountyId) {
        bool timed = deadline > block.timestamp && judgedUntil > deadline;
        require(budget > 0 && timed && leastGain >= -models.GATE_MARGIN(), BountyBoardBadOffer());
        _checkNamed(datasetId, evaluationId, incumbent);
        bountyId = ++bountyCount;
        _bounties[bountyId] = Bounty({
            poster: msg.sender,
            deadline: deadline,
            judgedUntil: judgedUntil,
            status: BountyStatus.Open,
            budget: budget,
            leastGain: leastGain,
            datasetId: datasetId,
            evaluationId: evaluationId,
            incumbent: incumbent
        });
        emit BountyPosted(
            bountyId, msg.sender, datasetId, evaluationId, incumbent, budget, leastGain, deadline, judgedUntil
        );
        token.safeTransferFrom(msg.sender, address(this), budget);
    }

    /// @inheritdoc IBountyBoard
    function submit(uint64 bountyId, bytes32 modelId) external {
        Bounty storage bounty = _open(bountyId);
        require(block.timestamp <= bounty.deadline, BountyBoardWrongTime(bountyId));
        require(models.ownerOf(modelId) == msg.sender, BountyBoardNotOwner(modelId, msg.sender));
        require(
            models.model(modelId).evaluationId == bounty.evaluationId, BountyBoardOtherEvaluation(modelId)
        );
        require(tunerOf[bountyId][modelId] == address(0), BountyBoardSubmitted(bountyId, modelId));
        tunerOf[bountyId][modelId] = msg.sender;
        emit BountySubmitted(bountyId, modelId, msg.sender);
    }

    /// @inheritdoc IBountyBoard
    /// @dev The tuner is who handed the adapter in, whoever owns it now.
    function award(uint64 bountyId, bytes32 modelId) external {
        Bounty storage bounty = _open(bountyId);
        require(block.timestamp <= bounty.judgedUntil, BountyBoardWrongTime(bountyId));
        address tuner = tunerOf[bountyId][modelId];
        require(tuner != address(0) && passes(bountyId, modelId), BountyBoardNotPassed(bountyId, modelId));
        bounty.status = BountyStatus.Awarded;
        uint128 budget = bounty.budget;
        emit BountyAwarded(bountyId, modelId, tuner, budget);
        token.safeTransfer(tuner, budget);
    }

    /// @inheritdoc IBountyBoard
    function refund(uint64 bountyId) external {
        Bounty storage bounty = _open(bountyId);
        require(block.timestamp > bounty.judgedUntil, BountyBoardWrongTime(bountyId));
        bounty.status = BountyStatus.Refunded;
        (address poster, uint128 budget) = (bounty.poster, bounty.budget);
        emit BountyRefunded(bountyId, poster, budget);
        token.safeTransfer(poster, budget);
    }

    /* VIEWS */

    /// @inheritdoc IBountyBoard
    function bountyOf(uint64 bountyId) external view returns (Bounty memory bounty) {
        return _bounties[bountyId];
    }

    /// @inheritdoc IBountyBoard
    /// @dev A verdict stays when its model is promoted, or retired afterwards: the work was done.
    function passes(uint64 bountyId, bytes32 modelId) public view returns (bool yes) {
        Bounty storage bounty = _bounties[bountyId];
        Verdict memory verdict = models.verdictOf(modelId);
        return verdict.examples > 0 && verdict.incumbent == bounty.incumbent && verdict.lowGain >= bounty.leastGain
            && models.model(modelId).evaluationId == bounty.evaluationId;
    }

    /* PARTS */

    function _open(uint64 bountyId) private view returns (Bounty storage bounty) {
        bounty = _bounties[bountyId];
        require(bounty.status == BountyStatus.Open, BountyBoardNotOpen(bountyId, bounty.status));
    }

    function _checkNamed(bytes32 datasetId, bytes32 evaluationId, bytes32 incumbent) private view {
        bool usable = datasets.kindOf(datasetId) == KIND_DATASET && datasets.retiredAtOf(datasetId) == 0;
        require(usable, BountyBoardBadDataset(datasetId));
        (address judge,) = models.evaluationOf(evaluationId);
        require(judge != address(0), BountyBoardUnknownEvaluation(evaluationId));
        require(models.model(incumbent).gate != IModelGates.Gate.Unknown, BountyBoardUnknownModel(incumbent));
    }
}
