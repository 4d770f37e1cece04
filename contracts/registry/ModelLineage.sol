// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Members} from "../libraries/Members.sol";
import {KIND_MODEL} from "../types/AssetKind.sol";
import {Member} from "../types/Batch.sol";
import {ContentRegistry} from "./ContentRegistry.sol";

/// @title Models: what they descend from, what that pays, and whose consent they lost
abstract contract ModelLineage is IModelRegistry, ContentRegistry {
    /// @notice Longest lineage, in steps from a base.
    uint256 public constant MAX_DEPTH = 8;
    /// @notice Most ancestors: they all have a line in a receipt of at most 64, and a byte each in `distances`.
    uint256 public constant MAX_ANCESTORS = 16;

    uint256 private constant OWN_PPM = 600_000;
    uint256 private constant PASSED_ON = 2;
    uint256 private constant PASSED_ON_OF = 5;

    /// @inheritdoc IModelRegistry
    IContentRegistry public immutable datasets;

    mapping(bytes32 modelId => Model found) private _models;
    mapping(bytes32 modelId => bytes32[] ancestors) private _ancestors;

    constructor(IContentRegistry datasets_) {
        require(address(datasets_) != address(0), ModelRegistryZeroParameter());
        datasets = datasets_;
    }

    /* MODELS */

    /// @inheritdoc IModelRegistry
    function registerBase(bytes32 digest, bytes32 metadataDigest) external returns (bytes32 modelId) {
        modelId = _registerAsset(KIND_MODEL, digest);
        Model storage made = _models[modelId];
        (made.baseId, made.digest, made.cidDigest) = (modelId, digest, metadataDigest);
        (made.gate, made.registeredAt) = (Gate.Registered, uint40(block.timestamp));
        emit BaseRegistered(modelId, msg.sender, digest, metadataDigest);
    }

    /// @inheritdoc IModelRegistry
    function registerAdapter(
        bytes32 baseId,
        bytes32[] calldata parents,
        bytes32 digest,
        bytes32 cidDigest,
        bytes32 manifestRoot,
        uint32 manifestCount,
        bytes32 evaluationId
    ) external returns (bytes32 modelId) {
        require(_isManifest(manifestRoot), ModelRegistryUnknownManifest(manifestRoot));
        require(manifestCount > 0, ModelRegistryUntrained(digest));
        _checkSealed(evaluationId);
        modelId = _registerAsset(KIND_MODEL, digest);
        Model storage made = _models[modelId];
        _inherit(modelId, made, baseId, parents);
        (made.baseId, made.digest, made.cidDigest) = (baseId, digest, cidDigest);
        (made.manifestRoot, made.manifestCount) = (manifestRoot, manifestCount);
        (made.gate, made.registeredAt) = (Gate.Registered, uint40(block.timestamp));
        made.evaluationId = evaluationId;
        _checkConsent(modelId);
        _announce(modelId, made, parents);
    }

    /// @inheritdoc IModelRegistry
    function flagModel(bytes32 modelId, Member calldata trainedOn, uint32 index) external {
        Model storage found = _knownModel(modelId);
        bytes32 datasetId = trainedOn.datasetId;
        uint64 retiredAt = datasets.retiredAtOf(datasetId);
        require(retiredAt != 0, ModelRegistryConsentStands(datasetId));
        bool stands = Members.isPresent(found.manifestRoot, trainedOn, index);
        require(stands, ModelRegistryNotTrainedOn(modelId, datasetId));
        if (found.flaggedAt == 0) found.flaggedAt = uint40(block.timestamp);
        emit ModelFlagged(modelId, datasetId, retiredAt);
    }

    /* VIEWS */

    /// @inheritdoc IModelRegistry
    function model(bytes32 modelId) external view returns (Model memory found) {
        return _models[modelId];
    }

    /// @inheritdoc IModelRegistry
    function ancestorsOf(bytes32 modelId) external view returns (bytes32[] memory ancestors) {
        return _ancestors[modelId];
    }

    /// @inheritdoc IModelRegistry
    function isAncestor(bytes32 modelId, bytes32 ancestorId) external view returns (bool yes) {
        return _has(_ancestors[modelId], ancestorId);
    }

    /// @inheritdoc IModelRegistry
    function lineageShareOf(bytes32 modelId, bytes32 assetId) external view returns (uint32 ppm) {
        Model storage found = _models[modelId];
        // Nobody can show who made a public base: what a base would earn stays null.
        if (found.depth == 0) return 0;
        if (assetId == modelId) return uint32(OWN_PPM);
        bytes32[] storage lineage = _ancestors[modelId];
        uint256 count = lineage.length;
        uint256 distance = 0;
        for (uint256 i = 1; i < count; ++i) {
            if (lineage[i] == assetId) distance = uint8(found.distances >> 8 * i);
        }
        if (distance == 0) return 0;
        uint256 sharers = 0;
        for (uint256 i = 1; i < count; ++i) {
            if (uint8(found.distances >> 8 * i) == distance) ++sharers;
        }
        uint256 part = OWN_PPM * PASSED_ON ** distance / PASSED_ON_OF ** distance;
        return uint32(part / sharers);
    }

    /// @inheritdoc IModelRegistry
    function lineageFlaggedAt(bytes32 modelId) public view returns (uint64 at) {
        at = _models[modelId].flaggedAt;
        bytes32[] storage lineage = _ancestors[modelId];
        uint256 count = lineage.length;
        for (uint256 i = 0; i < count; ++i) {
            uint64 other = _models[lineage[i]].flaggedAt;
            if (other != 0 && (at == 0 || other < at)) at = other;
        }
    }

    /* PARTS */

    /// @dev Whether a manifest with this root is registered.
    function _isManifest(bytes32 root) internal view virtual returns (bool yes);

    /// @dev Reverts unless the evaluation was committed in an earlier block.
    function _checkSealed(bytes32 evaluationId) internal view virtual;

    function _knownModel(bytes32 modelId) internal view returns (Model storage found) {
        found = _models[modelId];
        require(found.registeredAt != 0, ModelRegistryUnknownModel(modelId));
    }

    function _checkConsent(bytes32 modelId) internal view {
        uint64 at = lineageFlaggedAt(modelId);
        require(at == 0, ModelRegistryFlagged(modelId, at));
    }

    /// @dev Writes the lineage: the base first, then each parent's ancestors and the parent, each once and at its
    /// shortest distance.
    function _inherit(bytes32 modelId, Model storage made, bytes32 baseId, bytes32[] calldata parents) private {
        require(_knownModel(baseId).baseId == baseId, ModelRegistryNotBase(baseId));
        bytes32[] storage lineage = _ancestors[modelId];
        lineage.push(baseId);
        uint256 deepest = 0;
        uint256 distances = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            Model storage parent = _knownModel(parents[i]);
            require(parent.baseId == baseId, ModelRegistryForeignParent(parents[i], baseId));
            if (parent.depth > deepest) deepest = parent.depth;
            bytes32[] storage inherited = _ancestors[parents[i]];
            for (uint256 k = 1; k < inherited.length; ++k) {
                distances = _place(lineage, distances, inherited[k], uint8(parent.distances >> 8 * k) + 1);
            }
            distances = _place(lineage, distances, parents[i], 1);
        }
        require(deepest < MAX_DEPTH, ModelRegistryTooDeep(deepest + 1));
        (made.depth, made.distances) = (uint8(deepest + 1), uint128(distances));
    }

    /// @dev A base as a parent adds nothing: it is the first of the lineage already, and its distance stays 0.
    function _place(bytes32[] storage lineage, uint256 distances, bytes32 ancestorId, uint256 distance)
        private
        returns (uint256 placed)
    {
        uint256 length = lineage.length;
        for (uint256 i = 0; i < length; ++i) {
            if (lineage[i] != ancestorId) continue;
            uint256 known = uint8(distances >> 8 * i);
            return distance < known ? distances - ((known - distance) << 8 * i) : distances;
        }
        require(length < MAX_ANCESTORS, ModelRegistryTooManyAncestors(length + 1));
        lineage.push(ancestorId);
        return distances | (distance << 8 * length);
    }

    function _announce(bytes32 modelId, Model storage made, bytes32[] calldata parents) private {
        emit AdapterRegistered(
            modelId,
            made.baseId,
            msg.sender,
            parents,
            made.digest,
            made.cidDigest,
            made.manifestRoot,
            made.manifestCount,
            made.evaluationId
        );
    }

    function _has(bytes32[] storage list, bytes32 item) private view returns (bool yes) {
        uint256 length = list.length;
        for (uint256 i = 0; i < length; ++i) {
            if (list[i] == item) return true;
        }
        return false;
    }
}
