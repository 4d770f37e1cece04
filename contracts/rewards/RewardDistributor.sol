// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IRewardDistributor} from "../interfaces/IRewardDistributor.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Batch, BatchStatus, Stamp} from "../types/Batch.sol";
import {ParameterWord} from "../types/ParameterWord.sol";
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
    /// @notice Says what they sent.
    IUsageEscrow public immutable escrow;
    /// @notice Holds the bonds.
    IOperatorStake public immutable stake;
    /// @notice Windows and bonds.
    IParameters public immutable parameters;
    /// @notice Asked first for payout addresses.
    IContentRegistry public immutable datasets;
    /// @inheritdoc IRewardDistributor
    IContentRegistry public immutable models;
    /// @notice Asked last.
    IContentRegistry public immutable agents;
    /// @inheritdoc IRewardDistributor
    uint64 public immutable maturity;
    address private immutable _deployer;

    /// @inheritdoc IRewardDistributor
    bytes32 public activeRoot;
    /// @inheritdoc IRewardDistributor
    uint64 public period;
    /// @notice Number of proposals made.
    uint64 public proposalCount;
    /// @inheritdoc IRewardDistributor
    uint112 public forfeited;
    bool private _wired;

    mapping(address account => bool yes) public isReferee;
    mapping(bytes32 assetId => uint128 amount) public claimedOf;
    /// @inheritdoc IRewardDistributor
    mapping(uint64 batchId => bool yes) public isForfeited;
    mapping(uint64 number => Period period) private _periods;
    mapping(uint64 id => Record record) private _proposals;
    mapping(uint64 id => uint64 until) public heldUntil;
    mapping(uint64 base => uint64[] ids) private _ofBase;
    mapping(uint64 base => uint256 cursor) private _firstOfBase;

    modifier onlyReferee() {
        require(isReferee[msg.sender], RewardDistributorNotReferee(msg.sender));
        _;
    }

    /// @param registry_ The AttributionRegistry, whose escrow, stake and parameters hold here too.
    /// @param registries_ DatasetRegistry, ModelRegistry and AgentRegistry.
    /// @param maturity_ Seconds.
    constructor(
        IOpenToken token_,
        IAttributionRegistry registry_,
        IContentRegistry[3] memory registries_,
        uint64 maturity_
    ) {
        (token, registry) = (token_, registry_);
        (escrow, stake, parameters) = (registry_.escrow(), registry_.stake(), registry_.parameters());
        (datasets, models, agents) = (registries_[0], registries_[1], registries_[2]);
        maturity = maturity_;
        _deployer = msg.sender;
        (_periods[0].cumulativeRoot, activeRoot) = (SumTree.PADDING, SumTree.PADDING);
    }

    /// @inheritdoc IRewardDistributor
    function wire(address[] calldata referees) external {
        require(msg.sender == _deployer, RewardDistributorNotDeployer(msg.sender));
        require(!_wired, RewardDistributorAlreadyWired());
        require(referees.length > 0, RewardDistributorBadParameter());
        _wired = true;
        for (uint256 i = 0; i < referees.length; ++i) {
            require(referees[i] != address(0), RewardDistributorBadParameter());
            isReferee[referees[i]] = true;
        }
        emit Wired(referees);
    }

    /* PROPOSALS */

    /// @inheritdoc IRewardDistributor
    function propose(Proposal calldata proposal, Batch calldata lastMatured) external returns (uint64 id) {
        Period storage active = _periods[period];
        require(proposal.base == period, RewardDistributorStaleBase(proposal.base, period));
        require(
            proposal.cumulativeSum == uint256(active.cumulativeSum) + proposal.epochSum, RewardDistributorBadSum()
        );
        uint256 have = funded();
        require(proposal.cumulativeSum <= have, RewardDistributorUnfunded(proposal.cumulativeSum, have));
        require(_continues(active, proposal, lastMatured), RewardDistributorBadRange());

        id = ++proposalCount;
        ParameterWord set = parameters.currentWord();
        _proposals[id] = Record({
            hash: keccak256(abi.encode(proposal)),
            proposer: msg.sender,
            proposedAt: uint40(block.timestamp),
            version: set.version(),
            status: Status.Open
        });
        _ofBase[proposal.base].push(id);
        emit PeriodProposed(id, msg.sender, proposal);
        stake.lock(msg.sender, set.proposalBond());
    }

    /// @inheritdoc IRewardDistributor
    function activate(uint64 id, Proposal calldata proposal) external {
        Record storage record = _open(id, proposal);
        require(proposal.base == period, RewardDistributorStaleBase(proposal.base, period));
        ParameterWord set = _checkWindow(id, record);
        uint64 first = _first(proposal.base);
        require(id == first, RewardDistributorNotFirst(id, first));

        record.status = Status.Active;
        uint64 number = ++period;
        activeRoot = proposal.cumulativeRoot;
        _periods[number] = Period({
            cumulativeRoot: proposal.cumulativeRoot,
            cumulativeSum: proposal.cumulativeSum,
            cumulativeCount: proposal.cumulativeCount,
            finalityTo: proposal.finalityTo,
            maturedTo: proposal.maturedTo,
            dataDigest: proposal.dataDigest
        });
        emit PeriodActivated(number, id, proposal.cumulativeRoot, proposal.dataDigest);
        stake.release(record.proposer, set.proposalBond());
    }

    /// @inheritdoc IRewardDistributor
    function release(uint64 id, Proposal calldata proposal) external {
        Record storage record = _open(id, proposal);
        require(proposal.base < period, RewardDistributorStillFirst(id));
        ParameterWord set = _checkWindow(id, record);
        record.status = Status.Released;
        emit ProposalReleased(id);
        stake.release(record.proposer, set.proposalBond());
    }

    /// @inheritdoc IRewardDistributor
    function convict(uint64 id, Proposal calldata proposal, address reporter, bytes32 kind) external onlyReferee {
        Record storage record = _open(id, proposal);
        record.status = Status.Convicted;
        emit ProposalConvicted(id, kind, reporter);
        _first(proposal.base);
        ParameterWord set = parameters.wordAt(record.version);
        stake.slash(
            record.proposer,
            set.proposalBond(),
            reporter,
            keccak256(abi.encode(address(this), id)),
            set.burnedBps(),
            set.reporterBps()
        );
    }

    /// @inheritdoc IRewardDistributor
    function hold(uint64 id, uint64 until) external onlyReferee {
        heldUntil[id] = until;
        emit ProposalHeld(id, until);
    }

    /// @inheritdoc IRewardDistributor
    function takeOut(uint64 batchId, uint112 amount) external onlyReferee {
        require(amount > 0 && !isForfeited[batchId], RewardDistributorNothingForfeit(batchId));
        isForfeited[batchId] = true;
        forfeited += amount;
        emit Forfeited(batchId, amount);
        uint112 insured = amount / 2;
        token.burn(amount - insured);
        if (insured == 0) return;
        token.forceApprove(address(escrow), insured);
        escrow.addInsurance(insured);
    }

    /* CLAIMS */

    /// @inheritdoc IRewardDistributor
    function claim(bytes32 assetId, uint128 previous, uint128 cumulative, uint32 index, bytes calldata path)
        external
    {
        _claim(activeRoot, assetId, previous, cumulative, index, path);
    }

    /// @inheritdoc IRewardDistributor
    function claimMany(Claim[] calldata claims) external {
        bytes32 root = activeRoot;
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata one = claims[i];
            _claim(root, one.assetId, one.previous, one.cumulative, one.index, one.path);
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
        return escrow.totalRewards() - forfeited;
    }

    /* PARTS */

    /// @dev Finality times ascend, so that the last matured batch speaks for all.
    function _continues(Period storage active, Proposal calldata proposal, Batch calldata lastMatured)
        private
        view
        returns (bool yes)
    {
        (uint64 from, uint64 to) = (proposal.finalityFrom, proposal.finalityTo);
        (uint64 maturedFrom, uint64 maturedTo) = (proposal.maturedFrom, proposal.maturedTo);
        if (from != active.finalityTo || maturedFrom != active.maturedTo) return false;
        if (to < from || maturedTo < maturedFrom || (to == from && maturedTo == maturedFrom)) return false;
        if (to > registry.finalityCount() || maturedTo > to) return false;
        return maturedTo == maturedFrom || _isMature(lastMatured, maturedTo - 1);
    }

    function _isMature(Batch calldata batch, uint64 index) private view returns (bool yes) {
        Stamp calldata stamp = batch.stamp;
        return stamp.status == BatchStatus.Final && stamp.finalityIndex == index
            && stamp.finalisedAt + maturity <= block.timestamp && registry.isBatch(batch);
    }

    function _open(uint64 id, Proposal calldata proposal) private view returns (Record storage record) {
        record = _proposals[id];
        require(record.status == Status.Open, RewardDistributorWrongStatus(id, record.status));
        require(isProposal(id, proposal), RewardDistributorWrongProposal(id));
    }

    function _checkWindow(uint64 id, Record storage record) private view returns (ParameterWord set) {
        set = parameters.wordAt(record.version);
        uint64 until = parameters.endOf(record.proposedAt, set.rewardWindow());
        uint64 held = heldUntil[id];
        if (held > until) until = held;
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

    function _claim(
        bytes32 root,
        bytes32 assetId,
        uint128 previous,
        uint128 cumulative,
        uint256 index,
        bytes calldata path
    ) private {
        bytes32 leaf = keccak256(abi.encodePacked(TAG_CUMULATIVE, assetId, previous));
        (bytes32 found,) = SumTree.fold(index, SumTree.leafNode(leaf, cumulative), cumulative, path);
        require(found == root, RewardDistributorBadProof(assetId));
        uint128 paid = claimedOf[assetId];
        require(cumulative > paid, RewardDistributorNothingDue(assetId));
        claimedOf[assetId] = cumulative;
        address account = datasets.payoutOf(assetId);
        if (account == address(0)) account = models.payoutOf(assetId);
        if (account == address(0)) account = agents.payoutOf(assetId);
        require(account != address(0), RewardDistributorUnknownAsset(assetId));
        uint128 due = cumulative - paid;
        emit Claimed(assetId, account, due);
        token.safeTransfer(account, due);
    }
}
