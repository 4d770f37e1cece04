// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditCourt} from "../../../contracts/audit/AuditCourt.sol";
import {AuditFund} from "../../../contracts/audit/AuditFund.sol";
import {VerifierRoster} from "../../../contracts/audit/VerifierRoster.sol";
import {IAuditFund} from "../../../contracts/interfaces/audit/IAuditFund.sol";
import {Audit, Outcome, Phase, Seat} from "../../../contracts/types/Audit.sol";
import {Batch, BatchStatus} from "../../../contracts/types/Batch.sol";
import {VM} from "../Vm.sol";
import {CourtHandler} from "./court/CourtHandler.sol";
import {Targets} from "./Targets.sol";

contract CourtInvariants is Targets {
    CourtHandler private _h;
    AuditCourt private _court;
    AuditFund private _fund;
    VerifierRoster private _roster;

    function setUp() external {
        _h = new CourtHandler();
        (_court, _fund, _roster) = (_h.court(), _h.fund(), _h.roster());
        _target(address(_h));
    }

    /// Purses: the fund holds what its books say, and they are the purses and bonds of all audits.
    function invariant_purses() external {
        uint256 sum = 0;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            IAuditFund.Purse memory purse = _fund.purseOf(_h.batchAt(i).id);
            sum += uint256(purse.held) + purse.bond;
        }
        assert(_fund.booked() == sum);
        assert(_h.system().token().balanceOf(address(_fund)) >= sum);
        // Live: a found fault pays its own audit, whoever had the reward paid and whatever else was paid.
        VM.warp(block.timestamp + _fund.HOLDING());
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            sum += _takeReward(_h.batchAt(i));
        }
        assert(_fund.booked() == sum);
        // Live: what nobody collects of a closed audit insures in the end.
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            uint64 id = _h.batchAt(i).id;
            IAuditFund.Purse memory purse = _fund.purseOf(id);
            if (purse.closedAt == 0 || purse.held == 0) continue;
            _fund.absorb(id);
            sum -= purse.held;
        }
        assert(_fund.booked() == sum);
    }

    function _takeReward(Batch memory b) private returns (uint256 kept) {
        IAuditFund.Purse memory purse = _fund.purseOf(b.id);
        bytes32 caseId = keccak256(abi.encode(address(_h.system().registry()), b.id));
        bool isOurs = b.stamp.status == BatchStatus.Convicted
            && _h.system().stake().caseOf(caseId).reporter == address(_fund);
        if (!isOurs || purse.isRewarded || purse.closedAt == 0) return 0;
        uint256 reward = _h.system().registry().bondOf(b.header.total, 1);
        reward = reward * _h.system().parameters().wordAt(1).reporterBps() / 10_000;
        _fund.takeReward(b);
        kept = _fund.purseOf(b.id).held - purse.held;
        uint256 lacking = purse.budget - purse.held;
        assert(kept == (reward < lacking ? reward : lacking));
    }

    /// Pay: verifiers of a batch are promised no more than its purse, and each is paid of a final one.
    function invariant_pay() external {
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            uint256 units = _h.collected(b.id);
            for (uint256 v = 0; v < _h.VERIFIERS(); ++v) {
                units += _fund.unitsOf(b.id, _h.verifier(v));
            }
            assert(units * _h.FEE() <= _fund.purseOf(b.id).budget);
            // Live: what a final batch owes is there.
            if (b.stamp.status != BatchStatus.Final) continue;
            for (uint256 v = 0; v < _h.VERIFIERS(); ++v) {
                if (_fund.unitsOf(b.id, _h.verifier(v)) > 0) _fund.collect(b, _h.verifier(v));
            }
        }
    }

    /// Seats: the roster holds exactly the seats' bonds and counts those that stand.
    function invariant_seats() external {
        uint256 bonds = 0;
        uint256 standing = 0;
        for (uint32 seat = 0; seat < _roster.seatCount(); ++seat) {
            Seat memory found = _roster.seatOf(seat);
            assert(found.bond <= _roster.seatBond());
            bonds += found.bond;
            if (found.until == type(uint40).max) ++standing;
        }
        assert(_h.system().token().balanceOf(address(_roster)) == bonds && _roster.activeSeats() == standing);
        // Live: everyone can leave with what is left of the bond.
        for (uint32 seat = 0; seat < _roster.seatCount(); ++seat) {
            if (_roster.seatOf(seat).until != type(uint40).max) continue;
            VM.prank(_roster.seatOf(seat).holder);
            _roster.leave(seat);
        }
        VM.warp(block.timestamp + _roster.seatThaw());
        for (uint32 seat = 0; seat < _roster.seatCount(); ++seat) {
            if (_roster.seatOf(seat).bond == 0) continue;
            VM.prank(_roster.seatOf(seat).holder);
            _roster.withdrawSeat(seat);
        }
        assert(_h.system().token().balanceOf(address(_roster)) == 0);
    }

    /// Verdicts: nobody is convicted by fewer than two, or by fewer than four of a panel; what is final was not found false.
    function invariant_verdicts() external view {
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            Audit memory audit = _court.auditOf(b.id);
            bool isClosed = audit.phase == Phase.Closed;
            if (isClosed && audit.outcome == Outcome.Guilty && !_h.isUnopened(b.id)) {
                assert(_h.accusers(b.id, false) >= 2 || _h.accusers(b.id, true) >= 4);
            }
            if (b.stamp.status == BatchStatus.Final) {
                assert(isClosed && audit.outcome != Outcome.Guilty);
                assert(b.stamp.finalisedAt >= uint256(audit.startedAt) + _h.system().WINDOW());
            }
            // Live: whoever was found false has lost its bond by that.
            if (isClosed && audit.outcome == Outcome.Guilty) {
                bytes32 caseId = keccak256(abi.encode(address(_h.system().registry()), b.id));
                assert(_h.system().stake().caseOf(caseId).convictedAt > 0);
            }
        }
    }

    /// Excuses: a planted receipt hides no other fault, convicts nobody once it is shown, and who passed it is fined.
    function invariant_excuses() external view {
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            uint64 id = _h.batchAt(i).id;
            Audit memory audit = _court.auditOf(id);
            if (audit.phase != Phase.Closed || _h.isUnopened(id) || audit.samples == 0) continue;
            // Live: whatever else was named by two, or by four of a panel, convicts.
            assert((audit.outcome == Outcome.Guilty) == (_h.accused(id) != 0));
        }
        assert(!_h.isFineMissing());
    }

    /// Ends: an audit waits for nobody. From any state, with everyone silent, it is over within its sixteen steps.
    function invariant_ends() external {
        if (_h.batchCount() == 0) return;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            Audit memory audit = _court.auditOf(b.id);
            // Safe: only what was opened has a phase, and it stands for a batch of its operator.
            assert(audit.phase == Phase.None || audit.poster == b.header.poster);
            if (b.stamp.status == BatchStatus.Open || audit.phase == Phase.None) continue;
            // A proof convicts at any time and leaves an audit behind.
            assert(audit.phase == Phase.Closed || _h.isProven(b.id));
            for (uint256 n = 0; n < 16 && _court.auditOf(b.id).phase != Phase.Closed; ++n) {
                _h.endOf(i);
            }
            assert(_court.auditOf(b.id).phase == Phase.Closed);
        }
        uint256 last = _h.batchCount() - 1;
        // Live: the one under way ends too, and then it is final or gone.
        if (_h.batchAt(last).stamp.status != BatchStatus.Open || _h.auditNow().phase == Phase.None) return;
        uint256 began = block.timestamp;
        for (uint256 n = 0; n < 16 && _h.auditNow().phase != Phase.Closed; ++n) {
            _h.endOf(last);
        }
        assert(_h.auditNow().phase == Phase.Closed);
        assert(block.timestamp <= began + 16 * _h.STEP());
    }
}

