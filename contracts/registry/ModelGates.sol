// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelGates} from "../interfaces/IModelGates.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Verdict} from "../types/Verdict.sol";
import {ModelLineage} from "./ModelLineage.sol";

/// @title Sealed evaluations, verdicts, and the lines in which adapters are served
abstract contract ModelGates is IModelRegistry, ModelLineage {
    struct Evaluation {
        address judge;
        uint40 committedAt;
        uint56 committedIn;
    }

    /// @inheritdoc IModelGates
    int32 public constant GATE_MARGIN = 20_000;

    int32 private constant FULL_PPM = 1_000_000;

    mapping(bytes32 evaluationId => Evaluation evaluation) private _evaluations;
    mapping(bytes32 modelId => Verdict verdict) private _verdicts;
    mapping(address owner => mapping(bytes32 line => bytes32 modelId)) private _serving;
    /// @dev What its line served before it.
    mapping(bytes32 modelId => bytes32 before) private _predecessors;

    /// @inheritdoc IModelGates
    function commitEvaluation(bytes32 commitment) external returns (bytes32 evaluationId) {
        evaluationId = evaluationIdOf(msg.sender, commitment);
        Evaluation storage made = _evaluations[evaluationId];
        require(made.committedAt == 0, ModelRegistryEvaluationExists(evaluationId));
        (made.judge, made.committedAt) = (msg.sender, uint40(block.timestamp));
        made.committedIn = uint56(block.number);
        emit EvaluationCommitted(evaluationId, msg.sender, commitment);
    }

    /// @inheritdoc IModelGates
    function reportVerdict(Verdict calldata verdict) external {
        bytes32 modelId = verdict.modelId;
        Model storage found = _knownModel(modelId);
        address judge = _evaluations[found.evaluationId].judge;
        require(msg.sender == judge, ModelRegistryNotJudge(msg.sender, judge));
        _checkVerdict(verdict);
        bool passed = verdict.lowGain >= -GATE_MARGIN;
        Gate gate = passed ? Gate.Passed : Gate.Refused;
        require(found.gate < Gate.Serving, ModelRegistryBadGate(found.gate, gate));
        _verdicts[modelId] = verdict;
        emit VerdictReported(modelId, found.evaluationId, passed, verdict);
        _setGate(modelId, found, gate, verdict.evidence);
    }

    /// @inheritdoc IModelGates
    function promote(bytes32 line, bytes32 modelId) external onlyOwnerOf(modelId) {
        Model storage found = _knownModel(modelId);
        require(found.gate == Gate.Passed, ModelRegistryBadGate(found.gate, Gate.Serving));
        _checkConsent(modelId);
        bytes32 before = _serving[msg.sender][line];
        bytes32 incumbent = before == 0 ? found.baseId : before;
        Verdict storage verdict = _verdicts[modelId];
        require(verdict.incumbent == incumbent, ModelRegistryStaleVerdict(verdict.incumbent, incumbent));
        _predecessors[modelId] = before;
        _setGate(modelId, found, Gate.Serving, verdict.evidence);
        _serve(line, modelId, before);
    }

    /// @inheritdoc IModelGates
    function rollback(bytes32 line, bytes32 evidence) external returns (bytes32 modelId) {
        bytes32 before = _serving[msg.sender][line];
        require(before != 0, ModelRegistryEmptyLine(msg.sender, line));
        Model storage last = _knownModel(before);
        // Who was given the model since keeps it as it is.
        if (last.gate != Gate.Retired && ownerOf(before) == msg.sender) _retireModel(before, last, evidence);
        modelId = _predecessors[before];
        while (modelId != 0 && _knownModel(modelId).gate == Gate.Retired) modelId = _predecessors[modelId];
        _serve(line, modelId, before);
    }

    /// @inheritdoc IModelGates
    function retireModel(bytes32 modelId, bytes32 evidence) external onlyOwnerOf(modelId) {
        Model storage found = _knownModel(modelId);
        require(found.gate != Gate.Retired, ModelRegistryBadGate(found.gate, Gate.Retired));
        _retireModel(modelId, found, evidence);
    }

    /// @inheritdoc IModelGates
    function evaluationIdOf(address judge, bytes32 commitment) public pure returns (bytes32 evaluationId) {
        return keccak256(abi.encode(judge, commitment));
    }

    /// @inheritdoc IModelGates
    function evaluationOf(bytes32 evaluationId) external view returns (address judge, uint64 committedAt) {
        Evaluation storage found = _evaluations[evaluationId];
        return (found.judge, found.committedAt);
    }

    /// @inheritdoc IModelGates
    function verdictOf(bytes32 modelId) external view returns (Verdict memory verdict) {
        return _verdicts[modelId];
    }

    /// @inheritdoc IModelGates
    function servingOf(address owner, bytes32 line) external view returns (bytes32 modelId) {
        return _serving[owner][line];
    }

    /// @dev A set that is sealed in the block of the registration could have been chosen to suit the adapter.
    function _checkSealed(bytes32 evaluationId) internal view override {
        Evaluation storage found = _evaluations[evaluationId];
        bool before = found.committedAt != 0 && found.committedIn < block.number;
        require(before, ModelRegistryUnsealedEvaluation(evaluationId));
    }

    function _checkVerdict(Verdict calldata verdict) private view {
        bytes32 modelId = verdict.modelId;
        require(verdict.evidence != 0, ModelRegistryNoEvidence(modelId));
        (int32 low, int32 mean) = (verdict.lowGain, verdict.meanGain);
        bool ordered = -FULL_PPM <= low && low <= mean && mean <= FULL_PPM;
        bool compares = verdict.examples > 0 && verdict.incumbent != modelId;
        require(ordered && compares, ModelRegistryBadVerdict(modelId));
        _knownModel(verdict.incumbent);
        bytes32 known = _verdicts[modelId].incumbent;
        require(known != verdict.incumbent, ModelRegistryVerdictExists(modelId, known));
    }

    function _retireModel(bytes32 modelId, Model storage found, bytes32 evidence) private {
        require(evidence != 0, ModelRegistryNoEvidence(modelId));
        _setGate(modelId, found, Gate.Retired, evidence);
    }

    function _setGate(bytes32 modelId, Model storage found, Gate gate, bytes32 evidence) private {
        found.gate = gate;
        emit GateSet(modelId, gate, evidence);
    }

    function _serve(bytes32 line, bytes32 modelId, bytes32 before) private {
        _serving[msg.sender][line] = modelId;
        emit LineServes(msg.sender, line, modelId, before);
    }
}
