// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAuditCourt} from "../interfaces/audit/IAuditCourt.sol";
import {ICourtKeeper} from "../interfaces/audit/ICourtKeeper.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Batches} from "../libraries/Batches.sol";
import {Bonds} from "../libraries/Bonds.sol";
import {Batch, BatchHeader, BatchStatus, Stamp} from "../types/Batch.sol";
import {ParameterWord} from "../types/ParameterWord.sol";

/// @title Settlement batches
/// @dev Escrow, stake, parameters and token are fixed and call nobody back.
contract AttributionRegistry is IAttributionRegistry, AccessManaged {
    /// @notice Holds the money.
    IUsageEscrow public immutable escrow;
    /// @notice Holds the bonds.
    IOperatorStake public immutable stake;
    /// @notice Windows and bonds.
    IParameters public immutable parameters;
    address private immutable _deployer;

    /// @inheritdoc IAttributionRegistry
    uint64 public batchCount;
    /// @inheritdoc IAttributionRegistry
    uint64 public finalityCount;
    bool private _wired;
    /// @inheritdoc ICourtKeeper
    address public court;

    mapping(address account => bool yes) public isReferee;
    mapping(uint64 batchId => bytes32 commitment) public commitmentOf;
    mapping(uint64 batchId => uint64 until) public heldUntil;
    mapping(address operator => bytes32 headerHash) public lastHeaderOf;
    mapping(address operator => Chain chain) private _chains;

    modifier onlyReferee() {
        require(isReferee[msg.sender], AttributionRegistryNotReferee(msg.sender));
        _;
    }

    modifier onlyCourt() {
        require(msg.sender == court, AttributionRegistryNotCourt(msg.sender));
        _;
    }

    /// @param authority An AccessManager, which says who sets the court.
    /// @param escrow_ The UsageEscrow.
    /// @param stake_ The OperatorStake.
    /// @param parameters_ The Parameters.
    constructor(address authority, IUsageEscrow escrow_, IOperatorStake stake_, IParameters parameters_)
        AccessManaged(authority)
    {
        require(
            address(escrow_) != address(0) && address(stake_) != address(0) && address(parameters_) != address(0),
            AttributionRegistryBadParameter()
        );
        (escrow, stake, parameters) = (escrow_, stake_, parameters_);
        _deployer = msg.sender;
    }

    /// @inheritdoc IAttributionRegistry
    function wire(address[] calldata referees) external {
        require(msg.sender == _deployer, AttributionRegistryNotDeployer(msg.sender));
        require(!_wired, AttributionRegistryAlreadyWired());
        require(referees.length > 0, AttributionRegistryBadParameter());
        _wired = true;
        for (uint256 i = 0; i < referees.length; ++i) {
            require(referees[i] != address(0), AttributionRegistryBadParameter());
            isReferee[referees[i]] = true;
        }
        emit Wired(referees);
    }

    /// @inheritdoc ICourtKeeper
    function setCourt(address court_) external restricted {
        require(court == address(0), AttributionRegistryAlreadyWired());
        require(court_ != address(0), AttributionRegistryBadParameter());
        court = court_;
        isReferee[court_] = true;
        emit CourtSet(court_);
    }

    /* LIFE CYCLE */

    /// @inheritdoc IAttributionRegistry
    function submitBatch(BatchHeader calldata header) external returns (uint64 batchId) {
        require(header.poster == header.operator, AttributionRegistryNotPoster(header.operator, header.poster));
        return _submit(header, uint64(block.timestamp), 0);
    }

    /// @inheritdoc IAttributionRegistry
    function replaceBatch(BatchHeader calldata header, Batch calldata convicted) external returns (uint64 batchId) {
        uint64 convictedId = convicted.id;
        _check(convicted);
        BatchStatus status = convicted.stamp.status;
        require(status == BatchStatus.Convicted, AttributionRegistryWrongStatus(convictedId, status));
        require(
            header.operator == convicted.header.operator && header.total <= convicted.header.total,
            AttributionRegistryNotReplacement(convictedId)
        );
        uint64 judgedAt = convicted.stamp.judgedAt;
        batchId = _submit(header, judgedAt, convictedId);
        emit BatchReplaced(batchId, convictedId, judgedAt);
    }

    /// @inheritdoc IAttributionRegistry
    function finaliseBatch(Batch calldata batch) external {
        _checkStatus(batch, BatchStatus.Open);
        Stamp memory stamp = batch.stamp;
        BatchHeader calldata header = batch.header;
        Chain storage chain = _chains[header.operator];
        (uint64 sequence, uint64 finalised) = (stamp.sequence, chain.finalised);
        require(
            sequence == finalised && sequence < chain.next, AttributionRegistryNotNext(sequence, finalised)
        );
        (uint64 from, bool isClear) = _progress(batch);
        require(isClear, AttributionRegistryNotAudited(batch.id));
        ParameterWord set = _checkWindow(batch, from);
        chain.finalised = finalised + 1;
        uint64 index = finalityCount++;
        (stamp.status, stamp.finalityIndex, stamp.finalisedAt) = (BatchStatus.Final, index, uint64(block.timestamp));
        commitmentOf[batch.id] = Batches.commitmentOf(Batches.hashOf(header), stamp);
        emit BatchFinalised(batch.id, index, uint64(block.timestamp));
        stake.release(header.poster, Bonds.bond(header.total, set));
        escrow.completeSettlement(header.operator, header.total, header.burned, header.audit, header.insurance);
    }

    /// @inheritdoc IAttributionRegistry
    function voidBatch(Batch calldata batch) external {
        _checkStatus(batch, BatchStatus.Open);
        address operator = batch.header.operator;
        Chain storage chain = _chains[operator];
        require(batch.stamp.sequence >= chain.next, AttributionRegistryStands(batch.id));
        --chain.orphans;
        commitmentOf[batch.id] = Batches.commitmentAs(batch, BatchStatus.Voided);
        emit BatchVoided(batch.id);
        escrow.returnSettlement(operator, batch.header.total);
    }

    /// @inheritdoc IAttributionRegistry
    function releaseVoided(Batch calldata batch) external {
        _checkStatus(batch, BatchStatus.Voided);
        ParameterWord set = _checkWindow(batch, batch.stamp.submittedAt);
        commitmentOf[batch.id] = Batches.commitmentAs(batch, BatchStatus.Released);
        emit BatchReleased(batch.id);
        stake.release(batch.header.poster, Bonds.bond(batch.header.total, set));
    }

    /* REFEREES */

    /// @inheritdoc IAttributionRegistry
    function convict(Batch calldata batch, address reporter, bytes32 kind) external onlyReferee {
        _check(batch);
        BatchStatus status = batch.stamp.status;
        require(
            status == BatchStatus.Open || status == BatchStatus.Voided,
            AttributionRegistryWrongStatus(batch.id, status)
        );
        commitmentOf[batch.id] = Batches.commitmentAs(batch, BatchStatus.Convicted);
        emit BatchConvicted(batch.id, kind, reporter);
        BatchHeader calldata header = batch.header;
        if (status == BatchStatus.Open) {
            _takeOut(header, batch.stamp.sequence);
            escrow.returnSettlement(header.operator, header.total);
        }
        ParameterWord set = parameters.wordAt(header.parameterVersion);
        stake.slash(
            header.poster,
            Bonds.bond(header.total, set),
            reporter,
            keccak256(abi.encode(address(this), batch.id)),
            set.burnedBps(),
            set.reporterBps()
        );
    }

    /// @inheritdoc IAttributionRegistry
    function hold(uint64 batchId, uint64 until) external onlyReferee {
        heldUntil[batchId] = until;
        emit BatchHeld(batchId, until);
    }

    /* COURT */

    /// @inheritdoc ICourtKeeper
    function payAudit(address verifier, uint56 amount) external {
        require(
            court != address(0) && msg.sender == address(IAuditCourt(court).fund()),
            AttributionRegistryNotCourt(msg.sender)
        );
        escrow.payAudit(verifier, amount);
    }

    /// @inheritdoc ICourtKeeper
    function voidUnserved(Batch calldata batch) external onlyCourt {
        _checkStatus(batch, BatchStatus.Open);
        commitmentOf[batch.id] = Batches.commitmentAs(batch, BatchStatus.Voided);
        emit BatchVoided(batch.id);
        _takeOut(batch.header, batch.stamp.sequence);
        escrow.returnSettlement(batch.header.operator, batch.header.total);
    }

    /* VIEWS */

    /// @inheritdoc ICourtKeeper
    function windowFrom(Batch calldata batch) external view returns (uint64 from) {
        (from,) = _progress(batch);
    }

    /// @inheritdoc IAttributionRegistry
    function isBatch(Batch calldata batch) public view returns (bool yes) {
        bytes32 commitment = commitmentOf[batch.id];
        return commitment != 0 && commitment == Batches.commitmentOf(batch);
    }

    /// @inheritdoc IAttributionRegistry
    function stands(Batch calldata batch) external view returns (bool yes) {
        BatchStatus status = batch.stamp.status;
        bool open = status == BatchStatus.Open && batch.stamp.sequence < _chains[batch.header.operator].next;
        return isBatch(batch) && (open || status == BatchStatus.Final);
    }

    /// @inheritdoc IAttributionRegistry
    function chainOf(address operator) external view returns (Chain memory chain) {
        return _chains[operator];
    }

    /// @inheritdoc IAttributionRegistry
    function bondOf(uint128 total, uint256 version) external view returns (uint128 bond) {
        return Bonds.bond(total, parameters.wordAt(version));
    }

    /* PARTS */

    function _submit(BatchHeader calldata header, uint64 judgedAt, uint64 replaces) private returns (uint64 batchId) {
        (address operator, address poster, uint128 total) = (header.operator, header.poster, header.total);
        require(msg.sender == poster, AttributionRegistryNotPoster(msg.sender, poster));
        require(header.receiptCount > 0 && total > 0, AttributionRegistryEmpty());
        uint256 reserved = uint256(header.burned) + header.audit + header.insurance;
        require(reserved <= total, AttributionRegistryBadShares(total, reserved));
        ParameterWord set = parameters.currentWord();
        require(
            header.parameterVersion == set.version(),
            AttributionRegistryWrongParameters(header.parameterVersion, set.version())
        );
        (uint64 sequence, bytes32 headerHash) = _append(header);
        batchId = ++batchCount;
        Stamp memory stamp;
        (stamp.submittedAt, stamp.judgedAt, stamp.sequence) = (uint64(block.timestamp), judgedAt, sequence);
        (stamp.replaces, stamp.status) = (replaces, BatchStatus.Open);
        commitmentOf[batchId] = Batches.commitmentOf(headerHash, stamp);
        _announce(batchId, header, sequence);
        stake.lock(poster, Bonds.bond(total, set));
        escrow.beginSettlement(operator, total);
    }

    /// @dev Links the header to the operator's chain.
    function _append(BatchHeader calldata header) private returns (uint64 sequence, bytes32 headerHash) {
        require(Batches.isClean(header), AttributionRegistryUnclean());
        address operator = header.operator;
        bytes32 last = lastHeaderOf[operator];
        require(header.previousHeader == last, AttributionRegistryStaleHeader(header.previousHeader, last));
        Chain storage chain = _chains[operator];
        uint64 orphans = chain.orphans;
        require(orphans == 0, AttributionRegistryOrphans(orphans));
        sequence = chain.next;
        chain.next = sequence + 1;
        headerHash = Batches.hashOf(header);
        lastHeaderOf[operator] = headerHash;
    }

    /// @dev `emit BatchSubmitted`, whose data begin with the header as it came.
    function _announce(uint64 batchId, BatchHeader calldata header, uint64 sequence) private {
        bytes32 topic = BatchSubmitted.selector;
        uint256 size = Batches.HEADER_SIZE;
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, header, size)
            mstore(add(start, size), sequence)
            mstore(add(start, add(size, 32)), timestamp())
            log3(start, add(size, 64), topic, batchId, calldataload(header))
        }
    }

    /// @dev Ends the operator's chain before the convicted batch. While orphans wait nothing is appended, so that a
    /// sequence at or above `next` is an orphan's.
    function _takeOut(BatchHeader calldata header, uint64 sequence) private {
        Chain storage chain = _chains[header.operator];
        uint64 next = chain.next;
        if (sequence >= next) {
            --chain.orphans;
            return;
        }
        (chain.next, chain.orphans) = (sequence, chain.orphans + next - sequence - 1);
        lastHeaderOf[header.operator] = header.previousHeader;
    }

    function _check(Batch calldata batch) private view {
        require(isBatch(batch), AttributionRegistryWrongBatch(batch.id));
    }

    function _checkStatus(Batch calldata batch, BatchStatus wanted) private view {
        _check(batch);
        BatchStatus status = batch.stamp.status;
        require(status == wanted, AttributionRegistryWrongStatus(batch.id, status));
    }

    /// @dev When its window began, and whether no audit is under way. Without a court that is at once.
    function _progress(Batch calldata batch) private view returns (uint64 from, bool isClear) {
        uint64 submittedAt = batch.stamp.submittedAt;
        if (court == address(0)) return (submittedAt, true);
        return IAuditCourt(court).progressOf(batch.id, submittedAt);
    }

    function _checkWindow(Batch calldata batch, uint64 from) private view returns (ParameterWord set) {
        set = parameters.wordAt(batch.header.parameterVersion);
        uint64 until = parameters.endOf(from, set.challengeWindow());
        uint64 held = heldUntil[batch.id];
        if (held > until) until = held;
        require(block.timestamp >= until, AttributionRegistryWindowOpen(until));
    }
}
