// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUsageEscrow} from "../../../contracts/interfaces/IUsageEscrow.sol";
import {AttributionRegistry} from "../../../contracts/registry/AttributionRegistry.sol";
import {OperatorStake} from "../../../contracts/stake/OperatorStake.sol";
import {OpenToken} from "../../../contracts/token/OpenToken.sol";
import {RewardDistributor} from "../../../contracts/rewards/RewardDistributor.sol";
import {Batch, BatchStatus} from "../../../contracts/types/Batch.sol";
import {Proposal} from "../../../contracts/types/Reward.sol";
import {UsageEscrow} from "../../../contracts/usage/UsageEscrow.sol";
import {System} from "../System.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";
import {MoneyHandler} from "./money/MoneyHandler.sol";
import {PaymentActions} from "./money/PaymentActions.sol";

/// @title The handler, and how its tests look at it
/// @dev What an invariant does to show that the good path is open is undone by forge before the next call.
abstract contract MoneyTest is Targets {
    MoneyHandler internal _h;
    System internal _system;
    OpenToken internal _token;
    UsageEscrow internal _escrow;
    OperatorStake internal _stake;
    AttributionRegistry internal _registry;

    function setUp() external {
        _h = new MoneyHandler();
        _system = _h.system();
        (_token, _escrow) = (_system.token(), _system.escrow());
        (_stake, _registry) = (_system.stake(), _system.registry());
        _target(address(_h));
    }
}

