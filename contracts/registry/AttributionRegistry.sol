// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IOperatorStake} from "../interfaces/IOperatorStake.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {BatchHeader} from "../types/Batch.sol";

/// @title Settlement batches
/// @dev Escrow, stake and token are fixed and call nobody back.
contract AttributionRegistry is IAttributionRegistry {
    /// @notice Open batches of one operator; bounds the work of a conviction.
    uint256 public constant MAX_OPEN = 32;
    /// @notice Of the parameters that headers follow.
    uint32 public constant PARAMETER_VERSION = 1;

    /// @notice Holds the money.
    IUsageEscrow public immutable escrow;
    /// @notice Holds the bonds.
    IOperatorStake public immutable stake;
    /// @inheritdoc IAttributionRegistry
    uint64 public immutable challengeWindow;
    address private immutable _deployer;

    /// @inheritdoc IAttributionRegistry
    uint64 public batchCount;
    /// @inheritdoc IAttributionRegistry
    uint64 public finalityCount;
    bool private _wired;

    mapping(address account => bool yes) public isReferee;
    mapping(uint64 batchId => Record record) private _records;
    mapping(uint64 finalityIndex => FinalBatch batch) private _final;
    /// @dev Final batches first, then open ones; convicted and voided ones are taken off the end.
    mapping(address operator => uint64[] batchIds) private _standing;
    mapping(address operator => uint64 count) private _finalised;

    /// @param escrow_ The UsageEscrow.
    /// @param stake_ The OperatorStake.
    /// @param challengeWindow_ Seconds, more than zero.
    constructor(IUsageEscrow escrow_, IOperatorStake stake_, uint64 challengeWindow_) {
        require(
            address(escrow_) != address(0) && address(stake_) != address(0) && challengeWindow_ > 0,
            AttributionRegistryBadParameter()
        );
        (escrow, stake, challengeWindow) = (escrow_, stake_, challengeWindow_);
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

    /* LIFE CYCLE */

    /// @inheritdoc IAttributionRegistry
    function submitBatch(BatchHeader calldata header) external returns (uint64 batchId) {
        address operator = header.operator;
        require(msg.sender == operator && header.poster == operator, AttributionRegistryNotOperator(msg.sender));
        require(header.receiptCount > 0 && header.total > 0, AttributionRegistryEmpty());
        uint256 reserved = uint256(header.burned) + header.audit + header.insurance;
        require(reserved <= header.total, AttributionRegistryBadShares(header.total, reserved));
        uint32 version = header.parameterVersion;
        require(version == PARAMETER_VERSION, AttributionRegistryWrongParameters(version, PARAMETER_VERSION));
        bytes32 last = lastHeaderOf(operator);
        require(header.previousHeader == last, AttributionRegistryStaleHeader(header.previousHeader, last));
        uint64[] storage standing = _standing[operator];
        uint256 open = standing.length - _finalised[operator];
        require(open < MAX_OPEN, AttributionRegistryTooManyOpen(open));

        batchId = ++batchCount;
        bytes32 headerHash = keccak256(abi.encode(header));
        _records[batchId] = Record({
            headerHash: headerHash,
            operator: operator,
            submittedAt: uint64(block.timestamp),
            status: Status.Open,
            total: header.total,
            position: uint64(standing.length),
            finalityIndex: 0
        });
        standing.push(batchId);
        emit BatchSubmitted(batchId, operator, headerHash, header);
        stake.lock(operator, stake.requiredBond(header.total));
        escrow.beginSettlement(operator, header.total);
    }

    /// @inheritdoc IAttributionRegistry
    function finaliseBatch(uint64 batchId, BatchHeader calldata header) external {
        Record storage record = _checked(batchId, header);
        require(record.status == Status.Open, AttributionRegistryWrongStatus(batchId, record.status));
        _checkWindow(record);
        address operator = record.operator;
        uint64 next = nextOf(operator);
        require(batchId == next, AttributionRegistryNotNext(batchId, next));

        ++_finalised[operator];
        uint64 index = finalityCount++;
        (record.status, record.finalityIndex) = (Status.Final, index);
        _final[index] = FinalBatch(batchId, uint64(block.timestamp));
        emit BatchFinalised(batchId, index);
        stake.release(operator, stake.requiredBond(header.total));
        escrow.completeSettlement(operator, header.total, header.burned, header.audit, header.insurance);
    }

    /// @inheritdoc IAttributionRegistry
    function releaseVoided(uint64 batchId, BatchHeader calldata header) external {
        Record storage record = _checked(batchId, header);
        require(record.status == Status.Voided, AttributionRegistryWrongStatus(batchId, record.status));
        _checkWindow(record);
        record.status = Status.Released;
        emit BatchReleased(batchId);
        stake.release(record.operator, stake.requiredBond(record.total));
    }

    /// @inheritdoc IAttributionRegistry
    function convict(uint64 batchId, BatchHeader calldata header, address reporter, bytes32 kind) external {
        require(isReferee[msg.sender], AttributionRegistryNotReferee(msg.sender));
        Record storage record = _checked(batchId, header);
        Status status = record.status;
        require(status == Status.Open || status == Status.Voided, AttributionRegistryWrongStatus(batchId, status));
        record.status = Status.Convicted;
        (address operator, uint128 total) = (record.operator, record.total);
        emit BatchConvicted(batchId, kind, reporter);
        if (status == Status.Open) {
            _voidAfter(operator, batchId, record.position);
            escrow.returnSettlement(operator, total);
        }
        stake.slash(operator, stake.requiredBond(total), reporter);
    }

    /* VIEWS */

    /// @inheritdoc IAttributionRegistry
    function batchOf(uint64 batchId)
        external
        view
        returns (bytes32 headerHash, uint64 submittedAt, Status status, address operator)
    {
        Record storage record = _records[batchId];
        return (record.headerHash, record.submittedAt, record.status, record.operator);
    }

    /// @inheritdoc IAttributionRegistry
    function recordOf(uint64 batchId) external view returns (Record memory record) {
        return _records[batchId];
    }

    /// @inheritdoc IAttributionRegistry
    function lastHeaderOf(address operator) public view returns (bytes32 headerHash) {
        uint64[] storage standing = _standing[operator];
        uint256 count = standing.length;
        return count == 0 ? bytes32(0) : _records[standing[count - 1]].headerHash;
    }

    /// @inheritdoc IAttributionRegistry
    function nextOf(address operator) public view returns (uint64 batchId) {
        uint64[] storage standing = _standing[operator];
        uint64 finalised = _finalised[operator];
        return finalised < standing.length ? standing[finalised] : 0;
    }

    /// @inheritdoc IAttributionRegistry
    function isHeader(uint64 batchId, BatchHeader calldata header) public view returns (bool yes) {
        return _records[batchId].status != Status.None && _records[batchId].headerHash == keccak256(abi.encode(header));
    }

    /// @inheritdoc IAttributionRegistry
    function finalAt(uint64 finalityIndex) external view returns (FinalBatch memory batch) {
        return _final[finalityIndex];
    }

    /* PARTS */

    /// @dev Takes the convicted batch and every later one off the end of the standing list.
    function _voidAfter(address operator, uint64 convictedId, uint64 position) private {
        uint64[] storage standing = _standing[operator];
        for (uint256 last = standing.length - 1; last > position; --last) {
            uint64 batchId = standing[last];
            Record storage record = _records[batchId];
            record.status = Status.Voided;
            standing.pop();
            emit BatchVoided(batchId, convictedId);
            escrow.returnSettlement(operator, record.total);
        }
        standing.pop();
    }

    function _checked(uint64 batchId, BatchHeader calldata header) private view returns (Record storage record) {
        require(isHeader(batchId, header), AttributionRegistryWrongHeader(batchId));
        return _records[batchId];
    }

    function _checkWindow(Record storage record) private view {
        uint64 until = record.submittedAt + challengeWindow;
        require(block.timestamp >= until, AttributionRegistryWindowOpen(until));
    }
}
