// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IStakePools} from "../../../contracts/interfaces/stake/IStakePools.sol";
import {IUsageEscrow} from "../../../contracts/interfaces/IUsageEscrow.sol";
import {OperatorStake} from "../../../contracts/stake/OperatorStake.sol";
import {OpenToken} from "../../../contracts/token/OpenToken.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title What the stake asks of its neighbours: an insurance pool, an operator asset that pays the pool, and leave to set
/// the court
contract StakeNeighbours {
    OpenToken public token;
    OperatorStake public stake;

    function meet(OpenToken token_, OperatorStake stake_) external {
        (token, stake) = (token_, stake_);
    }

    function addInsurance(uint128 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
    }

    function canCall(address, address, bytes4) external pure returns (bool immediate, uint32 delay) {
        return (true, 0);
    }

    function operatorAssetOf(address operator) external pure returns (bytes32) {
        return bytes32(uint256(uint160(operator)));
    }

    function payoutOf(bytes32 asset) external view returns (address) {
        return stake.forwarderOf(address(uint160(uint256(asset))));
    }
}

/// @title One operator, two delegators, two registrars and a court, who do what they may
contract StakeHandler is Targets {
    /// Tokens by shares, nobody's included, which were recounted `scale` times.
    struct Price {
        uint256 tokens;
        uint256 shares;
        uint32 scale;
    }

    uint256 internal constant HOLDERS = 3;
    uint64 internal constant THAW = 200;
    uint64 internal constant WINDOW = 100;
    uint256 internal constant MOST = 10 ** 12;

    OpenToken public token;
    OperatorStake public stake;
    address public batches = address(0xB1);
    address public proposals = address(0xB2);
    address public court = address(0xB3);
    bytes32[] public cases;
    mapping(uint256 holder => uint256 amount) public paid;
    mapping(uint256 holder => uint256 amount) public got;
    uint256 public rewarded;
    uint256 public calls;
    uint256 public bonds;
    /// What a share was worth after the last call, and whether that ever fell without a slash.
    Price public price;
    bool public priceFell;
    uint256 private _now = 1_000;

    constructor() {
        StakeNeighbours neighbours = new StakeNeighbours();
        token = new OpenToken(address(this), type(uint56).max);
        stake = new OperatorStake(
            token,
            IUsageEscrow(address(neighbours)),
            IModelRegistry(address(neighbours)),
            address(neighbours),
            THAW,
            WINDOW
        );
        neighbours.meet(token, stake);
        stake.wire(batches, proposals);
        stake.setCourt(court);
        token.approve(address(stake), type(uint256).max);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            token.transfer(holder(i), 10 ** 15);
            VM.prank(holder(i));
            token.approve(address(stake), type(uint256).max);
        }
        VM.prank(operator());
        stake.setCommission(1_000);
        VM.warp(_now += THAW);
    }

    modifier counted(bool slashes) {
        VM.warp(_now);
        ++calls;
        _;
        Price memory after_ = _price();
        if (!slashes && _isBelow(after_, price)) priceFell = true;
        price = after_;
    }

    function delegate(uint8 who, uint64 amount) external counted(false) {
        uint256 chosen = who % HOLDERS;
        IStakePools.Stream memory stream = stake.streamOf(operator());
        uint256 most = stake.stakeOf(operator()).active + uint256(stream.streaming) + stream.waiting + 1;
        // Above what rounding would take a thousandth of.
        uint256 least = 1 + most * 1_000 / (stake.poolOf(operator()).shares + 1_000);
        uint256 taken = _within(amount, least + 1, least + MOST);
        if (token.balanceOf(holder(chosen)) < taken) return;
        VM.prank(holder(chosen));
        stake.delegate(operator(), uint128(taken));
        paid[chosen] += taken;
    }

    function thaw(uint8 who, uint96 seed) external counted(false) {
        address by = holder(who % HOLDERS);
        IStakePools.Delegation memory held = stake.delegationOf(operator(), by);
        if (held.tokens == 0) return;
        uint96 least = held.shares / held.tokens + 1;
        uint96 shares = least > held.shares ? held.shares : uint96(_within(seed, least, held.shares));
        VM.prank(by);
        stake.startThaw(operator(), shares);
    }

    function withdraw(uint8 who) external counted(false) {
        address by = holder(who % HOLDERS);
        IStakePools.Delegation memory held = stake.delegationOf(operator(), by);
        IStakePools.Stake memory all = stake.stakeOf(operator());
        IStakePools.Stream memory stream = stake.streamOf(operator());
        uint256 under = uint256(stream.streaming) + stream.waiting;
        uint256 locked = uint256(all.lockedBatches) + all.lockedProposals;
        if (held.thawEndsAt == 0 || _now < held.thawEndsAt) return;
        if (uint256(all.active) + all.thawing < locked + held.thawing + under) return;
        uint256 before = token.balanceOf(by);
        VM.prank(by);
        stake.withdraw(operator());
        got[who % HOLDERS] += token.balanceOf(by) - before;
    }

    function lock(bool forBatch, uint64 seed) external counted(false) {
        uint128 free = stake.freeOf(operator());
        if (free == 0) return;
        VM.prank(forBatch ? batches : proposals);
        stake.lock(operator(), uint128(_within(seed, 1, free)));
    }

    function release(bool forBatch, uint64 seed) external counted(false) {
        uint128 locked = lockedBy(forBatch);
        if (locked == 0) return;
        VM.prank(forBatch ? batches : proposals);
        stake.release(operator(), uint128(_within(seed, 1, locked)));
    }

    function slash(bool forBatch, uint64 seed, bool whole) external counted(true) {
        uint128 locked = lockedBy(forBatch);
        if (locked == 0) return;
        uint128 amount = whole ? locked : uint128(_within(seed, 1, locked));
        VM.prank(forBatch ? batches : proposals);
        stake.slash(operator(), amount, holder(seed % HOLDERS), _case(), 5_000, 3_000);
    }

    function slashInCourt(uint64 seed) external counted(true) {
        VM.prank(court);
        stake.slash(operator(), uint128(_within(seed, 1, MOST)), address(0), _case(), 10_000, 0);
    }

    function reward(uint64 seed, bool swept) external counted(false) {
        uint128 amount = uint128(_within(seed, 1, MOST / 1_000));
        if (token.balanceOf(address(this)) < amount) return;
        rewarded += amount;
        if (!swept) return stake.addRewards(operator(), amount);
        token.transfer(stake.forwarderOf(operator()), amount);
        stake.sweep(operator());
    }

    function pass(uint8 time) external counted(false) {
        VM.warp(_now += time);
        stake.accrue(operator());
    }

    function settle(uint8 seed) external counted(false) {
        if (stake.slashed().burnable > 0) stake.flush();
        if (cases.length == 0) return;
        bytes32 chosen = cases[seed % cases.length];
        VM.warp(_now += stake.REPORT_DELAY());
        if (stake.caseOf(chosen).rewarded > 0) stake.payReport(chosen);
    }

    function report(uint8 who, uint32 bond) external counted(false) {
        uint256 taken = 10 ** 6 + uint256(bond);
        address by = holder(who % HOLDERS);
        if (token.balanceOf(by) < taken) return;
        VM.prank(by);
        stake.commitReport(keccak256(abi.encode(by, calls)), uint56(taken));
        bonds += taken;
    }

    function operator() public pure returns (address) {
        return holder(0);
    }

    function holder(uint256 index) public pure returns (address) {
        return address(uint160(0xA0 + index));
    }

    function lockedBy(bool forBatch) public view returns (uint128) {
        IStakePools.Stake memory all = stake.stakeOf(operator());
        return forBatch ? all.lockedBatches : all.lockedProposals;
    }

    function due() external view returns (uint256 sum) {
        for (uint256 i = 0; i < cases.length; ++i) {
            sum += stake.caseOf(cases[i]).rewarded;
        }
    }

    function _case() private returns (bytes32 caseId) {
        caseId = keccak256(abi.encode(calls));
        cases.push(caseId);
    }

    function _price() private view returns (Price memory) {
        IStakePools.Pool memory pool = stake.poolOf(operator());
        return Price(uint256(stake.stakeOf(operator()).active) + 1, uint256(pool.shares) + 1_000, pool.scale);
    }

    /// @dev A recount that was only looked at, after a slash, is none any more when a reward has come in: scales fall too.
    function _isBelow(Price memory one, Price memory other) private pure returns (bool) {
        (uint256 left, uint256 right) = (one.tokens * other.shares, other.tokens * one.shares);
        return one.scale > other.scale
            ? left < right << 30 * uint256(one.scale - other.scale)
            : left << 30 * uint256(other.scale - one.scale) < right;
    }
}

