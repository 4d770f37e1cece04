// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ILeafDemands} from "../interfaces/datasets/ILeafDemands.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {KIND_DATASET} from "../types/AssetKind.sol";
import {Dataset, Fault, RecordProof} from "../types/Dataset.sol";
import {LicenceGrants} from "./LicenceGrants.sol";

/// @title The book of data sets, what convicts them, and demands to open a leaf
abstract contract LeafDemands is ILeafDemands, LicenceGrants {
    using SafeERC20 for IOpenToken;

    bytes1 private constant TAG_RECORD = 0x08;
    uint256 private constant REPORTER_BPS = 3_000;
    uint256 private constant FULL_BPS = 10_000;

    /// @notice The token that bonds are paid in.
    IOpenToken public immutable token;
    /// @notice Whose insurance pool gets the rest of a lost bond.
    IUsageEscrow public immutable escrow;
    /// @inheritdoc ILeafDemands
    uint64 public immutable demandBond;
    /// @inheritdoc ILeafDemands
    uint64 public immutable demandWindow;

    mapping(bytes32 datasetId => Dataset found) internal _datasets;
    mapping(bytes32 datasetId => mapping(uint32 index => Demand open)) private _demands;

    constructor(IOpenToken token_, IUsageEscrow escrow_, uint64 demandBond_, uint64 demandWindow_) {
        (token, escrow, demandBond, demandWindow) = (token_, escrow_, demandBond_, demandWindow_);
    }

    /* DEMANDS */

    /// @inheritdoc ILeafDemands
    function demandLeaf(bytes32 datasetId, uint32 index) external {
        Dataset storage found = _standing(datasetId);
        require(index < found.count, LeafDemandsBadIndex(index, found.count));
        Demand storage demand = _demands[datasetId][index];
        require(demand.demander == address(0), LeafDemandsExists(datasetId, index));
        uint64 until = uint64(block.timestamp) + demandWindow;
        (demand.demander, demand.until) = (msg.sender, until);
        ++found.openDemands;
        emit LeafDemanded(datasetId, index, msg.sender, until);
        token.safeTransferFrom(msg.sender, address(this), demandBond);
    }

    /// @inheritdoc ILeafDemands
    function openLeaf(RecordProof calldata opened, bytes32 contentHash) external {
        bytes32 datasetId = opened.datasetId;
        (, uint64 until) = _takeDemand(datasetId, opened.index);
        require(block.timestamp < until, LeafDemandsTooLate(until));
        uint256 count = _datasets[datasetId].count;
        // Here the declared count is judged too: a leaf elsewhere in the tree answers nothing.
        require(SumTree.isDepth(SumTree.levels(opened.path), count), LeafDemandsBadProof(datasetId));
        require(_checkRecord(opened, contentHash) == count, LeafDemandsBadProof(datasetId));
        emit LeafOpened(datasetId, opened.index, contentHash, opened.salt);
        token.safeTransfer(payoutOf(datasetId), demandBond);
    }

    /// @inheritdoc ILeafDemands
    function closeDemand(bytes32 datasetId, uint32 index) external {
        (address demander, uint64 until) = _takeDemand(datasetId, index);
        require(block.timestamp >= until, LeafDemandsTooEarly(until));
        emit LeafUnopened(datasetId, index, demander);
        token.safeTransfer(demander, demandBond);
        if (_datasets[datasetId].fault == Fault.None) _convict(datasetId, Fault.Unopened, demander);
    }

    /// @inheritdoc ILeafDemands
    function demandOf(bytes32 datasetId, uint32 index) external view returns (Demand memory demand) {
        return _demands[datasetId][index];
    }

    /* PARTS */

    /// @dev At least half of the bond burns, a capped part goes to the reporter, the rest insures.
    function _convict(bytes32 datasetId, Fault fault, address reporter) internal {
        Dataset storage found = _datasets[datasetId];
        uint64 bond = found.bond;
        if (found.convictedAt == 0) found.convictedAt = uint40(block.timestamp);
        (found.fault, found.bond) = (fault, 0);
        _retire(datasetId);
        uint64 rewarded = uint64(bond * REPORTER_BPS / FULL_BPS);
        uint64 burned = bond - bond / 2;
        uint64 insured = bond - burned - rewarded;
        emit DatasetConvicted(datasetId, fault, reporter, burned, rewarded, insured);
        if (bond == 0) return;
        token.burn(burned);
        token.safeTransfer(reporter, rewarded);
        if (insured > 0) {
            token.forceApprove(address(escrow), insured);
            escrow.addInsurance(insured);
        }
    }

    function _takeDemand(bytes32 datasetId, uint32 index) private returns (address demander, uint64 until) {
        Demand memory demand = _demands[datasetId][index];
        require(demand.demander != address(0), LeafDemandsUnknownDemand(datasetId, index));
        delete _demands[datasetId][index];
        --_datasets[datasetId].openDemands;
        return (demand.demander, demand.until);
    }

    function _known(bytes32 datasetId) internal view returns (Dataset storage found) {
        found = _datasets[datasetId];
        require(found.count != 0, LeafDemandsUnknownDataset(datasetId));
    }

    function _standing(bytes32 datasetId) internal view returns (Dataset storage found) {
        found = _known(datasetId);
        require(found.fault == Fault.None, LeafDemandsConvicted(datasetId));
    }

    /// @dev Reverts unless the record stands in the data set's tree; the sum of that tree.
    function _checkRecord(RecordProof calldata shown, bytes32 contentHash) internal view returns (uint256 sum) {
        bytes32 leaf = keccak256(abi.encodePacked(TAG_RECORD, shown.index, contentHash, shown.salt));
        bytes32 root;
        (root, sum) = SumTree.fold(shown.index, SumTree.leafNode(leaf, 1), 1, shown.path);
        bytes32 id = assetIdOf(shown.registrant, KIND_DATASET, root);
        require(id == shown.datasetId, LeafDemandsBadProof(shown.datasetId));
    }
}
