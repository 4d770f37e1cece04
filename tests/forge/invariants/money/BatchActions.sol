// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, BatchHeader, BatchStatus, Stamp} from "../../../../contracts/types/Batch.sol";
import {VM} from "../../Vm.sol";
import {PaymentActions} from "./PaymentActions.sol";

/// @title What operators, posters and a referee do
/// @dev The referee is the test: it convicts whom it likes, so that every order of verdicts occurs.
abstract contract BatchActions is PaymentActions {
    /// @dev Less could buy less than a share.
    uint128 private constant ENOUGH = 1_000;

    Batch[] private _batches;
    uint256 public slashTotal;
    mapping(uint64 batchId => uint64 until) public heldUntil;

    function batchCount() public view returns (uint256 count) {
        return _batches.length;
    }

    function batchAt(uint256 index) public view returns (Batch memory batch) {
        return _batches[index];
    }

    /// @dev An orphan: open, but the chain ends before it.
    function isOrphan(Batch memory b) public view returns (bool yes) {
        return b.stamp.status == BatchStatus.Open && b.stamp.sequence >= _registry.chainOf(b.header.operator).next;
    }

    function bondOf(Batch memory b) public view returns (uint128 bond) {
        return _registry.bondOf(b.header.total, b.header.parameterVersion);
    }

    function addStake(uint256 to, uint256 amount) public {
        VM.prank(operators[to % OPERATORS]);
        _stake.deposit(uint128(_within(amount, ENOUGH, MOST)));
    }

    function thawStake(uint256 to, uint256 amount) external {
        address operator = operators[to % OPERATORS];
        uint96 shares = _stake.delegationOf(operator, operator).shares;
        if (shares == 0) return addStake(to, amount);
        VM.prank(operator);
        try _stake.startThaw(operator, uint96(_within(amount, 1, shares))) {}
        catch {
            // Less than a unit: shares of dust stay.
            addStake(to, amount);
        }
    }

    /// @dev What leaves must not be locked, so that other stake comes first.
    function takeStake(uint256 to, uint256 amount) external {
        address operator = operators[to % OPERATORS];
        uint64 endsAt = _stake.delegationOf(operator, operator).thawEndsAt;
        if (endsAt == 0) return addStake(to, amount);
        _pass(endsAt);
        uint128 locked = _stake.lockedOf(operator);
        VM.prank(operator);
        _stake.deposit(locked + ENOUGH);
        VM.prank(operator);
        _stake.withdraw(operator);
    }

    /// @dev Stake enough to lock so much more.
    function _secure(address poster, uint128 bond) internal {
        uint128 locked = _stake.lockedOf(poster);
        VM.prank(poster);
        _stake.deposit(bond + locked + ENOUGH);
    }

    function submit(uint256 to, uint256 amount) public {
        address operator = operators[to % OPERATORS];
        if (_clear(operator)) return;
        _post(operator, operator, amount, type(uint256).max);
    }

    function replace(uint256 seed, uint256 amount) external {
        (bool found, uint256 index) = _find(seed, BatchStatus.Convicted);
        if (!found) return convict(seed);
        address operator = _batches[index].header.operator;
        if (_clear(operator)) return;
        _post(operator, operators[amount % OPERATORS], amount, index);
    }

    function finalise(uint256 seed) public {
        address operator = operators[seed % OPERATORS];
        (uint64 wanted, uint64 end) = (_registry.chainOf(operator).finalised, _registry.chainOf(operator).next);
        for (uint256 index = wanted < end ? _batches.length : 0; index > 0;) {
            Batch storage found = _batches[--index];
            if (found.stamp.status != BatchStatus.Open || found.stamp.sequence != wanted) continue;
            if (found.header.operator != operator) continue;
            Batch memory b = found;
            _pass(_endOf(b));
            (b.stamp.finalityIndex, b.stamp.finalisedAt) = (_registry.finalityCount(), uint64(block.timestamp));
            _registry.finaliseBatch(_batches[index]);
            b.stamp.status = BatchStatus.Final;
            _batches[index].stamp = b.stamp;
            return;
        }
        submit(seed, seed >> 8);
    }

    function convict(uint256 seed) public {
        (bool found, uint256 index) = _find(seed, seed % 4 == 0 ? BatchStatus.Voided : BatchStatus.Open);
        if (!found) return submit(seed, seed >> 8);
        Batch memory b = _batches[index];
        slashTotal += bondOf(b);
        _registry.convict(b, seed % 3 == 0 ? address(0) : consumers[seed % CONSUMERS], "proved");
        _batches[index].stamp.status = BatchStatus.Convicted;
    }

    function releaseVoided(uint256 seed) external {
        (bool found, uint256 index) = _find(seed, BatchStatus.Voided);
        if (!found) return finalise(seed);
        _pass(_endOf(_batches[index]));
        _registry.releaseVoided(_batches[index]);
        _batches[index].stamp.status = BatchStatus.Released;
    }

    function hold(uint256 seed, uint256 seconds_) external {
        (bool found, uint256 index) = _find(seed, BatchStatus.Open);
        if (!found) return submit(seed, seconds_);
        uint64 until = uint64(block.timestamp + seconds_ % 3 hours);
        _registry.hold(_batches[index].id, until);
        heldUntil[_batches[index].id] = until;
    }

    function flush(uint256 seed) external {
        if (_stake.slashed().burnable == 0) return convict(seed);
        _stake.flush();
    }

    function payReport(uint256 seed) external {
        (bool found, uint256 index) = _find(seed, BatchStatus.Convicted);
        if (!found) return convict(seed);
        bytes32 caseId = keccak256(abi.encode(address(_registry), _batches[index].id));
        if (_stake.caseOf(caseId).rewarded == 0) return;
        _pass(uint256(_stake.caseOf(caseId).convictedAt) + _stake.REPORT_DELAY());
        _stake.payReport(caseId);
    }

    /// @dev Voids one orphan of the operator, if there is any.
    function _clear(address operator) private returns (bool done) {
        if (_registry.chainOf(operator).orphans == 0) return false;
        uint64 next = _registry.chainOf(operator).next;
        for (uint256 i = _batches.length; i > 0;) {
            Batch storage b = _batches[--i];
            if (b.stamp.status != BatchStatus.Open || b.stamp.sequence < next) continue;
            if (b.header.operator != operator) continue;
            _registry.voidBatch(b);
            _batches[i].stamp.status = BatchStatus.Voided;
            return true;
        }
    }

    function _post(address operator, address poster, uint256 amount, uint256 replaced) private {
        if (_escrow.batchesPaused()) system.setBatchesPaused(false);
        if (_escrow.unsettledOf(operator) == 0) redeem(amount, operator == operators[0] ? 0 : 1, amount);
        uint256 most = _escrow.unsettledOf(operator);
        bool isReplacement = replaced != type(uint256).max;
        if (isReplacement && _batches[replaced].header.total < most) most = _batches[replaced].header.total;
        BatchHeader memory header = _header(operator, poster, uint128(_within(amount, 1, most)), amount);
        uint128 bond = _registry.bondOf(header.total, 1);
        _secure(poster, bond);
        Batch memory b;
        (b.header, b.stamp) = (header, _stamp(operator));
        if (isReplacement) {
            (b.stamp.judgedAt, b.stamp.replaces) = (_batches[replaced].stamp.judgedAt, _batches[replaced].id);
            VM.prank(poster);
            b.id = _registry.replaceBatch(header, _batches[replaced]);
        } else {
            VM.prank(poster);
            b.id = _registry.submitBatch(header);
        }
        _batches.push(b);
    }

    function _header(address operator, address poster, uint128 total, uint256 seed)
        private
        view
        returns (BatchHeader memory header)
    {
        (header.operator, header.poster, header.total) = (operator, poster, total);
        (header.burned, header.audit, header.insurance) =
            (total * uint128(seed % 9) / 100, total / 50, uint128(seed % 2) * (total / 40));
        (header.receiptCount, header.creditCount, header.parameterVersion) = (1, 4, 1);
        header.dataDigest = bytes32(_batches.length);
        header.previousHeader = _registry.lastHeaderOf(operator);
    }

    function _stamp(address operator) private view returns (Stamp memory stamp) {
        (stamp.submittedAt, stamp.judgedAt) = (uint64(block.timestamp), uint64(block.timestamp));
        (stamp.sequence, stamp.status) = (_registry.chainOf(operator).next, BatchStatus.Open);
    }

    function _endOf(Batch memory b) private view returns (uint256 end) {
        end = uint256(b.stamp.submittedAt) + system.WINDOW();
        if (_registry.heldUntil(b.id) > end) end = _registry.heldUntil(b.id);
    }

    function _find(uint256 seed, BatchStatus status) private view returns (bool found, uint256 index) {
        for (uint256 i = 0; i < _batches.length; ++i) {
            index = (i + seed % _batches.length) % _batches.length;
            if (_batches[index].stamp.status == status) return (true, index);
        }
    }
}
