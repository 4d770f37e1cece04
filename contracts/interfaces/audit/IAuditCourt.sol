// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Audit, Outcome} from "../../types/Audit.sol";
import {Batch} from "../../types/Batch.sol";
import {IAuditFund} from "./IAuditFund.sol";
import {IBeacon} from "./IBeacon.sol";
import {IVerifierRoster} from "./IVerifierRoster.sol";

/// @title The audit game: sampled re-execution by drawn verifiers
/// @dev An answer is a word of two bits a sample, the first sample lowest: 0 as the receipt says, 1 different by less than 2 % of
/// it, 2 different by more, 3 not opened. Two verifiers must name the same sample by 2 or 3 before a panel of seven is asked, and four
/// of the seven must name one sample before anybody is slashed.
/// @custom:invariant liveness: every phase ends by its deadline, whoever is silent.
interface IAuditCourt {
    /// @notice Verifiers will be drawn by the seed of `round` to fetch this batch.
    event AuditOpened(
        uint64 indexed batchId, address indexed poster, uint64 round, uint32 slots, uint56 fee, uint56 budget
    );
    /// @notice A drawn verifier holds and serves all bytes of the batch.
    event BatchAttested(uint64 indexed batchId, address indexed verifier);
    /// @notice Receipts and verifiers will be drawn by the seed of `round`.
    event SampleDrawn(uint64 indexed batchId, uint64 round, uint32 slots, uint16 samples, uint8 attempt);
    /// @notice Openings, encrypted to the drawn verifiers, are in the file of this CIDv0's digest.
    event OpeningsDelivered(uint64 indexed batchId, bytes32 digest);
    /// @notice A verifier has fixed its answer. `isPanel` tells a panel's.
    event AnswerCommitted(uint64 indexed batchId, uint8 place, address indexed verifier, bool isPanel);
    /// @notice A verifier has shown its answer. `report` is the digest of a CIDv0, or zero.
    event AnswerRevealed(
        uint64 indexed batchId, uint8 place, address indexed verifier, uint256 answer, bytes32 report, bool isPanel
    );
    /// @notice Two verifiers have answered.
    event AuditJudged(uint64 indexed batchId, Outcome outcome);
    /// @notice A panel will be drawn by the seed of `round`.
    event PanelDrawn(uint64 indexed batchId, uint64 round, uint32 slots);
    /// @notice Somebody pays a panel should the pair have been right.
    event AuditAppealed(uint64 indexed batchId, address indexed appellant, uint56 bond);
    /// @notice The audit is over. `convicted`: it is slashed for that, unless a proof convicted it before or its bond was released.
    event AuditClosed(uint64 indexed batchId, Outcome outcome, bool convicted);
    /// @notice Two verifiers agreed on a difference: the operator's batches are sampled four times as much until then.
    event AlarmRaised(address indexed poster, uint64 until);

    /// @notice A parameter is out of its bounds.
    error AuditCourtBadParameter();
    /// @notice The batch is not open, follows a convicted one, or is not this one.
    error AuditCourtWrongBatch(uint64 batchId);
    /// @notice The audit is in another phase.
    error AuditCourtWrongPhase(uint64 batchId);
    /// @notice Too few seats are taken for any draw.
    error AuditCourtUnstaffed(uint32 seats);
    /// @notice The seed of the draw is not published yet.
    error AuditCourtNoSeed(uint64 round);
    /// @notice The caller was not drawn for that place, or has done this already.
    error AuditCourtNotDrawn(uint64 batchId, uint256 place, address caller);
    /// @notice The phase has ended at that time.
    error AuditCourtTooLate(uint256 until);
    /// @notice The phase lasts until that time.
    error AuditCourtTooEarly(uint256 until);
    /// @notice Only the batch's poster delivers.
    error AuditCourtNotPoster(address caller);
    /// @notice What was shown is not what was committed to.
    error AuditCourtWrongReveal(uint64 batchId);

    /// @notice Starts the audit of an open batch; anyone may, and whoever wants it final will. Takes what the batch's own audit
    /// line lacks to pay the least audit. Needs the fund's allowance where it lacks any.
    function open(Batch calldata batch) external;

    /// @notice Says that the caller, drawn for this place, holds and serves all bytes of the batch. The second opens its window.
    function attest(uint64 batchId, uint256 place) external;

    /// @notice Voids a batch that was not attested in time; it may be submitted anew.
    function voidUnserved(Batch calldata batch) external;

    /// @notice Says where the openings are; by the poster. Again for a panel.
    function deliver(uint64 batchId, bytes32 digest) external;

    /// @notice Convicts a batch whose openings were not delivered in time; the caller is the reporter.
    function convictSilent(Batch calldata batch) external;

    /// @notice Ends the audit of a batch for which the draw could not be made.
    function lapse(uint64 batchId) external;

    /// @notice Fixes an answer. `commitment = H(0x10 ‖ batchId u64 ‖ verifier[20] ‖ answer[32] ‖ report[32] ‖ salt[32])`.
    function commitAnswer(uint64 batchId, uint8 place, bytes32 commitment) external;

    /// @notice Shows an answer.
    function revealAnswer(uint64 batchId, uint8 place, uint256 answer, bytes32 report, bytes32 salt) external;

    /// @notice Draws two others where a verifier kept silent, who is fined; after the third draw the audit ends unverified.
    function retry(uint64 batchId) external;

    /// @notice Asks a panel, against the answer of two verifiers that agree; for a bond, which needs the fund's allowance.
    function appeal(uint64 batchId) external;

    /// @notice Ends a panel that has answered, or whose time is over.
    function closePanel(Batch calldata batch) external;

    /// @notice Ends an audit that nobody appealed.
    function close(Batch calldata batch) external;

    /// @notice When a batch's window began, and whether no audit keeps it from becoming final.
    /// @return startedAt The greatest value where it has not begun.
    function progressOf(uint64 batchId, uint64 submittedAt) external view returns (uint64 startedAt, bool isClear);

    /// @notice An audit; all zero when there is none.
    function auditOf(uint64 batchId) external view returns (Audit memory audit);

    /// @notice Seats drawn in this phase; fewer where too many seats were left. Empty until the seed is published.
    function drawnOf(uint64 batchId) external view returns (uint32[] memory seats);

    /// @notice Indices of the receipts drawn; empty until the seed is published.
    function sampleOf(uint64 batchId) external view returns (uint32[] memory indices);

    /// @notice Until when batches of a poster are sampled more.
    function alarmOf(address poster) external view returns (uint64 until);

    /// @notice Whether an audit found a batch of that poster guilty at or after `from` and before `until`.
    /// @dev Once `until` has passed the answer stays.
    function isGuilty(address poster, uint256 from, uint256 until) external view returns (bool yes);

    /// @notice Bond of an appeal.
    function appealBondOf(uint64 batchId) external view returns (uint56 bond);

    /// @notice Holds the money.
    function fund() external view returns (IAuditFund found);

    /// @notice Who is drawn.
    function roster() external view returns (IVerifierRoster found);

    /// @notice Where seeds come from.
    function beacon() external view returns (IBeacon found);
}