contract StakeInvariants is Targets {
    StakeHandler private _handler;
    OperatorStake private _stake;
    address private _operator;

    function setUp() external {
        _handler = new StakeHandler();
        (_stake, _operator) = (_handler.stake(), _handler.operator());
        _target(address(_handler));
    }

    /// Backing: what the stake holds is what its books say, to the unit.
    function invariant_backing() external {
        _stake.accrue(_operator);
        IStakePools.Stake memory all = _stake.stakeOf(_operator);
        IStakePools.Stream memory stream = _stake.streamOf(_operator);
        uint256 booked = uint256(all.active) + all.thawing + stream.streaming + stream.waiting + _handler.due()
            + _stake.slashed().burnable + _stake.slashed().insurable + _handler.bonds();
        assert(_handler.token().balanceOf(address(_stake)) == booked);
        // Live: what was slashed can be burned and insured.
        if (_stake.slashed().burnable > 0) _stake.flush();
    }

    /// Slashable: every lock is covered.
    function invariant_slashable() external {
        IStakePools.Stake memory all = _stake.stakeOf(_operator);
        uint256 locked = uint256(all.lockedBatches) + all.lockedProposals;
        assert(uint256(all.active) + all.thawing >= locked);
        // Live: all of them can be slashed in full, one after the other.
        if (all.lockedBatches > 0) {
            VM.prank(_handler.batches());
            _stake.slash(_operator, all.lockedBatches, address(0), "one", 5_000, 3_000);
        }
        if (all.lockedProposals > 0) {
            VM.prank(_handler.proposals());
            _stake.slash(_operator, all.lockedProposals, address(0), "two", 5_000, 3_000);
        }
    }

    /// Fairness: nobody has more than what was paid and rewarded, and all together no more than the pools hold, nor more
    /// than they all paid and what was streamed to them, to the unit.
    function invariant_fairness() external view {
        uint256 sum = 0;
        uint256 everPaid = 0;
        uint256 everGot = 0;
        for (uint256 i = 0; i < 3; ++i) {
            IStakePools.Delegation memory held = _stake.delegationOf(_operator, _handler.holder(i));
            uint256 most = _handler.paid(i) + _handler.rewarded() + _handler.calls();
            assert(uint256(held.tokens) + held.thawing + _handler.got(i) <= most);
            sum += uint256(held.tokens) + held.thawing;
            (everPaid, everGot) = (everPaid + _handler.paid(i), everGot + _handler.got(i));
        }
        IStakePools.Stake memory all = _stake.stakeOf(_operator);
        assert(sum <= uint256(all.active) + all.thawing);
        assert(sum + everGot <= everPaid + _handler.rewarded());
    }

    /// Price: what a share is worth falls by slashes alone, and shares stay small.
    function invariant_price() external view {
        assert(!_handler.priceFell());
        assert(_stake.poolOf(_operator).shares < 2 ** 95);
        assert(_stake.poolOf(_operator).thawShares < 2 ** 95);
    }

    /// Exit: whatever is locked, who holds something can start to thaw, and leaves when the locks are gone.
    function invariant_exit() external {
        address by = _handler.holder(1);
        IStakePools.Delegation memory held = _stake.delegationOf(_operator, by);
        if (held.tokens == 0) return;
        VM.prank(by);
        _stake.startThaw(_operator, held.shares);
        _drop(_handler.batches(), _handler.lockedBy(true));
        _drop(_handler.proposals(), _handler.lockedBy(false));
        uint256 promised = _stake.delegationOf(_operator, by).thawing;
        uint256 before = _handler.token().balanceOf(by);
        VM.warp(block.timestamp + _stake.thawPeriod());
        VM.prank(by);
        _stake.withdraw(_operator);
        assert(_handler.token().balanceOf(by) - before == promised);
        assert(promised + 1 >= held.tokens);
    }

    function _drop(address registrar, uint128 amount) private {
        if (amount == 0) return;
        VM.prank(registrar);
        _stake.release(_operator, amount);
    }
}