/// @title The handler comes to every end that an audit can have
contract CourtReachTest {
    function test_reach() external {
        CourtHandler h = new CourtHandler();
        bool[6] memory seen;
        (bool isPanel, bool isFound, bool isSpared) = (false, false, false);
        for (uint256 n = 0; n < 3_000; ++n) {
            uint256 seed = uint256(keccak256(abi.encode(n)));
            uint256 way = seed % 16;
            if (way == 0) h.beSilent(seed >> 8);
            else if (way == 1) h.appeal(seed >> 8);
            else if (way == 2) h.prove(seed >> 8);
            else if (way == 3) h.goOnWithProven(seed >> 8);
            else if (way == 4) h.collect(seed >> 8);
            else if (way == 5) h.takeReward(seed >> 8);
            else if (way == 6) h.leave(seed >> 8);
            else if (way < 9) h.show(seed >> 8);
            else h.go(seed >> 8);
            if (h.batchCount() == 0) continue;
            Audit memory audit = h.auditNow();
            uint64 id = h.current().id;
            if (audit.phase == Phase.Closed) {
                seen[uint256(audit.outcome)] = true;
                bool isJudged = audit.samples != 0 && !h.isUnopened(id);
                assert(!isJudged || (audit.outcome == Outcome.Guilty) == (h.accused(id) != 0));
            }
            isFound = isFound || h.isFound(id);
            isSpared = isSpared || (h.excused(id) != 0 && !h.isFound(id));
            isPanel = isPanel || audit.phase == Phase.PanelRevealing;
        }
        assert(isPanel && seen[uint256(Outcome.Clean)] && seen[uint256(Outcome.Guilty)]);
        assert(seen[uint256(Outcome.Unverified)]);
        assert(h.finedForPassing() > 0 && !h.isFineMissing() && isFound && isSpared);
    }
}
