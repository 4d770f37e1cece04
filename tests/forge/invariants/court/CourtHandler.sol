// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Audit, Outcome, Phase, Seat} from "../../../../contracts/types/Audit.sol";
import {Batch, BatchHeader, BatchStatus} from "../../../../contracts/types/Batch.sol";
import {Voucher} from "../../../../contracts/types/Voucher.sol";
import {VM} from "../../Vm.sol";
import {Planting} from "./Planting.sol";

/// @title Verifiers, one operator with one batch at a time, and whoever opens, appeals, accuses and keeps silent
/// @dev A call that the phase does not allow takes the phase's next step in its stead.
contract CourtHandler is Planting {
    uint256 public constant VERIFIERS = 12;

    address public immutable operator;

    Batch[] private _batches;
    uint128 private _level;
    mapping(bytes32 place => uint256 answer) private _answers;
    /// Units of fees that verifiers collected.
    mapping(uint64 batchId => uint256 units) public collected;
    /// Answers shown that name a fault, by the batch and whether a panel's.
    mapping(uint64 batchId => mapping(bool isPanel => uint256 count)) public accusers;
    mapping(uint64 batchId => bool yes) public isUnopened;
    mapping(uint64 batchId => bool yes) public isProven;
    mapping(uint64 batchId => bool yes) public isAppealed;

    constructor() {
        operator = operators[0];
        _token.approve(address(fund), type(uint256).max);
        for (uint256 i = 0; i < VERIFIERS; ++i) {
            address who = verifier(i);
            require(_token.transfer(who, 10 ** 12));
            VM.prank(who);
            _token.approve(address(roster), type(uint256).max);
            _enrol(who);
        }
        VM.prank(consumers[0]);
        _escrow.deposit(10 ** 13);
        VM.prank(consumers[0]);
        _escrow.allot(operator, 10 ** 13);
        VM.prank(operator);
        _stake.deposit(10 ** 13);
    }

    /* ACTIONS */

    /// @dev Whatever comes next, by whoever has to.
    function go(uint256 seed) public {
        Phase phase = auditNow().phase;
        if (_batches.length == 0 || current().stamp.status != BatchStatus.Open) return _submit(seed);
        if (phase == Phase.None) return roster.activeSeats() < 8 ? _enrol(verifier(0)) : court.open(current());
        if (phase == Phase.Closed) return _finalise();
        if (court.drawnOf(current().id).length == 0 && phase != Phase.Judged) return _draw(seed);
        if (phase == Phase.PanelAnswering && isOver(2) && !isOver(3) && auditNow().done > 0) return _reveal(seed);
        if (isOver(phase == Phase.PanelAnswering ? 2 : 1)) return _endSilently(current());
        if (phase == Phase.Signing) return _attest(seed);
        if (phase == Phase.Delivering) return _deliver();
        if (phase == Phase.Answering || phase == Phase.PanelAnswering) return _commit(seed);
        if (phase == Phase.Revealing || phase == Phase.PanelRevealing) return _reveal(seed);
        _pass(block.timestamp + STEP);
    }

    /// @dev Everybody keeps silent until the phase is over.
    function beSilent(uint256 seed) external {
        Phase phase = auditNow().phase;
        if (phase == Phase.None || phase == Phase.Closed) return go(seed);
        _pass(block.timestamp + STEP * (phase == Phase.PanelAnswering ? 1 + seed % 3 : 1));
        go(seed);
    }

    function appeal(uint256 seed) external {
        if (auditNow().phase != Phase.Judged || isOver(1)) return go(seed);
        isAppealed[current().id] = true;
        court.appeal(current().id);
    }

    /// @dev The poster shows what it planted, mostly too early or too late.
    function show(uint256 seed) external {
        if (_batches.length == 0 || !_show(current())) return go(seed);
    }

    /// @dev Somebody has a proof of consistency; the court knows nothing of it.
    function prove(uint256 seed) external {
        if (_batches.length == 0 || current().stamp.status != BatchStatus.Open || seed % 4 != 0) return go(seed);
        _registry.convict(current(), consumers[1], "branchSum");
        _markAs(current().id, BatchStatus.Convicted);
        isProven[current().id] = true;
    }

    /// @dev What a proof left of an audit goes on to its end.
    function goOnWithProven(uint256 seed) external {
        for (uint256 i = 0; i < _batches.length; ++i) {
            uint64 id = _batches[i].id;
            Phase phase = court.auditOf(id).phase;
            if (!isProven[id] || phase == Phase.None || phase == Phase.Closed) continue;
            return _endSilently(_batches[i]);
        }
        go(seed);
    }

    function leave(uint256 seed) external {
        uint32 seat = uint32(seed % roster.seatCount());
        Seat memory found = roster.seatOf(seat);
        if (found.until != type(uint40).max || roster.activeSeats() <= 9) return _enrol(verifier(seed % VERIFIERS));
        VM.prank(found.holder);
        roster.leave(seat);
    }

    function withdrawSeat(uint256 seed) external {
        uint32 seat = uint32(seed % roster.seatCount());
        Seat memory found = roster.seatOf(seat);
        bool isDue = found.until != type(uint40).max && found.bond > 0;
        if (!isDue || block.timestamp < uint256(found.until) + SEAT_THAW) return go(seed);
        VM.prank(found.holder);
        roster.withdrawSeat(seat);
    }

    function collect(uint256 seed) external {
        if (_batches.length == 0) return go(seed);
        Batch memory b = _batches[seed % _batches.length];
        address who = verifier((seed >> 64) % VERIFIERS);
        uint256 units = fund.unitsOf(b.id, who);
        bool isDue = units > 0 && (b.stamp.status == BatchStatus.Final || fund.purseOf(b.id).held >= FEE);
        if (!isDue || court.auditOf(b.id).phase != Phase.Closed || b.stamp.status == BatchStatus.Open) return go(seed);
        fund.collect(b, who);
        collected[b.id] += units - fund.unitsOf(b.id, who);
    }

    function takeReward(uint256 seed) external {
        if (_batches.length == 0) return go(seed);
        Batch memory b = _batches[seed % _batches.length];
        bytes32 caseId = keccak256(abi.encode(address(_registry), b.id));
        bool isOurs = b.stamp.status == BatchStatus.Convicted && _stake.caseOf(caseId).reporter == address(fund);
        if (!isOurs || fund.purseOf(b.id).isRewarded || fund.purseOf(b.id).closedAt == 0) return go(seed);
        _pass(uint256(_stake.caseOf(caseId).convictedAt) + _stake.REPORT_DELAY());
        // Or somebody else has it paid, and the fund finds it later.
        if (seed >> 128 & 1 == 1 && _stake.caseOf(caseId).rewarded > 0) return _stake.payReport(caseId);
        fund.takeReward(b);
    }

    /* VIEWS */

    function verifier(uint256 index) public pure returns (address) {
        return address(uint160(0x5EA700 + index));
    }

    function batchCount() external view returns (uint256 count) {
        return _batches.length;
    }

    function batchAt(uint256 index) external view returns (Batch memory batch) {
        return _batches[index];
    }

    function current() public view returns (Batch memory batch) {
        return _batches[_batches.length - 1];
    }

    function auditNow() public view returns (Audit memory audit) {
        if (_batches.length > 0) audit = court.auditOf(current().id);
    }

    function isOver(uint64 steps) public view returns (bool yes) {
        return block.timestamp >= uint256(auditNow().since) + STEP * steps;
    }

    /* PARTS */

    /// @dev Ends a phase whose time is over.
    function endOf(uint256 index) public {
        if (index >= _batches.length) return go(index);
        Phase phase = court.auditOf(_batches[index].id).phase;
        if (phase == Phase.None || phase == Phase.Closed) return go(index);
        _endSilently(_batches[index]);
    }

    function _endSilently(Batch memory b) private {
        Audit memory audit = court.auditOf(b.id);
        _pass(uint256(audit.since) + STEP * (audit.phase == Phase.PanelAnswering ? 3 : 1));
        if (court.drawnOf(b.id).length < 2 && (audit.phase == Phase.Signing || audit.phase == Phase.Delivering)) {
            return court.lapse(b.id);
        }
        if (audit.phase == Phase.Signing) {
            court.voidUnserved(b);
            return _markAs(b.id, BatchStatus.Voided);
        }
        if (audit.phase == Phase.Delivering) {
            isUnopened[b.id] = true;
            court.convictSilent(b);
            return _markAs(b.id, BatchStatus.Convicted);
        }
        if (audit.phase == Phase.Answering || audit.phase == Phase.Revealing) {
            accusers[b.id][false] = 0;
            _noteRetry(b.id);
            return court.retry(b.id);
        }
        _end(b);
        if (court.auditOf(b.id).outcome == Outcome.Guilty) _markAs(b.id, BatchStatus.Convicted);
    }

    function _submit(uint256 seed) private {
        // A voided batch's money is still unsettled.
        uint128 total = uint128(_within(seed, 1, 10 ** 6));
        Voucher memory voucher = Voucher(consumers[0], operator, 0, _level += total, 0, 0);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, _escrow.voucherDigest(voucher));
        VM.prank(operator);
        _escrow.redeem(voucher, abi.encodePacked(r, s, v), _level);
        BatchHeader memory header;
        (header.operator, header.poster, header.total) = (operator, operator, total);
        (header.burned, header.audit, header.insurance) = (total / 25, total * 3 / 100, total * 3 / 100);
        (header.receiptCount, header.creditCount, header.parameterVersion) = (uint32(1 + seed % 300), 4, 1);
        (header.dataDigest, header.previousHeader) = (bytes32(_batches.length), _registry.lastHeaderOf(operator));
        _plant(seed, header);
        Batch memory b;
        (b.stamp.submittedAt, b.stamp.judgedAt) = (uint64(block.timestamp), uint64(block.timestamp));
        (b.stamp.sequence, b.stamp.status) = (_registry.chainOf(operator).next, BatchStatus.Open);
        VM.prank(operator);
        (b.header, b.id) = (header, _registry.submitBatch(header));
        _noteSubmitted(b.id);
        _batches.push(b);
    }

    function _finalise() private {
        Batch memory b = current();
        _pass(uint256(auditNow().startedAt) + system.WINDOW());
        (b.stamp.finalityIndex, b.stamp.finalisedAt) = (_registry.finalityCount(), uint64(block.timestamp));
        _registry.finaliseBatch(current());
        b.stamp.status = BatchStatus.Final;
        _batches[_batches.length - 1] = b;
    }

    function _draw(uint256 seed) private {
        if (dice.seedOf(auditNow().round) == 0 && seed % 16 != 0) return dice.throwAll();
        _endSilently(current());
    }

    function _attest(uint256 seed) private {
        (address[] memory holders, uint256 place) = _next(seed);
        VM.prank(holders[place]);
        court.attest(current().id, place);
    }

    function _deliver() private {
        VM.prank(operator);
        court.deliver(current().id, "openings");
    }

    function _commit(uint256 seed) private {
        (address[] memory holders, uint256 place) = _next(seed);
        // Mostly honest, and a lie is mostly the same one.
        uint256 answer = seed % 3 != 0 ? 0 : seed % 7 == 0 ? uint256(keccak256(abi.encode(seed))) : 2;
        if (seed >> 32 & 3 != 0) answer |= plantedIn(current().id) & FAULTS;
        _answers[_keyOf(place)] = answer;
        bytes32 made = keccak256(
            abi.encodePacked(bytes1(0x10), current().id, holders[place], answer, bytes32(0), bytes32(0))
        );
        VM.prank(holders[place]);
        court.commitAnswer(current().id, uint8(place), made);
    }

    function _reveal(uint256 seed) private {
        (address[] memory holders, uint256 place) = _next(seed);
        Phase phase = auditNow().phase;
        bool isPanel = phase != Phase.Revealing;
        // The places of a panel's commitments are no longer open for them.
        if (phase == Phase.PanelAnswering) place = _firstOf(auditNow().done);
        uint256 answer = _answers[_keyOf(place)];
        // Of a panel, some may not have committed.
        VM.prank(holders[place]);
        try court.revealAnswer(current().id, uint8(place), answer, 0, 0) {}
        catch {
            return _pass(block.timestamp + STEP);
        }
        uint256 samples = auditNow().samples;
        uint256 mask = samples == 128 ? type(uint256).max : (1 << 2 * samples) - 1;
        _noteSaid(current().id, place, answer & mask & FAULTS, isPanel);
        if (answer & mask & FAULTS != 0) ++accusers[current().id][isPanel];
    }

    function _next(uint256 seed) private view returns (address[] memory holders, uint256 place) {
        uint32[] memory seats = court.drawnOf(current().id);
        holders = new address[](seats.length);
        for (uint256 i = 0; i < seats.length; ++i) {
            holders[i] = roster.holderOf(seats[i]);
        }
        uint256 done = auditNow().done;
        place = seed % seats.length;
        for (uint256 i = 0; i < seats.length && done >> place & 1 == 1; ++i) {
            place = (place + 1) % seats.length;
        }
    }

    function _keyOf(uint256 place) private view returns (bytes32 key) {
        Audit memory audit = auditNow();
        bool isPanel = audit.phase == Phase.PanelAnswering || audit.phase == Phase.PanelRevealing;
        return keccak256(abi.encode(current().id, isPanel, isPanel ? 0 : audit.attempt, place));
    }

    function _enrol(address who) private {
        VM.prank(who);
        roster.enrol("key");
    }

    function _firstOf(uint256 bits) private pure returns (uint256 place) {
        while (bits >> place & 1 == 0) ++place;
    }

    function _markAs(uint64 id, BatchStatus status) private {
        for (uint256 i = 0; i < _batches.length; ++i) {
            if (_batches[i].id == id && !isProven[id]) _batches[i].stamp.status = status;
        }
    }
}