/// @title Consumers' money
contract EscrowInvariants is MoneyTest {
    /// Backing: the escrow holds what it has booked, and no donation is booked that was not absorbed.
    function invariant_backing() external {
        assert(_token.balanceOf(address(_escrow)) >= _escrow.totalBooked());
        // Live: what was given on top is absorbed by anyone, and then it holds that to the unit.
        if (_token.balanceOf(address(_escrow)) > _escrow.totalBooked()) _escrow.absorbSurplus();
        assert(_token.balanceOf(address(_escrow)) == _escrow.totalBooked());
    }

    /// Books: every unit is booked in one place.
    function invariant_books() external {
        uint256 sum = _escrow.auditPool() + _escrow.insurancePool();
        for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
            // Live: what expired leaves the books at anyone's call.
            _escrow.expireUnsettled(_h.operators(i));
        }
        sum = _escrow.auditPool() + _escrow.insurancePool();
        for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
            address operator = _h.operators(i);
            sum += _escrow.unsettledOf(operator) + _escrow.pendingOf(operator);
            for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
                sum += _escrow.allotmentOf(_h.consumers(j), operator).amount;
            }
        }
        for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
            sum += _escrow.balanceOf(_h.consumers(j));
        }
        for (uint256 i = 0; i < _h.paymentCount(); ++i) {
            if (_h.paymentAt(i).open) sum += _h.paymentAt(i).value;
        }
        assert(sum == _escrow.totalBooked());
    }

    /// Payments: each is open with its value, given back, or redeemed once; whatever was not spent is back with its payer.
    function invariant_payments() external {
        uint256[] memory open = new uint256[](_h.CONSUMERS());
        for (uint256 i = 0; i < _h.paymentCount(); ++i) {
            PaymentActions.Paid memory paid = _h.paymentAt(i);
            address operator = _h.operators(paid.to);
            uint256 word = _escrow.paymentOf(_h.consumers(paid.who), operator, _escrow.laneOf(paid.nonce));
            bool isOpen = word > 1 && word < 2 ** 255;
            assert(word != 0 && isOpen == paid.open && (!isOpen || word % 2 ** 96 == paid.value));
            if (isOpen) open[paid.who] += paid.value;
        }
        for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
            address payer = _h.consumers(j);
            assert(_h.paidBy(payer) == _h.paidBackTo(payer) + _h.spentBy(payer) + open[j]);
        }
        // Live: what is open goes back at anyone's call once it has thawed.
        for (uint256 i = 0; i < _h.paymentCount(); ++i) {
            _h.giveBack(i, false);
            assert(!_h.paymentAt(i).open);
        }
    }

    /// Exits: whatever is paused, a consumer gets out all that was not redeemed.
    function invariant_exits() external {
        _system.setDepositsPaused(true);
        try _system.setBatchesPaused(true) {} catch {}
        for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
            address consumer = _h.consumers(j);
            for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
                _leave(consumer, _h.operators(i));
            }
            uint128 have = _escrow.balanceOf(consumer);
            uint256 before = _token.balanceOf(consumer);
            // Live: the whole balance leaves.
            if (have > 0) {
                VM.prank(consumer);
                _escrow.withdraw(have);
            }
            assert(_token.balanceOf(consumer) == before + have);
            uint256 out = _h.withdrawnBy(consumer) + have + _h.redeemedFrom(consumer);
            assert(out == _h.depositedBy(consumer));
        }
    }

    /// Lanes: a lane stands where its last voucher brought it, and vouchers cost the consumer exactly that.
    function invariant_lanes() external {
        for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
            address consumer = _h.consumers(j);
            uint256 redeemed = 0;
            for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
                address operator = _h.operators(i);
                for (uint64 lane = 0; lane < 2; ++lane) {
                    assert(_escrow.redeemedOf(consumer, operator, lane) == _h.laneOf(consumer, operator, lane));
                    redeemed += _escrow.redeemedOf(consumer, operator, lane);
                }
            }
            for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
                redeemed += _h.cappedLane(consumer, _h.operators(i));
            }
            assert(redeemed == _h.redeemedFrom(consumer));
        }
        // Live: a lane goes on.
        _h.redeem(0, 0, 12);
    }

    /// Caps: what one operator redeems of a capped key's vouchers takes nothing of what another was promised.
    function invariant_caps() external {
        address key = _h.cappedKey();
        for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
            address consumer = _h.consumers(j);
            for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
                address operator = _h.operators(i);
                uint256 left = _h.capLeft(consumer, operator);
                assert(_escrow.leftOf(consumer, key, operator) == left);
                assert(_escrow.redeemedOf(consumer, operator, 7) == _h.cappedLane(consumer, operator));
                uint256 most = _escrow.allotmentOf(consumer, operator).amount;
                if (!_escrow.canSign(consumer, key) || most == 0) continue;
                // Never beyond it.
                if (left < most) {
                    try _h.takeCapped(j, i, uint128(left + 1)) {
                        assert(false);
                    } catch {}
                }
                // Live: all of it, while the key's word holds.
                if (left > 0) _h.takeCapped(j, i, uint128(left < most ? left : most));
            }
        }
    }

    /// Thaw: what thaws is part of the allotment, and within the thaw the operator can still redeem all of it.
    function invariant_thaw() external {
        for (uint256 j = 0; j < _h.CONSUMERS(); ++j) {
            for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
                IUsageEscrow.Allotment memory a = _escrow.allotmentOf(_h.consumers(j), _h.operators(i));
                assert(a.thawing <= a.amount);
                assert((a.thawing == 0) || a.thawEndsAt != 0);
            }
        }
        _h.allot(0, 0, 100);
        _h.startThaw(0, 0, 50);
        uint256 before = _escrow.unsettledOf(_h.operators(0));
        uint128 all = _escrow.allotmentOf(_h.consumers(0), _h.operators(0)).amount;
        // Live: the operator takes all of it, thawing or not.
        _h.redeem(0, 0, 2 * (uint256(all) - 1));
        assert(_escrow.unsettledOf(_h.operators(0)) == before + all);
    }

    /// Pools: what the audit and insurance pools received is booked, and only ever grows.
    function invariant_pools() external {
        uint256 pools = uint256(_escrow.auditPool()) + _escrow.insurancePool();
        assert(pools <= _escrow.totalBooked());
        // Live: anyone pays in.
        VM.prank(_h.consumers(0));
        _escrow.addInsurance(5);
        assert(uint256(_escrow.auditPool()) + _escrow.insurancePool() == pools + 5);
    }

    function _leave(address consumer, address operator) private {
        IUsageEscrow.Allotment memory a = _escrow.allotmentOf(consumer, operator);
        if (a.amount == 0) return;
        if (a.amount > a.thawing) {
            VM.prank(consumer);
            _escrow.startThaw(operator, a.amount - a.thawing);
        }
        uint64 until = _escrow.allotmentOf(consumer, operator).thawEndsAt;
        if (until > block.timestamp) VM.warp(until);
        VM.prank(consumer);
        _escrow.finishThaw(operator);
    }
}

