// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {IAuditCourt} from "../interfaces/audit/IAuditCourt.sol";
import {IAuditFund} from "../interfaces/audit/IAuditFund.sol";
import {IBeacon} from "../interfaces/audit/IBeacon.sol";
import {IVerifierRoster} from "../interfaces/audit/IVerifierRoster.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {Audit, Outcome, Pair, Phase} from "../types/Audit.sol";

/// @title Audits, their draws and deadlines
abstract contract AuditBook is IAuditCourt {
    using Arrays for uint256[];

    /// @notice With fewer seats nothing is drawn, and batches stand on the proofs of consistency alone.
    uint32 public constant LEAST_SEATS = 8;
    uint256 internal constant SIGNERS = 3;
    uint256 internal constant QUORUM = 2;
    uint256 internal constant PAIR = 2;
    uint256 internal constant PANEL = 7;
    uint8 internal constant LAST_ATTEMPT = 2;
    /// @dev Receipts of one audit: an answer has two bits for each.
    uint256 internal constant MOST_SAMPLES = 128;
    /// @dev Every fourth receipt that the budget pays for, unless there is an alarm.
    uint256 internal constant WIDENING = 4;
    bytes1 private constant TAG_SAMPLE = 0x0f;

    uint64 private constant SHORTEST_STEP = 10 minutes;
    uint64 private constant LONGEST_STEP = 1 days;
    /// @dev Steps of the longest audit: attest, three times deliver, answer and reveal, a panel of four.
    uint256 private constant STEPS = 16;
    /// @dev A seat's bond is this many fees, so that half of it pays any panel and no fee is worth it.
    uint256 private constant SEAT_COVER = 4_000;

    /// @notice Where batches stand.
    IAttributionRegistry public immutable registry;
    /// @notice Ends of windows.
    IParameters public immutable parameters;
    /// @inheritdoc IAuditCourt
    IVerifierRoster public immutable roster;
    /// @inheritdoc IAuditCourt
    IBeacon public immutable beacon;
    /// @inheritdoc IAuditCourt
    IAuditFund public immutable fund;
    /// @notice Seconds of each phase.
    uint64 public immutable step;
    /// @notice Base units a verifier and receipt.
    uint56 public immutable fee;

    mapping(uint64 batchId => Audit audit) internal _audits;
    /// @dev By draw and place: the commitment, and once it is shown the answer.
    mapping(uint64 batchId => mapping(uint256 key => bytes32 word)) internal _answers;
    /// @dev Once two verifiers have answered, or none will: a panel answers for the same receipts.
    mapping(uint64 batchId => Pair pair) internal _pairs;
    /// @dev Planted samples, both bits of each, that two verifiers named: neither they nor a panel that follows speak of them.
    mapping(uint64 batchId => uint256 samples) internal _named;
    /// @dev Planted samples that a panel judged unknowing: they convict nobody, and fine who passed them.
    mapping(uint64 batchId => uint256 samples) internal _spared;
    /// @inheritdoc IAuditCourt
    mapping(address poster => uint64 until) public alarmOf;
    /// @dev When it was found guilty, ascending.
    mapping(address poster => uint256[] times) internal _verdicts;

    constructor(
        IAttributionRegistry registry_,
        IVerifierRoster roster_,
        IAuditFund fund_,
        IBeacon beacon_,
        uint64 step_,
        uint56 fee_
    ) {
        require(
            address(roster_) != address(0) && address(fund_) != address(0) && address(beacon_) != address(0)
                && step_ >= SHORTEST_STEP && step_ <= LONGEST_STEP && fee_ > 0
                && roster_.seatBond() >= SEAT_COVER * fee_ && roster_.seatThaw() >= STEPS * step_,
            AuditCourtBadParameter()
        );
        (registry, roster, fund, beacon, step, fee) = (registry_, roster_, fund_, beacon_, step_, fee_);
        parameters = registry_.parameters();
    }

    /* VIEWS */

    /// @inheritdoc IAuditCourt
    function auditOf(uint64 batchId) external view returns (Audit memory audit) {
        return _audits[batchId];
    }

    /// @inheritdoc IAuditCourt
    function progressOf(uint64 batchId, uint64 submittedAt) external view returns (uint64 startedAt, bool isClear) {
        Audit storage audit = _audits[batchId];
        Phase phase = audit.phase;
        if (phase == Phase.None) {
            return roster.activeSeats() < LEAST_SEATS ? (submittedAt, true) : (type(uint64).max, false);
        }
        uint40 since = audit.startedAt;
        return (since == 0 ? type(uint64).max : since, phase == Phase.Closed && since != 0);
    }

    /// @inheritdoc IAuditCourt
    function isGuilty(address poster, uint256 from, uint256 until) external view returns (bool yes) {
        uint256[] storage times = _verdicts[poster];
        uint256 first = times.lowerBound(from);
        return first < times.length && times[first] < until;
    }

    /// @inheritdoc IAuditCourt
    function drawnOf(uint64 batchId) external view returns (uint32[] memory seats) {
        (seats,) = _drawn(batchId, _audits[batchId]);
    }

    /// @inheritdoc IAuditCourt
    function sampleOf(uint64 batchId) public view returns (uint32[] memory indices) {
        Audit storage audit = _audits[batchId];
        (uint256 samples, uint32 receipts, uint64 round) = (audit.samples, audit.receipts, _sampledBy(batchId, audit));
        bytes32 seed = beacon.seedOf(round);
        if (seed == 0) samples = 0;
        indices = new uint32[](samples);
        for (uint32 i = 0; i < samples; ++i) {
            uint256 word = uint256(keccak256(abi.encodePacked(TAG_SAMPLE, seed, batchId, i)));
            indices[i] = samples == receipts ? i : uint32(word % receipts);
        }
    }

    /// @inheritdoc IAuditCourt
    function appealBondOf(uint64 batchId) public view returns (uint56 bond) {
        // Half of a lost one burns; the other half pays a panel.
        return uint56(2 * PANEL * _audits[batchId].samples * fee);
    }

    /* PARTS */

    function _inPhase(uint64 batchId, Phase phase) internal view returns (Audit storage audit) {
        audit = _audits[batchId];
        require(audit.phase == phase, AuditCourtWrongPhase(batchId));
    }

    /// @dev Ends later where the chain stood still.
    function _endOf(Audit storage audit, uint64 steps) internal view returns (uint64 until) {
        return parameters.endOf(audit.since, step * steps);
    }

    function _isOver(Audit storage audit, uint64 steps) internal view returns (bool yes) {
        return block.timestamp >= _endOf(audit, steps);
    }

    function _requireOver(Audit storage audit, uint64 steps) internal view {
        uint64 until = _endOf(audit, steps);
        require(block.timestamp >= until, AuditCourtTooEarly(until));
    }

    function _requireOpen(Audit storage audit, uint64 steps) internal view {
        uint64 until = _endOf(audit, steps);
        require(block.timestamp < until, AuditCourtTooLate(until));
    }

    function _enter(Audit storage audit, Phase phase) internal {
        (audit.phase, audit.since, audit.done) = (phase, uint40(block.timestamp), 0);
    }

    /// @dev A draw of which nobody can know the seed yet, among the seats of now.
    function _redraw(Audit storage audit) internal returns (uint64 round) {
        round = beacon.nextRound();
        (audit.round, audit.drawnAt, audit.slots) = (round, uint40(block.timestamp), roster.seatCount());
    }

    /// @dev Seats of the draw in force and their holders. None while its seed is unknown.
    function _drawn(uint64 batchId, Audit storage audit)
        internal
        view
        returns (uint32[] memory seats, address[] memory holders)
    {
        bytes32 seed = beacon.seedOf(audit.round);
        Phase phase = audit.phase;
        uint256 places = seed == 0 || phase == Phase.None ? 0 : _placesOf(phase);
        return roster.draw(seed, batchId, _purposeOf(audit), places, audit.slots, audit.drawnAt);
    }

    function _found(uint64 batchId, Audit storage audit) internal view returns (uint256 found) {
        (uint32[] memory seats,) = _drawn(batchId, audit);
        return seats.length;
    }

    /// @dev The caller must have been drawn for the place and must not have acted yet; marks that it has.
    function _act(uint64 batchId, Audit storage audit, uint256 place) internal returns (uint256 done) {
        (, address[] memory holders) = _drawn(batchId, audit);
        require(holders.length > 0, AuditCourtNoSeed(audit.round));
        done = audit.done;
        bool drawn = place < holders.length && holders[place] == msg.sender && done >> place & 1 == 0;
        require(drawn, AuditCourtNotDrawn(batchId, place, msg.sender));
        done |= 1 << place;
        audit.done = uint8(done);
    }

    function _isPanel(Phase phase) internal pure returns (bool yes) {
        return phase == Phase.PanelAnswering || phase == Phase.PanelRevealing;
    }

    function _placesOf(Phase phase) internal pure returns (uint256 places) {
        if (phase == Phase.Signing) return SIGNERS;
        return _isPanel(phase) ? PANEL : PAIR;
    }

    /// @dev Draws of one batch differ by what they are for.
    function _purposeOf(Audit storage audit) internal view returns (uint8 purpose) {
        Phase phase = audit.phase;
        if (phase == Phase.Signing) return 0;
        return _isPanel(phase) ? 255 : 1 + audit.attempt;
    }

    function _sampledBy(uint64 batchId, Audit storage audit) private view returns (uint64 round) {
        round = _pairs[batchId].round;
        return round == 0 ? audit.round : round;
    }

    function _keyOf(bool panel, uint8 attempt, uint256 place) internal pure returns (uint256 key) {
        return (panel ? 1 << 16 : uint256(attempt) << 8) | place;
    }

    function _settle(uint64 batchId, Audit storage audit, Outcome outcome, bool convicted) internal {
        audit.outcome = outcome;
        _enter(audit, Phase.Closed);
        emit AuditClosed(batchId, outcome, convicted);
        fund.close(batchId);
    }

    function _fine(uint32 seat, uint256 part, uint16 paidBps) internal returns (uint256 paid) {
        return roster.fine(seat, uint56(roster.seatBond() / part), paidBps, address(fund));
    }
}
