// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Verdict} from "../types/Verdict.sol";

/// @title What an adapter passes before it may be offered: a judge's verdict on a set that was sealed before
/// @dev A line is what an owner serves under one name, in versions. Verdicts are claims of their judges, bound to a
/// sealed set, an incumbent and a report, so that whoever is shown the set can do them again.
/// @custom:invariant gated: an adapter is Serving only after a verdict of no less than `-GATE_MARGIN` against what its
/// line served then, by the judge that it named when it was registered, on a set that was sealed before.
interface IModelGates {
    /// @notice Where a model stands. It only moves forward.
    enum Gate {
        Unknown,
        Registered,
        Passed,
        Serving,
        Refused,
        Retired
    }

    /// @notice A judge committed to an evaluation set.
    event EvaluationCommitted(bytes32 indexed evaluationId, address indexed judge, bytes32 commitment);
    /// @notice A judge compared a model with an incumbent.
    event VerdictReported(bytes32 indexed modelId, bytes32 indexed evaluationId, bool passed, Verdict verdict);
    /// @notice A model's gate moved forward.
    event GateSet(bytes32 indexed modelId, Gate gate, bytes32 evidence);
    /// @notice A line serves another model now; zero when none.
    event LineServes(address indexed owner, bytes32 indexed line, bytes32 indexed modelId, bytes32 before);

    /// @notice The judge made this commitment before.
    error ModelRegistryEvaluationExists(bytes32 evaluationId);
    /// @notice An adapter names an evaluation that was committed in an earlier block.
    error ModelRegistryUnsealedEvaluation(bytes32 evaluationId);
    /// @notice Verdicts come from the judge of the model's evaluation.
    error ModelRegistryNotJudge(address caller, address judge);
    /// @notice A gate moves only forward.
    error ModelRegistryBadGate(Gate from, Gate to);
    /// @notice A step goes with the digest of what justifies it.
    error ModelRegistryNoEvidence(bytes32 modelId);
    /// @notice A verdict has examples, a mean not below its lower end, both within 10^6, and compares two models.
    error ModelRegistryBadVerdict(bytes32 modelId);
    /// @notice The verdict against this incumbent was reported before.
    error ModelRegistryVerdictExists(bytes32 modelId, bytes32 incumbent);
    /// @notice The verdict compares with another model than the one that the line serves; judge against that one.
    error ModelRegistryStaleVerdict(bytes32 incumbent, bytes32 serving);
    /// @notice The line serves nothing.
    error ModelRegistryEmptyLine(address owner, bytes32 line);

    /// @notice Seals an evaluation set; the caller is its judge.
    /// @param commitment Hides the set until it is opened.
    /// @return evaluationId What an adapter names at its registration.
    function commitEvaluation(bytes32 commitment) external returns (bytes32 evaluationId);

    /// @notice Reports how a model did. Below the margin it is refused for good.
    /// @dev A passed model that does not serve yet may be judged again, against another incumbent.
    /// @param verdict By the judge of the model's evaluation.
    function reportVerdict(Verdict calldata verdict) external;

    /// @notice Serves a passed model of the caller.
    /// @param line One of the caller's lines; when it serves nothing, the verdict is against the model's base.
    /// @param modelId The new version.
    function promote(bytes32 line, bytes32 modelId) external;

    /// @notice Retires what a line of the caller serves, and serves the newest version before it that is not retired.
    /// @param line One of the caller's lines.
    /// @param evidence Digest of what justifies it.
    /// @return modelId What the line serves now; zero when nothing.
    function rollback(bytes32 line, bytes32 evidence) external returns (bytes32 modelId);

    /// @notice Retires a model of the caller: no new terms. Those that stand are not touched.
    /// @param modelId Any model of the caller.
    /// @param evidence Digest of what justifies it.
    function retireModel(bytes32 modelId, bytes32 evidence) external;

    /// @notice How far below an incumbent the lower end of the interval may be: 0.02 of the score.
    function GATE_MARGIN() external view returns (int32 ppm);

    /// @notice Id of a judge's commitment, made or not.
    function evaluationIdOf(address judge, bytes32 commitment) external pure returns (bytes32 evaluationId);

    /// @notice Who judges by it and when it was sealed; zero when unknown.
    function evaluationOf(bytes32 evaluationId) external view returns (address judge, uint64 committedAt);

    /// @notice The last verdict on a model; examples 0 when there is none.
    function verdictOf(bytes32 modelId) external view returns (Verdict memory verdict);

    /// @notice What a line serves; zero when nothing.
    function servingOf(address owner, bytes32 line) external view returns (bytes32 modelId);
}