/// @title Batches and the stake behind them
contract BatchInvariants is MoneyTest {
    /// Commitments: the chain knows every batch as it is, and not as anything else.
    function invariant_commitments() external {
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            assert(_registry.isBatch(b));
            b.header.total += 1;
            assert(!_registry.isBatch(b));
            b.header.total -= 1;
            b.stamp.status = b.stamp.status == BatchStatus.Final ? BatchStatus.Open : BatchStatus.Final;
            assert(!_registry.isBatch(b));
        }
        // Live: another one is taken.
        uint64 before = _registry.batchCount();
        _h.submit(0, 3);
        _h.submit(1, 3);
        assert(_registry.batchCount() >= before);
    }

    /// Pending: of each operator exactly the totals of its open batches are pending.
    function invariant_pending() external {
        uint256[2] memory sums;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            if (b.stamp.status == BatchStatus.Open) sums[b.header.operator == _h.operators(0) ? 0 : 1] += b.header.total;
        }
        assert(_escrow.pendingOf(_h.operators(0)) == sums[0] && _escrow.pendingOf(_h.operators(1)) == sums[1]);
        // Live: the next batch becomes final.
        (uint64 before, uint64 next) =
            (_registry.chainOf(_h.operators(0)).finalised, _registry.chainOf(_h.operators(0)).next);
        _h.finalise(0);
        assert(before == next || _registry.chainOf(_h.operators(0)).finalised == before + 1);
    }

    /// Slashable: each poster's lock covers the bonds of all its batches that can be convicted, to the unit.
    function invariant_slashable() external {
        uint256[2] memory bonds;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            bool convictable = b.stamp.status == BatchStatus.Open || b.stamp.status == BatchStatus.Voided;
            if (convictable) bonds[b.header.poster == _h.operators(0) ? 0 : 1] += _h.bondOf(b);
        }
        for (uint256 i = 0; i < 2; ++i) {
            OperatorStake.Stake memory s = _stake.stakeOf(_h.operators(i));
            assert(s.lockedBatches == bonds[i] && uint256(s.lockedBatches) + s.lockedProposals <= uint256(s.active) + s.thawing);
        }
        // Live: each of them can be convicted now, all in a row.
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            if (b.stamp.status != BatchStatus.Open && b.stamp.status != BatchStatus.Voided) continue;
            VM.prank(address(_h));
            _registry.convict(b, address(this), "proved");
        }
        assert(_stake.stakeOf(_h.operators(0)).lockedBatches == 0);
        assert(_stake.stakeOf(_h.operators(1)).lockedBatches == 0);
    }

    /// Cover: the burned half of a bond is at least 1.25 times what the batch could steal.
    function invariant_cover() external {
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            assert(uint256(_h.bondOf(b)) * 5_000 * 100 >= uint256(b.header.total) * 125 * 10_000);
        }
        // Live: for a unit too.
        assert(_registry.bondOf(1, 1) == 3);
    }

    /// Order: an operator's final batches are the first of its chain, and all final batches are counted once.
    function invariant_order() external {
        uint256[2] memory finals;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            uint256 who = b.header.operator == _h.operators(0) ? 0 : 1;
            uint64 finalised = _registry.chainOf(b.header.operator).finalised;
            if (b.stamp.status != BatchStatus.Final) continue;
            ++finals[who];
            assert(b.stamp.sequence < finalised && b.stamp.finalityIndex < _registry.finalityCount());
            assert(b.stamp.finalisedAt >= b.stamp.submittedAt + _system.WINDOW());
            assert(b.stamp.finalisedAt >= _h.heldUntil(b.id));
        }
        for (uint256 who = 0; who < 2; ++who) {
            assert(_registry.chainOf(_h.operators(who)).finalised == finals[who]);
        }
        assert(_registry.finalityCount() == finals[0] + finals[1]);
        // Live: every standing open batch becomes final, one after the other.
        for (uint256 who = 0; who < 2; ++who) {
            address operator = _h.operators(who);
            while (_registry.chainOf(operator).finalised < _registry.chainOf(operator).next) {
                _h.finalise(who);
            }
        }
    }

    /// Orphans: a chain ends before its first convicted batch, and what came after is counted until it is voided.
    function invariant_orphans() external {
        uint256[2] memory orphans;
        uint256[2] memory standing;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            Batch memory b = _h.batchAt(i);
            uint256 who = b.header.operator == _h.operators(0) ? 0 : 1;
            if (_h.isOrphan(b)) ++orphans[who];
            else if (b.stamp.status == BatchStatus.Open || b.stamp.status == BatchStatus.Final) ++standing[who];
            assert(_registry.stands(b) == ((b.stamp.status == BatchStatus.Open && !_h.isOrphan(b))
                        || b.stamp.status == BatchStatus.Final));
        }
        for (uint256 who = 0; who < 2; ++who) {
            assert(_registry.chainOf(_h.operators(who)).orphans == orphans[who]);
            assert(_registry.chainOf(_h.operators(who)).next == standing[who]);
            // Live: once they are voided the operator submits again.
            for (uint256 n = 0; n <= orphans[who]; ++n) {
                _h.submit(who, 5);
            }
            assert(_registry.chainOf(_h.operators(who)).next == standing[who] + 1);
        }
    }

    /// Stake: the stake contract holds every operator's stake and what slashes have not paid out.
    function invariant_stake() external {
        uint256 sum = _stake.slashed().burnable + _stake.slashed().insurable;
        for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
            OperatorStake.Stake memory s = _stake.stakeOf(_h.operators(i));
            sum += uint256(s.active) + s.thawing;
        }
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            sum += _stake.caseOf(keccak256(abi.encode(address(_registry), _h.batchAt(i).id))).rewarded;
        }
        for (uint64 id = 1; id <= _h.proposalCount(); ++id) {
            sum += _stake.caseOf(keccak256(abi.encode(address(_system.rewards()), id))).rewarded;
        }
        assert(_token.balanceOf(address(_stake)) == sum);
        // Live: stake thaws and leaves.
        for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
            _h.addStake(i, 7);
            _h.thawStake(i, type(uint256).max);
            _h.takeStake(i, 0);
            assert(_stake.delegationOf(_h.operators(i), _h.operators(i)).thawEndsAt == 0);
        }
    }

    /// Slashes: what was ever taken is what the verdicts said, and at least half of it burns.
    function invariant_slashes() external {
        assert(_stake.slashed().total == _h.slashTotal());
        assert(uint256(_stake.slashed().burnable) >= _stake.slashed().insurable);
        uint256 supply = _token.totalSupply();
        uint256 burnable = _stake.slashed().burnable;
        // Live: anyone burns it.
        if (burnable > 0) _stake.flush();
        assert(_token.totalSupply() == supply - burnable && _stake.slashed().burnable == 0);
    }
}

