// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {KIND_OPERATOR} from "../types/AssetKind.sol";
import {Terms} from "../types/Terms.sol";
import {ModelGates} from "./ModelGates.sol";
import {ModelLineage} from "./ModelLineage.sol";

/// @title Models with their lineage, operators and terms
contract ModelRegistry is ModelGates {
    struct TermsDates {
        uint64 registeredAt;
        uint64 retiredAt;
    }

    /// @notice Longest base URL.
    uint256 public constant MAX_ENDPOINT_BYTES = 256;

    uint256 private constant PRICE_BOUND = 2 ** 31;
    uint256 private constant POTS = 8;
    uint256 private constant FULL_BPS = 10_000;

    mapping(bytes32 root => uint64 at) private _manifests;
    mapping(bytes32 root => uint64 at) private _indexes;
    mapping(bytes32 operatorAsset => string endpoint) private _endpoints;
    mapping(bytes32 termsId => Terms found) private _terms;
    mapping(bytes32 termsId => TermsDates dates) private _termsDates;

    /// @param datasets_ The DatasetRegistry, which knows whose consent was withdrawn.
    constructor(IContentRegistry datasets_) ModelLineage(datasets_) {}

    /* TREES */

    /// @inheritdoc IModelRegistry
    function registerManifest(bytes32 root, uint128 sum, uint32 count) external {
        _checkTree(root, sum, count);
        if (_manifests[root] != 0) return;
        _manifests[root] = uint64(block.timestamp);
        emit ManifestRegistered(root, sum, count, msg.sender);
    }

    /// @inheritdoc IModelRegistry
    function registerIndex(bytes32 root, uint128 sum, uint32 count) external {
        _checkTree(root, sum, count);
        if (_indexes[root] != 0) return;
        _indexes[root] = uint64(block.timestamp);
        emit IndexRegistered(root, sum, count, msg.sender);
    }

    /* OPERATORS */

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

    /* TERMS */

    /// @inheritdoc IModelRegistry
    function registerTerms(Terms calldata offered) external returns (bytes32 termsId) {
        termsId = keccak256(abi.encode(offered));
        require(msg.sender == offered.operator, ModelRegistryNotOperator(msg.sender, offered.operator));
        require(_termsDates[termsId].registeredAt == 0, ModelRegistryTermsExist(termsId));
        bytes32 asset = offered.operatorAsset;
        require(
            asset == operatorAssetOf(msg.sender) && kindOf(asset) == KIND_OPERATOR, ModelRegistryUnknownOperator(asset)
        );
        _checkOffer(offered.modelId, offered.manifestRoot, offered.indexRoot);
        _checkPrice(offered.priceIn);
        _checkPrice(offered.priceOut);
        _checkPots(offered.pots);
        _terms[termsId] = offered;
        _termsDates[termsId].registeredAt = uint64(block.timestamp);
        emit TermsRegistered(termsId, offered.modelId, msg.sender, offered);
    }

    /// @inheritdoc IModelRegistry
    function retireTerms(bytes32 termsId) external {
        TermsDates storage dates = _termsDates[termsId];
        require(dates.registeredAt != 0, ModelRegistryUnknownTerms(termsId));
        address operator = _terms[termsId].operator;
        require(msg.sender == operator, ModelRegistryNotOperator(msg.sender, operator));
        require(dates.retiredAt == 0, ModelRegistryTermsRetired(termsId, dates.retiredAt));
        dates.retiredAt = uint64(block.timestamp);
        emit TermsRetired(termsId, uint64(block.timestamp));
    }

    /* VIEWS */

    /// @inheritdoc IModelRegistry
    function manifestRegisteredAt(bytes32 root) external view returns (uint64 at) {
        return _manifests[root];
    }

    /// @inheritdoc IModelRegistry
    function indexRegisteredAt(bytes32 root) external view returns (uint64 at) {
        return _indexes[root];
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
        return _termsDates[termsId].registeredAt;
    }

    /// @inheritdoc IModelRegistry
    function termsRetiredAt(bytes32 termsId) external view returns (uint64 at) {
        return _termsDates[termsId].retiredAt;
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

    function _writeEndpoint(bytes32 operatorAsset, string calldata endpoint) private {
        uint256 length = bytes(endpoint).length;
        require(length > 0 && length <= MAX_ENDPOINT_BYTES, ModelRegistryBadEndpoint(length));
        _endpoints[operatorAsset] = endpoint;
    }

    function _checkOffer(bytes32 modelId, bytes32 manifestRoot, bytes32 indexRoot) private view {
        Model storage offered = _knownModel(modelId);
        Gate gate = offered.gate;
        require(gate != Gate.Retired && retiredAtOf(modelId) == 0, ModelRegistryModelRetired(modelId));
        require(gate == Gate.Serving || offered.depth == 0, ModelRegistryNotServing(modelId, gate));
        require(_manifests[manifestRoot] != 0, ModelRegistryUnknownManifest(manifestRoot));
        require(_indexes[indexRoot] != 0, ModelRegistryUnknownIndex(indexRoot));
        bytes32 expected = offered.manifestRoot;
        require(expected == 0 || expected == manifestRoot, ModelRegistryManifestMismatch(manifestRoot, expected));
        _checkConsent(modelId);
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

    function _checkTree(bytes32 root, uint128 sum, uint32 count) private pure {
        require(root != 0, ContentRegistryZeroContent());
        bool plausible = count == 0 ? sum == 0 : sum >= count;
        require(plausible, ModelRegistryBadTree(root, sum, count));
    }

    function _isManifest(bytes32 root) internal view override returns (bool yes) {
        return _manifests[root] != 0;
    }

    function _asContent(address who) private pure returns (bytes32 content) {
        return bytes32(uint256(uint160(who)));
    }
}
