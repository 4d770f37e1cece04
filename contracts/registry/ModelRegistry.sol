// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {KIND_AGENT, KIND_MODEL, KIND_OPERATOR} from "../types/AssetKind.sol";
import {Terms} from "../types/Terms.sol";
import {ContentRegistry} from "./ContentRegistry.sol";

/// @title Models with their lineage, operators, agents and terms
contract ModelRegistry is IModelRegistry, ContentRegistry {
    /// @notice Longest lineage, in steps from a base.
    uint256 public constant MAX_DEPTH = 8;
    /// @notice Most ancestors: they all have a line in a receipt of at most 64.
    uint256 public constant MAX_ANCESTORS = 16;
    /// @notice Longest base URL.
    uint256 public constant MAX_ENDPOINT_BYTES = 256;

    uint256 private constant PRICE_BOUND = 2 ** 31;
    uint256 private constant POTS = 8;
    uint256 private constant FULL_BPS = 10_000;

    mapping(bytes32 modelId => Model found) private _models;
    mapping(bytes32 modelId => bytes32[] ancestors) private _ancestors;
    mapping(bytes32 root => uint64 at) private _manifests;
    mapping(bytes32 root => uint64 at) private _indexes;
    mapping(bytes32 treeHash => bool yes) private _manifestTrees;
    mapping(bytes32 treeHash => bool yes) private _indexTrees;
    mapping(bytes32 operatorAsset => string endpoint) private _endpoints;
    mapping(bytes32 termsId => Terms found) private _terms;
    mapping(bytes32 termsId => uint64 at) private _termsRegistered;
    mapping(bytes32 termsId => uint64 at) private _termsRetired;

    /* MODELS */

    /// @inheritdoc IModelRegistry
    function registerBase(bytes32 digest, bytes32 metadataDigest) external returns (bytes32 modelId) {
        modelId = _registerAsset(KIND_MODEL, digest);
        Model storage made = _models[modelId];
        (made.baseId, made.digest, made.cidDigest) = (modelId, digest, metadataDigest);
        (made.gate, made.registeredAt) = (Gate.Registered, uint64(block.timestamp));
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
        bytes32 evaluationDigest
    ) external returns (bytes32 modelId) {
        require(_manifests[manifestRoot] != 0, ModelRegistryUnknownManifest(manifestRoot));
        modelId = _registerAsset(KIND_MODEL, digest);
        Model storage made = _models[modelId];
        made.depth = _inherit(modelId, baseId, parents);
        (made.baseId, made.digest, made.cidDigest) = (baseId, digest, cidDigest);
        (made.manifestRoot, made.manifestCount) = (manifestRoot, manifestCount);
        (made.gate, made.registeredAt) = (Gate.Registered, uint64(block.timestamp));
        made.evidenceDigest = evaluationDigest;
        _announce(modelId, made, parents);
    }

    /// @inheritdoc IModelRegistry
    function setGate(bytes32 modelId, Gate gate, bytes32 evidenceDigest) external onlyOwnerOf(modelId) {
        Model storage found = _knownModel(modelId);
        require(gate > found.gate, ModelRegistryBadGate(found.gate, gate));
        (found.gate, found.evidenceDigest) = (gate, evidenceDigest);
        emit GateSet(modelId, gate, evidenceDigest);
    }

    /* TREES */

    /// @inheritdoc IModelRegistry
    function registerManifest(bytes32 root, uint128 sum, uint32 count) external {
        bytes32 treeHash = _checkedTree(root, sum, count);
        if (_manifestTrees[treeHash]) return;
        _manifestTrees[treeHash] = true;
        if (_manifests[root] == 0) _manifests[root] = uint64(block.timestamp);
        emit ManifestRegistered(root, sum, count, msg.sender);
    }

    /// @inheritdoc IModelRegistry
    function registerIndex(bytes32 root, uint128 sum, uint32 count) external {
        bytes32 treeHash = _checkedTree(root, sum, count);
        if (_indexTrees[treeHash]) return;
        _indexTrees[treeHash] = true;
        if (_indexes[root] == 0) _indexes[root] = uint64(block.timestamp);
        emit IndexRegistered(root, sum, count, msg.sender);
    }

    /* OPERATORS AND AGENTS */

    /// @inheritdoc IModelRegistry
    function registerOperator(string calldata endpoint) external returns (bytes32 operatorAsset) {
        operatorAsset = _registerAsset(KIND_OPERATOR, _asContent(msg.sender));
        _writeEndpoint(operatorAsset, endpoint);
        emit OperatorRegistered(operatorAsset, msg.sender, endpoint);
    }

    /// @inheritdoc IModelRegistry
    function setEndpoint(string calldata endpoint) external {
        bytes32 operatorAsset = operatorAssetOf(msg.sender);
        require(kindOf(operatorAsset) == KIND_OPERATOR, ModelRegistryUnknownOperator(operatorAsset));
        _writeEndpoint(operatorAsset, endpoint);
        emit EndpointSet(operatorAsset, endpoint);
    }

    /// @inheritdoc IModelRegistry
    function registerAgent() external returns (bytes32 agentId) {
        agentId = _registerAsset(KIND_AGENT, _asContent(msg.sender));
        emit AgentRegistered(agentId, msg.sender);
    }

    /* TERMS */

    /// @inheritdoc IModelRegistry
    function registerTerms(Terms calldata offered) external returns (bytes32 termsId) {
        termsId = keccak256(abi.encode(offered));
        require(msg.sender == offered.operator, ModelRegistryNotOperator(msg.sender, offered.operator));
        require(_termsRegistered[termsId] == 0, ModelRegistryTermsExist(termsId));
        bytes32 asset = offered.operatorAsset;
        require(
            asset == operatorAssetOf(msg.sender) && kindOf(asset) == KIND_OPERATOR, ModelRegistryUnknownOperator(asset)
        );
        _checkOffer(offered.modelId, offered.manifestRoot, offered.indexRoot);
        _checkPrice(offered.priceIn);
        _checkPrice(offered.priceOut);
        _checkPots(offered.pots);
        _terms[termsId] = offered;
        _termsRegistered[termsId] = uint64(block.timestamp);
        emit TermsRegistered(termsId, offered.modelId, msg.sender, offered);
    }

    /// @inheritdoc IModelRegistry
    function retireTerms(bytes32 termsId) external {
        require(_termsRegistered[termsId] != 0, ModelRegistryUnknownTerms(termsId));
        address operator = _terms[termsId].operator;
        require(msg.sender == operator, ModelRegistryNotOperator(msg.sender, operator));
        require(_termsRetired[termsId] == 0, ModelRegistryTermsRetired(termsId, _termsRetired[termsId]));
        _termsRetired[termsId] = uint64(block.timestamp);
        emit TermsRetired(termsId, uint64(block.timestamp));
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
    function manifestRegisteredAt(bytes32 root) external view returns (uint64 at) {
        return _manifests[root];
    }

    /// @inheritdoc IModelRegistry
    function indexRegisteredAt(bytes32 root) external view returns (uint64 at) {
        return _indexes[root];
    }

    /// @inheritdoc IModelRegistry
    function isManifest(bytes32 root, uint128 sum, uint32 count) external view returns (bool yes) {
        return _manifestTrees[keccak256(abi.encode(root, sum, count))];
    }

    /// @inheritdoc IModelRegistry
    function isIndex(bytes32 root, uint128 sum, uint32 count) external view returns (bool yes) {
        return _indexTrees[keccak256(abi.encode(root, sum, count))];
    }

    /// @inheritdoc IModelRegistry
    function operatorAssetOf(address operator) public view returns (bytes32 operatorAsset) {
        return assetIdOf(operator, KIND_OPERATOR, _asContent(operator));
    }

    /// @inheritdoc IModelRegistry
    function endpointOf(bytes32 operatorAsset) external view returns (string memory endpoint) {
        return _endpoints[operatorAsset];
    }

    /// @inheritdoc IModelRegistry
    function terms(bytes32 termsId) external view returns (Terms memory found) {
        return _terms[termsId];
    }

    /// @inheritdoc IModelRegistry
    function termsRegisteredAt(bytes32 termsId) external view returns (uint64 at) {
        return _termsRegistered[termsId];
    }

    /// @inheritdoc IModelRegistry
    function termsRetiredAt(bytes32 termsId) external view returns (uint64 at) {
        return _termsRetired[termsId];
    }

    /// @inheritdoc IModelRegistry
    /// @dev The three reserved pots have a floor, so that no wash trade is free; no pot can swallow a fee.
    function potBounds(uint256 pot) public pure returns (uint16 least, uint16 most) {
        require(pot < POTS, ModelRegistryPotOutOfBounds(pot, 0));
        if (pot < 3) return (100, 2_000);
        if (pot == 3) return (0, 7_000);
        return (0, pot == 7 ? 1_000 : 5_000);
    }

    /* PARTS */

    /// @dev Writes the lineage: the base first, then each parent's ancestors and the parent, each once.
    function _inherit(bytes32 modelId, bytes32 baseId, bytes32[] calldata parents) private returns (uint8 depth) {
        require(_knownModel(baseId).baseId == baseId, ModelRegistryNotBase(baseId));
        bytes32[] storage lineage = _ancestors[modelId];
        lineage.push(baseId);
        uint256 deepest = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            Model storage parent = _knownModel(parents[i]);
            require(parent.baseId == baseId, ModelRegistryForeignParent(parents[i], baseId));
            if (parent.depth > deepest) deepest = parent.depth;
            bytes32[] storage inherited = _ancestors[parents[i]];
            for (uint256 k = 0; k < inherited.length; ++k) {
                _pushOnce(lineage, inherited[k]);
            }
            _pushOnce(lineage, parents[i]);
        }
        require(deepest < MAX_DEPTH, ModelRegistryTooDeep(deepest + 1));
        return uint8(deepest + 1);
    }

    function _pushOnce(bytes32[] storage lineage, bytes32 ancestorId) private {
        if (_has(lineage, ancestorId)) return;
        require(lineage.length < MAX_ANCESTORS, ModelRegistryTooManyAncestors(lineage.length + 1));
        lineage.push(ancestorId);
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
            made.evidenceDigest
        );
    }

    function _writeEndpoint(bytes32 operatorAsset, string calldata endpoint) private {
        uint256 length = bytes(endpoint).length;
        require(length > 0 && length <= MAX_ENDPOINT_BYTES, ModelRegistryBadEndpoint(length));
        _endpoints[operatorAsset] = endpoint;
    }

    function _checkOffer(bytes32 modelId, bytes32 manifestRoot, bytes32 indexRoot) private view {
        Model storage offered = _knownModel(modelId);
        require(offered.gate != Gate.Retired && retiredAtOf(modelId) == 0, ModelRegistryModelRetired(modelId));
        require(_manifests[manifestRoot] != 0, ModelRegistryUnknownManifest(manifestRoot));
        require(_indexes[indexRoot] != 0, ModelRegistryUnknownIndex(indexRoot));
        bytes32 expected = offered.manifestRoot;
        require(expected == 0 || expected == manifestRoot, ModelRegistryManifestMismatch(manifestRoot, expected));
    }

    /// @dev Fees of such prices, for token counts below the same bound, split without overflow in 64 bits.
    function _checkPrice(uint128 price) private pure {
        require(price < PRICE_BOUND, ModelRegistryPriceOutOfBounds(price));
    }

    function _checkPots(uint16[POTS] calldata pots) private pure {
        uint256 sum = 0;
        for (uint256 pot = 0; pot < POTS; ++pot) {
            (uint16 least, uint16 most) = potBounds(pot);
            uint16 bps = pots[pot];
            require(bps >= least && bps <= most, ModelRegistryPotOutOfBounds(pot, bps));
            sum += bps;
        }
        require(sum == FULL_BPS, ModelRegistryPotSum(sum));
    }

    function _checkedTree(bytes32 root, uint128 sum, uint32 count) private pure returns (bytes32 treeHash) {
        require(root != 0, ContentRegistryZeroContent());
        bool plausible = count == 0 ? sum == 0 : sum >= count;
        require(plausible, ModelRegistryBadTree(root, sum, count));
        return keccak256(abi.encode(root, sum, count));
    }

    function _knownModel(bytes32 modelId) private view returns (Model storage found) {
        found = _models[modelId];
        require(found.registeredAt != 0, ModelRegistryUnknownModel(modelId));
    }

    function _has(bytes32[] storage list, bytes32 item) private view returns (bool yes) {
        uint256 length = list.length;
        for (uint256 i = 0; i < length; ++i) {
            if (list[i] == item) return true;
        }
        return false;
    }

    function _asContent(address who) private pure returns (bytes32 content) {
        return bytes32(uint256(uint160(who)));
    }
}
