// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAuditCourt} from "../interfaces/audit/IAuditCourt.sol";
import {Audit, Outcome, Pair, Phase} from "../types/Audit.sol";
import {Batch, BatchHeader, BatchStatus} from "../types/Batch.sol";
import {AuditBook} from "./AuditBook.sol";

/// @title From the opening of an audit to the answers of two verifiers
abstract contract AuditRounds is AuditBook {
    bytes1 internal constant TAG_ANSWER = 0x10;
    /// @dev Three who attest and two who answer for one receipt.
    uint256 private constant LEAST_UNITS = 5;
    uint64 private constant ALARM = 30 days;
    /// @dev Of a seat's bond: silence costs a twentieth, a wrong answer half.
    uint256 internal constant SILENT_PART = 20;
    uint256 internal constant WRONG_PART = 2;
    /// @dev The higher bit of each sample's two: different by more than 2 %, or not opened.
    uint256 internal constant FAULTS = 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;

    /* AVAILABILITY */

    /// @inheritdoc IAuditCourt
    function open(Batch calldata batch) external {
        uint64 batchId = batch.id;
        require(
            batch.stamp.status == BatchStatus.Open && registry.stands(batch), AuditCourtWrongBatch(batchId)
        );
        uint32 seated = roster.activeSeats();
        require(seated >= LEAST_SEATS, AuditCourtUnstaffed(seated));
        Audit storage audit = _inPhase(batchId, Phase.None);
        BatchHeader calldata header = batch.header;
        (audit.poster, audit.receipts) = (header.poster, header.receiptCount);
        audit.isReplacement = batch.stamp.replaces != 0;
        _enter(audit, Phase.Signing);
        uint64 round = _redraw(audit);
        uint56 budget = fund.start(batchId, fee, header.audit, LEAST_UNITS * fee, msg.sender);
        uint256 affordable = (budget / fee - SIGNERS) / PAIR;
        audit.affordable = uint16(affordable < MOST_SAMPLES * WIDENING ? affordable : MOST_SAMPLES * WIDENING);
        emit AuditOpened(batchId, header.poster, round, audit.slots, fee, budget);
    }

    /// @inheritdoc IAuditCourt
    function attest(uint64 batchId, uint256 place) external {
        Audit storage audit = _inPhase(batchId, Phase.Signing);
        _requireOpen(audit, 1);
        uint256 done = _act(batchId, audit, place);
        emit BatchAttested(batchId, msg.sender);
        fund.credit(batchId, msg.sender, 1);
        if (_count(done) < QUORUM) return;
        audit.startedAt = uint40(block.timestamp);
        if (audit.isReplacement) {
            _settle(batchId, audit, Outcome.Unverified, false);
            return;
        }
        audit.samples = _samples(audit);
        _sample(batchId, audit);
    }

    /// @inheritdoc IAuditCourt
    function voidUnserved(Batch calldata batch) external {
        Audit storage audit = _inPhase(batch.id, Phase.Signing);
        _requireOver(audit, 1);
        require(_found(batch.id, audit) >= QUORUM, AuditCourtNoSeed(audit.round));
        _settle(batch.id, audit, Outcome.Unverified, false);
        if (_statusOf(batch) == BatchStatus.Open) registry.voidUnserved(batch);
    }

    /* OPENINGS */

    /// @inheritdoc IAuditCourt
    function deliver(uint64 batchId, bytes32 digest) external {
        Audit storage audit = _audits[batchId];
        require(msg.sender == audit.poster, AuditCourtNotPoster(msg.sender));
        require(_found(batchId, audit) > 0, AuditCourtNoSeed(audit.round));
        emit OpeningsDelivered(batchId, digest);
        if (audit.phase == Phase.PanelAnswering) return;
        require(audit.phase == Phase.Delivering && digest != 0, AuditCourtWrongPhase(batchId));
        _requireOpen(audit, 1);
        _enter(audit, Phase.Answering);
    }

    /// @inheritdoc IAuditCourt
    function convictSilent(Batch calldata batch) external {
        Audit storage audit = _inPhase(batch.id, Phase.Delivering);
        _requireOver(audit, 1);
        require(_found(batch.id, audit) == PAIR, AuditCourtNoSeed(audit.round));
        _settle(batch.id, audit, Outcome.Guilty, true);
        _convict(batch, audit, msg.sender, "unopened");
    }

    /// @inheritdoc IAuditCourt
    function lapse(uint64 batchId) external {
        Audit storage audit = _audits[batchId];
        Phase phase = audit.phase;
        require(phase == Phase.Signing || phase == Phase.Delivering, AuditCourtWrongPhase(batchId));
        _requireOver(audit, 1);
        require(_found(batchId, audit) < PAIR, AuditCourtWrongPhase(batchId));
        if (phase == Phase.Signing) audit.startedAt = uint40(block.timestamp);
        _settle(batchId, audit, Outcome.Unverified, false);
    }

    /* ANSWERS */

    /// @inheritdoc IAuditCourt
    function commitAnswer(uint64 batchId, uint8 place, bytes32 commitment) external {
        Audit storage audit = _audits[batchId];
        bool panel = audit.phase == Phase.PanelAnswering;
        require(panel || audit.phase == Phase.Answering, AuditCourtWrongPhase(batchId));
        // A panel waits for openings first.
        _requireOpen(audit, panel ? 2 : 1);
        uint256 done = _act(batchId, audit, place);
        _answers[batchId][_keyOf(panel, audit.attempt, place)] = commitment;
        emit AnswerCommitted(batchId, place, msg.sender, panel);
        if (_count(done) < (panel ? PANEL : PAIR)) return;
        _enter(audit, panel ? Phase.PanelRevealing : Phase.Revealing);
    }

    /// @inheritdoc IAuditCourt
    function revealAnswer(uint64 batchId, uint8 place, uint256 answer, bytes32 report, bytes32 salt) external {
        Audit storage audit = _audits[batchId];
        if (audit.phase == Phase.PanelAnswering) {
            // Some of a panel kept silent; from now on nobody commits.
            _requireOver(audit, 2);
            _enter(audit, Phase.PanelRevealing);
        }
        bool panel = audit.phase == Phase.PanelRevealing;
        require(panel || audit.phase == Phase.Revealing, AuditCourtWrongPhase(batchId));
        _requireOpen(audit, 1);
        uint256 key = _keyOf(panel, audit.attempt, place);
        bytes32 shown = keccak256(abi.encodePacked(TAG_ANSWER, batchId, msg.sender, answer, report, salt));
        require(_answers[batchId][key] == shown, AuditCourtWrongReveal(batchId));
        uint256 done = _act(batchId, audit, place);
        // What lies beyond the samples says nothing, nor what two verifiers found planted.
        _answers[batchId][key] = bytes32(answer & _mask(audit.samples) & ~_named[batchId]);
        emit AnswerRevealed(batchId, place, msg.sender, answer, report, panel);
        if (!panel && _count(done) == PAIR) _judge(batchId, audit);
    }

    /// @inheritdoc IAuditCourt
    function retry(uint64 batchId) external {
        Audit storage audit = _audits[batchId];
        Phase phase = audit.phase;
        require(phase == Phase.Answering || phase == Phase.Revealing, AuditCourtWrongPhase(batchId));
        _requireOver(audit, 1);
        (uint32[] memory seats,) = _drawn(batchId, audit);
        uint256 done = audit.done;
        for (uint256 place = 0; place < seats.length; ++place) {
            if (done >> place & 1 == 0) _fine(seats[place], SILENT_PART, 0);
        }
        if (audit.attempt == LAST_ATTEMPT) {
            // Or who has one of the drawn seats could wear a true accusation down by silence.
            audit.outcome = Outcome.Unverified;
            _pairs[batchId].round = audit.round;
            _startPanel(batchId, audit);
            return;
        }
        ++audit.attempt;
        _sample(batchId, audit);
    }

    /* PARTS */

    /// @dev What was answered is judged by the faults that both name.
    function _judge(uint64 batchId, Audit storage audit) internal {
        (uint256 first, uint256 second) = _pair(batchId, audit);
        (uint256 one, uint256 other) = (first & FAULTS, second & FAULTS);
        Outcome outcome = one & other != 0 ? Outcome.Guilty : one != other ? Outcome.Split : Outcome.Clean;
        uint256 small = first & second & ~FAULTS & _mask(audit.samples);
        (uint32[] memory seats,) = _drawn(batchId, audit);
        _pairs[batchId] = Pair(audit.round, seats[0], seats[1]);
        audit.outcome = outcome;
        emit AuditJudged(batchId, outcome);
        if (small != 0) _alarm(audit.poster);
        _enter(audit, Phase.Judged);
        if (outcome == Outcome.Split) _startPanel(batchId, audit);
    }

    function _startPanel(uint64 batchId, Audit storage audit) internal {
        _enter(audit, Phase.PanelAnswering);
        uint64 round = _redraw(audit);
        emit PanelDrawn(batchId, round, audit.slots);
    }

    function _alarm(address poster) internal {
        uint64 until = uint64(block.timestamp) + ALARM;
        alarmOf[poster] = until;
        emit AlarmRaised(poster, until);
    }

    function _pair(uint64 batchId, Audit storage audit) internal view returns (uint256 first, uint256 second) {
        uint8 attempt = audit.attempt;
        first = uint256(_answers[batchId][_keyOf(false, attempt, 0)]);
        second = uint256(_answers[batchId][_keyOf(false, attempt, 1)]);
    }

    function _convict(Batch calldata batch, Audit storage audit, address reporter, bytes32 kind) internal virtual;

    /// @dev A proof may have convicted the batch meanwhile, or its bond be released: the audit ends all the same.
    function _statusOf(Batch calldata batch) internal view returns (BatchStatus status) {
        require(registry.isBatch(batch), AuditCourtWrongBatch(batch.id));
        return batch.stamp.status;
    }

    function _mask(uint256 samples) internal pure returns (uint256 mask) {
        return samples == MOST_SAMPLES ? type(uint256).max : (1 << 2 * samples) - 1;
    }

    function _count(uint256 bits) internal pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) ++count;
    }

    function _sample(uint64 batchId, Audit storage audit) private {
        _enter(audit, Phase.Delivering);
        uint64 round = _redraw(audit);
        emit SampleDrawn(batchId, round, audit.slots, audit.samples, audit.attempt);
    }

    /// @dev As many receipts as the budget pays two verifiers for, or a quarter of them; at least one. All of them where the seed
    /// might be biased, and while there is an alarm.
    function _samples(Audit storage audit) private view returns (uint16 samples) {
        uint256 most = audit.affordable;
        bool widened = alarmOf[audit.poster] > block.timestamp || !beacon.isUnbiasable();
        if (!widened) most = (most + WIDENING - 1) / WIDENING;
        if (most > audit.receipts) most = audit.receipts;
        return uint16(most < MOST_SAMPLES ? most : MOST_SAMPLES);
    }
}