/// @title Rewards, and the token under all of it
contract RewardInvariants is MoneyTest {
    /// Backing: the distributor holds what final batches sent and nobody has claimed.
    function invariant_backing() external {
        assert(_token.balanceOf(address(_system.rewards())) == _system.rewards().funded() - _h.claimed());
        // Live: whatever is due is paid at once.
        uint256 before = _token.balanceOf(address(_system.rewards()));
        uint256 due = uint256(_h.dueOf(0)) + _h.dueOf(1);
        if (_h.dueOf(0) > 0) _h.claimFor(0);
        if (_h.dueOf(1) > 0) _h.claimFor(1);
        assert(_token.balanceOf(address(_system.rewards())) == before - due);
    }

    /// Funding: no root in force promises more than final batches paid in.
    function invariant_funding() external {
        uint128 sum = _system.rewards().periodOf(_system.rewards().period()).cumulativeSum;
        assert(sum <= _system.rewards().funded());
        uint128[2] memory leaves = _h.leavesOf(_h.activeId());
        assert(uint256(leaves[0]) + leaves[1] == sum);
        // Live: the next root comes into force.
        uint64 before = _system.rewards().period();
        for (uint256 i = 0; i < 4 && _system.rewards().period() == before; ++i) {
            _h.activate(3 ** 40);
        }
        assert(_system.rewards().period() > before || _h.batchCount() > 0);
    }

    /// Claims: an asset has claimed at most what the root in force gives it, whatever was convicted meanwhile.
    function invariant_claims() external {
        uint128[2] memory leaves = _h.leavesOf(_h.activeId());
        for (uint256 i = 0; i < 2; ++i) {
            uint128 claimed = _system.rewards().claimedOf(_h.assets(i));
            assert(claimed <= leaves[i]);
            // Live: the last good root pays the rest, and pays it once.
            if (claimed == leaves[i]) continue;
            _h.claimFor(i);
            assert(_system.rewards().claimedOf(_h.assets(i)) == leaves[i]);
            try _h.claimFor(i) {
                assert(false);
            } catch {}
        }
    }

    /// Periods: each root in force gives at least what the one before gave.
    function invariant_periods() external view {
        uint128 before = 0;
        for (uint64 n = 0; n <= _system.rewards().period(); ++n) {
            uint128 sum = _system.rewards().periodOf(n).cumulativeSum;
            assert(sum >= before);
            before = sum;
        }
        // Live: the one in force is the last.
        assert(_system.rewards().periodOf(_system.rewards().period() + 1).cumulativeRoot == bytes32(0));
    }

    /// Bonds: exactly the proposals that wait hold a bond.
    function invariant_bonds() external {
        uint256[2] memory bonds;
        for (uint64 id = 1; id <= _h.proposalCount(); ++id) {
            if (uint8(_system.rewards().proposalOf(id).status) != 1) continue;
            bonds[_system.rewards().proposalOf(id).proposer == _h.operators(0) ? 0 : 1] += _system.PROPOSAL_BOND();
        }
        assert(_stake.stakeOf(_h.operators(0)).lockedProposals == bonds[0]);
        assert(_stake.stakeOf(_h.operators(1)).lockedProposals == bonds[1]);
        // Live: each can be convicted now.
        for (uint64 id = 1; id <= _h.proposalCount(); ++id) {
            if (uint8(_system.rewards().proposalOf(id).status) != 1) continue;
            (RewardDistributor rewards, Proposal memory proposal) = (_system.rewards(), _h.proposalAt(id));
            VM.prank(address(_h));
            rewards.convict(id, proposal, address(this), "proved");
        }
        assert(_stake.stakeOf(_h.operators(0)).lockedProposals == 0);
    }

    /// Supply: every unit of the token is with somebody we know; there are never more.
    function invariant_supply() external {
        uint256 sum = _token.balanceOf(address(_h)) + _token.balanceOf(address(_escrow))
            + _token.balanceOf(address(_stake)) + _token.balanceOf(address(_system.rewards()));
        for (uint256 i = 0; i < _h.CONSUMERS(); ++i) {
            sum += _token.balanceOf(_h.consumers(i));
        }
        for (uint256 i = 0; i < _h.OPERATORS(); ++i) {
            sum += _token.balanceOf(_h.operators(i));
        }
        assert(sum == _token.totalSupply() && sum <= _system.SUPPLY());
        // Live: it moves.
        (address from, address to) = (_h.consumers(0), _h.consumers(1));
        VM.prank(from);
        assert(_token.transfer(to, 1));
    }
}

