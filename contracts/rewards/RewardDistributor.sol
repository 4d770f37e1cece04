// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Claim, Proposal} from "../types/Reward.sol";

/// @title Pays assets what final batches credited them
/// @dev The token has no hooks, and every function writes its books before it calls the token.
contract RewardDistributor is IRewardDistributor {
    using SafeERC20 for IOpenToken;

    bytes1 private constant TAG_CUMULATIVE = 0x06;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice Says which batches are final.
    IAttributionRegistry public immutable registry;
    /// @notice Holds the bonds.
    IOperatorStake public immutable stake;
    /// @notice Asked first for payout addresses.
    IContentRegistry public immutable datasets;
    /// @notice Asked second.
    IContentRegistry public immutable models;
    /// @inheritdoc IRewardDistributor
    uint128 public immutable proposalBond;
    /// @inheritdoc IRewardDistributor
    uint64 public immutable rewardWindow;
    /// @inheritdoc IRewardDistributor
    uint64 public immutable maturity;
    address private immutable _deployer;

    /// @notice Proves fraud.
    address public referee;
    /// @inheritdoc IRewardDistributor
    uint64 public period;
    /// @notice Number of proposals made.
    uint64 public proposalCount;
    /// @notice OPEN paid out so far.
    uint256 public totalClaimed;

    mapping(bytes32 assetId => uint128 amount) public claimedOf;
    mapping(uint64 number => Period period) private _periods;
    mapping(uint64 id => Record record) private _proposals;
    mapping(uint64 base => uint64[] ids) private _ofBase;
    mapping(uint64 base => uint256 cursor) private _firstOfBase;

    /// @param registries_ DatasetRegistry and ModelRegistry.
    /// @param proposalBond_ Base units, more than zero.
    /// @param rewardWindow_ Seconds, more than zero.
    /// @param maturity_ Seconds.
    constructor(
        IOpenToken token_,
        IAttributionRegistry registry_,
        IOperatorStake stake_,
        IContentRegistry[2] memory registries_,
        uint128 proposalBond_,
        uint64 rewardWindow_,
        uint64 maturity_
    ) {
        require(proposalBond_ > 0 && rewardWindow_ > 0, RewardDistributorBadParameter());
        (token, registry, stake) = (token_, registry_, stake_);
        (datasets, models) = (registries_[0], registries_[1]);
        (proposalBond, rewardWindow, maturity) = (proposalBond_, rewardWindow_, maturity_);
        _deployer = msg.sender;
        _periods[0].cumulativeRoot = SumTree.PADDING;
    }

    /// @inheritdoc IRewardDistributor
    function wire(address referee_) external {
        require(msg.sender == _deployer, RewardDistributorNotDeployer(msg.sender));
        require(referee == address(0), RewardDistributorAlreadyWired());
        require(referee_ != address(0), RewardDistributorBadParameter());
        referee = referee_;
        emit Wired(referee_);
    }

    /* PROPOSALS */

    /// @inheritdoc IRewardDistributor
    function propose(Proposal calldata proposal) external returns (uint64 id) {
        Period storage active = _periods[period];
        require(proposal.base == period, RewardDistributorStaleBase(proposal.base, period));
        require(
            proposal.cumulativeSum == uint256(active.cumulativeSum) + proposal.epochSum, RewardDistributorBadSum()
        );
        uint256 have = funded();
        require(proposal.cumulativeSum <= have, RewardDistributorUnfunded(proposal.cumulativeSum, have));
        require(_continues(active, proposal), RewardDistributorBadRange());

        id = ++proposalCount;
        _proposals[id] = Record({
            hash: keccak256(abi.encode(proposal)),
            proposer: msg.sender,
            proposedAt: uint64(block.timestamp),
            status: Status.Open,
            base: proposal.base
        });
        _ofBase[proposal.base].push(id);
        emit PeriodProposed(id, msg.sender, proposal);
        stake.lock(msg.sender, proposalBond);
    }

    /// @inheritdoc IRewardDistributor
    function activate(uint64 id, Proposal calldata proposal) external {
        Record storage record = _open(id);
        require(isProposal(id, proposal), RewardDistributorWrongProposal(id));
        require(record.base == period, RewardDistributorStaleBase(record.base, period));
        _checkWindow(record);
        uint64 first = _first(record.base);
        require(id == first, RewardDistributorNotFirst(id, first));

        record.status = Status.Active;
        uint64 number = ++period;
        _periods[number] = Period({
            cumulativeRoot: proposal.cumulativeRoot,
            cumulativeSum: proposal.cumulativeSum,
            cumulativeCount: proposal.cumulativeCount,
            finalityTo: proposal.finalityTo,
            maturedTo: proposal.maturedTo,
            dataDigest: proposal.dataDigest
        });
        emit PeriodActivated(number, id, proposal.cumulativeRoot, proposal.dataDigest);
        stake.release(record.proposer, proposalBond);
    }

    /// @inheritdoc IRewardDistributor
    function release(uint64 id) external {
        Record storage record = _open(id);
        require(record.base < period, RewardDistributorStillFirst(id));
        _checkWindow(record);
        record.status = Status.Released;
        emit ProposalReleased(id);
        stake.release(record.proposer, proposalBond);
    }

    /// @inheritdoc IRewardDistributor
    function convict(uint64 id, address reporter, bytes32 kind) external {
        require(msg.sender == referee, RewardDistributorNotReferee(msg.sender));
        Record storage record = _open(id);
        record.status = Status.Convicted;
        emit ProposalConvicted(id, kind, reporter);
        _first(record.base);
        stake.slash(record.proposer, proposalBond, reporter);
    }

    /* CLAIMS */

    /// @inheritdoc IRewardDistributor
    function claim(
        bytes32 assetId,
        uint128 previous,
        uint128 cumulative,
        uint32 index,
        bytes32[] calldata siblings,
        uint256[] calldata sums
    ) external {
        bytes32 leaf = _leaf(assetId, previous);
        Period storage active = _periods[period];
        bool valid = SumTree.verify(
            active.cumulativeRoot,
            active.cumulativeSum,
            active.cumulativeCount,
            index,
            leaf,
            cumulative,
            siblings,
            sums
        );
        require(valid, RewardDistributorBadProof(assetId));
        _pay(assetId, cumulative);
    }

    /// @inheritdoc IRewardDistributor
    function claimMany(Claim[] calldata claims) external {
        Period storage active = _periods[period];
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata one = claims[i];
            bool valid = SumTree.verify(
                active.cumulativeRoot,
                active.cumulativeSum,
                active.cumulativeCount,
                one.index,
                _leaf(one.assetId, one.previous),
                one.cumulative,
                one.siblings,
                one.sums
            );
            require(valid, RewardDistributorBadProof(one.assetId));
            _pay(one.assetId, one.cumulative);
        }
    }

    /* VIEWS */

    /// @inheritdoc IRewardDistributor
    function periodOf(uint64 number) external view returns (Period memory found) {
        return _periods[number];
    }

    /// @inheritdoc IRewardDistributor
    function proposalOf(uint64 id) external view returns (Record memory record) {
        return _proposals[id];
    }

    /// @inheritdoc IRewardDistributor
    function isProposal(uint64 id, Proposal calldata proposal) public view returns (bool yes) {
        return _proposals[id].status != Status.None && _proposals[id].hash == keccak256(abi.encode(proposal));
    }

    /// @inheritdoc IRewardDistributor
    function funded() public view returns (uint256 amount) {
        return token.balanceOf(address(this)) + totalClaimed;
    }

    /* PARTS */

    /// @dev Finality times ascend, so that the last matured batch speaks for all.
    function _continues(Period storage active, Proposal calldata proposal) private view returns (bool yes) {
        (uint64 from, uint64 to) = (proposal.finalityFrom, proposal.finalityTo);
        (uint64 maturedFrom, uint64 maturedTo) = (proposal.maturedFrom, proposal.maturedTo);
        if (from != active.finalityTo || maturedFrom != active.maturedTo) return false;
        if (to < from || maturedTo < maturedFrom || (to == from && maturedTo == maturedFrom)) return false;
        if (to > registry.finalityCount() || maturedTo > to) return false;
        return maturedTo == maturedFrom || registry.finalAt(maturedTo - 1).finalisedAt + maturity <= block.timestamp;
    }

    function _open(uint64 id) private view returns (Record storage record) {
        record = _proposals[id];
        require(record.status == Status.Open, RewardDistributorWrongStatus(id, record.status));
    }

    function _checkWindow(Record storage record) private view {
        uint64 until = record.proposedAt + rewardWindow;
        require(block.timestamp >= until, RewardDistributorWindowOpen(until));
    }

    /// @dev First unconvicted proposal of a base, or zero; moves the cursor past convicted ones.
    function _first(uint64 base) private returns (uint64 id) {
        uint64[] storage ids = _ofBase[base];
        uint256 cursor = _firstOfBase[base];
        while (cursor < ids.length && _proposals[ids[cursor]].status == Status.Convicted) ++cursor;
        _firstOfBase[base] = cursor;
        return cursor < ids.length ? ids[cursor] : 0;
    }

    function _pay(bytes32 assetId, uint128 cumulative) private {
        uint128 paid = claimedOf[assetId];
        require(cumulative > paid, RewardDistributorNothingDue(assetId));
        address account = datasets.payoutOf(assetId);
        if (account == address(0)) account = models.payoutOf(assetId);
        require(account != address(0), RewardDistributorUnknownAsset(assetId));
        uint128 due = cumulative - paid;
        claimedOf[assetId] = cumulative;
        totalClaimed += due;
        emit Claimed(assetId, account, due);
        token.safeTransfer(account, due);
    }

    function _leaf(bytes32 assetId, uint128 previous) private pure returns (bytes32 leaf) {
        return keccak256(abi.encodePacked(TAG_CUMULATIVE, assetId, previous));
    }
}
