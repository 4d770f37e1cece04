// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAuditCourt} from "../interfaces/audit/IAuditCourt.sol";
import {IAuditFund} from "../interfaces/audit/IAuditFund.sol";
import {IBeacon} from "../interfaces/audit/IBeacon.sol";
import {ICanaries} from "../interfaces/audit/ICanaries.sol";
import {IExcuses} from "../interfaces/audit/IExcuses.sol";
import {IFinderPay} from "../interfaces/audit/IFinderPay.sol";
import {IVerifierRoster} from "../interfaces/audit/IVerifierRoster.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {Audit, Outcome, Pair, Phase} from "../types/Audit.sol";
import {Batch, BatchStatus} from "../types/Batch.sol";
import {ParameterWord} from "../types/ParameterWord.sol";
import {AuditBook} from "./AuditBook.sol";
import {AuditRounds} from "./AuditRounds.sol";

/// @title Appeals, excuses and verdicts
/// @dev Registry, roster, fund, beacon and stake are fixed and call nobody back; `canaries` is fixed, and only asked from here.
contract AuditCourt is AuditRounds, IExcuses {
    uint16 private constant HALF = 5_000;
    /// @dev Bonds that a conviction takes beyond the batch's own, out of stake that no lock stands on: of who was warned, and
    /// where seeds can be biased.
    uint128 private constant EXCESS_OF_WARNED = 1;
    uint128 private constant EXCESS_OF_BIAS = 3;

    /// @notice Whose free stake pays the excess.
    IOperatorStake public immutable stake;
    /// @inheritdoc IExcuses
    ICanaries public immutable canaries;

    /// @param step_ Seconds of each phase.
    /// @param fee_ Base units a verifier and receipt.
    constructor(
        IAttributionRegistry registry_,
        IVerifierRoster roster_,
        IAuditFund fund_,
        IBeacon beacon_,
        ICanaries canaries_,
        uint64 step_,
        uint56 fee_
    ) AuditBook(registry_, roster_, fund_, beacon_, step_, fee_) {
        require(address(canaries_) != address(0), AuditCourtBadParameter());
        (stake, canaries) = (registry_.stake(), canaries_);
    }

    /* APPEALS */

    /// @inheritdoc IAuditCourt
    function appeal(uint64 batchId) external {
        Audit storage audit = _inPhase(batchId, Phase.Judged);
        _requireOpen(audit, 1);
        uint56 bond = appealBondOf(batchId);
        audit.isAppealed = true;
        emit AuditAppealed(batchId, msg.sender, bond);
        _startPanel(batchId, audit);
        fund.takeBond(batchId, msg.sender, bond);
    }

    /// @inheritdoc IExcuses
    function excuse(uint64 batchId, uint256 samples) external {
        require(msg.sender == address(canaries), AuditCourtNotCanaries(msg.sender));
        Audit storage audit = _audits[batchId];
        bool isPanel = audit.phase == Phase.PanelRevealing;
        require(isPanel || audit.phase == Phase.Judged, AuditCourtWrongPhase(batchId));
        _requireOpen(audit, 1);
        emit SamplesExcused(batchId, samples, !isPanel);
        if (isPanel) {
            _spared[batchId] = samples;
            return;
        }
        (uint256 first, uint256 second) = _pair(batchId, audit);
        require(first & second & samples & FAULTS != 0, AuditCourtWrongPhase(batchId));
        _named[batchId] = samples;
        uint8 attempt = audit.attempt;
        _answers[batchId][_keyOf(false, attempt, 0)] = bytes32(first & ~samples);
        _answers[batchId][_keyOf(false, attempt, 1)] = bytes32(second & ~samples);
        // What else they said is judged anew, and can be appealed for a whole step.
        _judge(batchId, audit);
    }

    /// @inheritdoc IAuditCourt
    function closePanel(Batch calldata batch) external {
        uint64 batchId = batch.id;
        Audit storage audit = _audits[batchId];
        Phase phase = audit.phase;
        (uint32[] memory seats, address[] memory holders) = _drawn(batchId, audit);
        if (phase == Phase.PanelAnswering) {
            _requireOver(audit, 3);
            audit.done = 0;
        } else {
            require(phase == Phase.PanelRevealing, AuditCourtWrongPhase(batchId));
            if (_count(audit.done) < seats.length) _requireOver(audit, 1);
        }
        (uint256 guilty, uint256 acquitting) = _tally(batchId, audit.done, seats.length);
        bool convicted = guilty & ~_spared[batchId] != 0;
        // Whoever planted a receipt has the whole step to show it.
        if (convicted && canaries.isPending(batchId, batch.header.poster, batch.header.receiptsRoot)) {
            _requireOver(audit, 1);
        }
        // Less than a majority of the panel decides nothing about anybody's stake.
        bool decided = guilty != 0 || acquitting > PANEL / 2;
        _pay(batchId, audit, seats, holders, decided, guilty);
        // Who has doubted two that saw nothing has found it.
        address reporter = audit.isAppealed && audit.outcome == Outcome.Clean
            ? fund.purseOf(batchId).appellant
            : address(fund);
        _settle(batchId, audit, convicted ? Outcome.Guilty : decided ? Outcome.Clean : Outcome.Unverified, convicted);
        if (convicted) _convict(batch, audit, reporter, "reexecution");
    }

    /// @inheritdoc IAuditCourt
    function close(Batch calldata batch) external {
        uint64 batchId = batch.id;
        Audit storage audit = _inPhase(batchId, Phase.Judged);
        _requireOver(audit, 1);
        bool convicted = audit.outcome == Outcome.Guilty;
        Pair memory pair = _pairs[batchId];
        fund.credit(batchId, roster.holderOf(pair.first), audit.samples);
        fund.credit(batchId, roster.holderOf(pair.second), audit.samples);
        _settle(batchId, audit, audit.outcome, convicted);
        if (convicted) _convict(batch, audit, address(fund), "reexecution");
    }

    /* PARTS */

    /// @dev Samples that at least four of the panel name, and how many of it name none.
    function _tally(uint64 batchId, uint256 done, uint256 found)
        private
        view
        returns (uint256 guilty, uint256 acquitting)
    {
        // A counter of three bits for each sample, all samples at once.
        (uint256 ones, uint256 twos, uint256 fours) = (0, 0, 0);
        for (uint256 place = 0; place < found; ++place) {
            if (done >> place & 1 == 0) continue;
            uint256 faults = uint256(_answers[batchId][_keyOf(true, 0, place)]) & FAULTS;
            if (faults == 0) ++acquitting;
            uint256 carry = ones & faults;
            ones ^= faults;
            fours |= twos & carry;
            twos ^= carry;
        }
        return (fours, acquitting);
    }

    /// @dev Fines the pair's wrong half and the silent; that, and a lost bond, pays those of the panel who answered as it did.
    function _pay(
        uint64 batchId,
        Audit storage audit,
        uint32[] memory seats,
        address[] memory winners,
        bool decided,
        uint256 guilty
    ) private {
        (uint256 fined, uint256 spared) = (0, _spared[batchId]);
        if (audit.outcome != Outcome.Unverified) {
            Pair memory pair = _pairs[batchId];
            (uint256 first, uint256 second) = _pair(batchId, audit);
            fined = _weigh(batchId, audit, pair.first, first, decided, guilty);
            fined += _weigh(batchId, audit, pair.second, second, decided, guilty);
            if (guilty != 0 && guilty & ~spared == 0) fined -= _payFinder(batchId, audit, fined);
        }
        uint256 done = audit.done;
        for (uint256 place = 0; place < seats.length; ++place) {
            uint256 faults = uint256(_answers[batchId][_keyOf(true, 0, place)]) & FAULTS;
            bool silent = done >> place & 1 == 0;
            if (silent) _fine(seats[place], SILENT_PART, 0);
            if (silent || !_isRight(faults, guilty, spared)) winners[place] = address(0);
        }
        // Who appeals says the opposite of what the pair said; less than a majority takes nobody's bond.
        bool lost = decided && (guilty != 0) != (audit.outcome == Outcome.Clean);
        fund.endAppeal(batchId, lost, fined, uint256(audit.samples) * fee, winners);
    }

    function _weigh(
        uint64 batchId,
        Audit storage audit,
        uint32 seat,
        uint256 answer,
        bool decided,
        uint256 guilty
    ) private returns (uint256 fined) {
        bool right = _isRight(answer & FAULTS, guilty, _spared[batchId]);
        if (decided && !right) return _fine(seat, WRONG_PART, HALF);
        fund.credit(batchId, roster.holderOf(seat), audit.samples);
    }

    /// @dev Where nothing is guilty, who names what its poster says is false was not wrong.
    function _isRight(uint256 faults, uint256 guilty, uint256 spared) private pure returns (bool yes) {
        return guilty != 0 ? faults & guilty != 0 : faults & ~spared == 0;
    }

    /// @dev Who has doubted two that passed a planted receipt gets the bond once more, or half of their fines: less than planting a
    /// receipt on which honest verifiers differ would cost.
    function _payFinder(uint64 batchId, Audit storage audit, uint256 fined) private returns (uint256 share) {
        if (!audit.isAppealed || audit.outcome != Outcome.Clean) return 0;
        share = appealBondOf(batchId);
        if (share > fined / 2) share = fined / 2;
        if (share > 0) IFinderPay(address(fund)).payFinder(batchId, share);
    }

    /// @dev The convicted batch's bond goes by the registry; what else the poster loses comes out of its free stake.
    function _convict(Batch calldata batch, Audit storage audit, address reporter, bytes32 kind) internal override {
        address poster = audit.poster;
        bool warned = alarmOf[poster] > block.timestamp;
        _alarm(poster);
        _verdicts[poster].push(block.timestamp);
        BatchStatus status = _statusOf(batch);
        if (status != BatchStatus.Open && status != BatchStatus.Voided) return;
        registry.convict(batch, reporter, kind);
        uint128 times = (warned ? EXCESS_OF_WARNED : 0) + (beacon.isUnbiasable() ? 0 : EXCESS_OF_BIAS);
        if (times > 0) _takeExcess(batch, poster, times);
    }

    /// @dev The reporter has its part of the batch's bond; of this one it is insurance.
    function _takeExcess(Batch calldata batch, address poster, uint128 times) private {
        uint32 version = batch.header.parameterVersion;
        uint128 bond = registry.bondOf(batch.header.total, version);
        ParameterWord set = parameters.wordAt(version);
        stake.slash(
            poster,
            times * bond,
            address(0),
            keccak256(abi.encode(address(this), batch.id)),
            set.burnedBps(),
            set.reporterBps()
        );
    }
}