/// @title That random calls get to where something could go wrong
contract ReachTest is MoneyTest {
    function test_reach() external {
        uint256 draw = 1;
        for (uint256 i = 0; i < 400; ++i) {
            draw = uint256(keccak256(abi.encode(draw)));
            _act(draw % 12, draw >> 16, draw >> 64);
        }
        assert(_registry.finalityCount() > 5 && _system.rewards().period() > 2 && _h.claimed() > 0);
        assert(_h.slashTotal() > 0 && _token.totalSupply() < _system.SUPPLY());
        uint256[6] memory seen;
        uint256 replaced = 0;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            ++seen[uint8(_h.batchAt(i).stamp.status)];
            if (_h.batchAt(i).stamp.replaces != 0) ++replaced;
        }
        // Final, convicted, voided and released batches, and replacements.
        assert(seen[2] > 0 && seen[3] > 0 && seen[4] > 0 && seen[5] > 0 && replaced > 0);
    }

    function _act(uint256 kind, uint256 a, uint256 b) private {
        if (kind < 4) _h.submit(a, b);
        else if (kind < 6) _h.finalise(a);
        else if (kind == 6) _h.convict(a);
        else if (kind == 7) _h.claim(a);
        else if (kind == 8) _h.activate(a);
        else if (kind == 9) _h.releaseVoided(a);
        else if (kind == 10) _h.replace(a, b);
        else _h.flush(a);
    }
}
