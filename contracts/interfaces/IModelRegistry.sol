// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Member} from "../types/Batch.sol";
import {Terms} from "../types/Terms.sol";
import {IContentRegistry} from "./IContentRegistry.sol";
import {IModelGates} from "./IModelGates.sol";

/// @title Models with their lineage, operators, and the terms that receipts name
/// @dev Discovery is by event: filter `TermsRegistered` by model, then read `endpointOf(operatorAsset)`.
/// @custom:invariant acyclic: every ancestor of a model was registered before it.
interface IModelRegistry is IContentRegistry, IModelGates {
    /// @notice A base model or an adapter.
    struct Model {
        /// The base; its own id for a base model.
        bytes32 baseId;
        /// Digest of the weights: the asset's content.
        bytes32 digest;
        /// sha2-256 digest of the weights' CIDv0; for a base model, of its metadata.
        bytes32 cidDigest;
        /// Root hash and count of the training manifest; zero for a base model.
        bytes32 manifestRoot;
        uint32 manifestCount;
        /// Distance to the farthest root of the lineage; 0 for a base model.
        uint8 depth;
        Gate gate;
        uint40 registeredAt;
        /// When somebody first showed that its manifest holds a data set that was withdrawn or retired; zero when never.
        uint40 flaggedAt;
        /// Steps to each ancestor, a byte each in the order of `ancestorsOf`, lowest first; 0 for the base.
        uint128 distances;
        /// By which judge, on which sealed set it is judged; zero for a base model.
        bytes32 evaluationId;
    }

    /// @notice A base model exists.
    event BaseRegistered(bytes32 indexed modelId, address indexed owner, bytes32 digest, bytes32 metadataDigest);
    /// @notice An adapter exists.
    event AdapterRegistered(
        bytes32 indexed modelId,
        bytes32 indexed baseId,
        address indexed owner,
        bytes32[] parents,
        bytes32 digest,
        bytes32 cidDigest,
        bytes32 manifestRoot,
        uint32 manifestCount,
        bytes32 evaluationId
    );
    /// @notice A model was trained on a data set whose owner wants no more use of it.
    event ModelFlagged(bytes32 indexed modelId, bytes32 indexed datasetId, uint64 retiredAt);
    /// @notice A training manifest tree may be named by adapters and terms.
    event ManifestRegistered(bytes32 indexed root, uint128 sum, uint32 count, address indexed by);
    /// @notice A retrieval index tree may be named by terms.
    event IndexRegistered(bytes32 indexed root, uint128 sum, uint32 count, address indexed by);
    /// @notice An operator exists.
    event OperatorRegistered(bytes32 indexed operatorAsset, address indexed operator, string endpoint);
    /// @notice An operator moved.
    event EndpointSet(bytes32 indexed operatorAsset, string endpoint);
    /// @notice Receipts may name these terms from now on.
    event TermsRegistered(bytes32 indexed termsId, bytes32 indexed modelId, address indexed operator, Terms terms);
    /// @notice Receipts shall not name these terms any more.
    event TermsRetired(bytes32 indexed termsId, uint64 at);

    /// @notice The id is of no model registered here.
    error ModelRegistryUnknownModel(bytes32 modelId);
    /// @notice The id is of an adapter; name the base model.
    error ModelRegistryNotBase(bytes32 modelId);
    /// @notice A parent stands on another base.
    error ModelRegistryForeignParent(bytes32 parentId, bytes32 baseId);
    /// @notice The lineage is longer than `MAX_DEPTH`.
    error ModelRegistryTooDeep(uint256 depth);
    /// @notice The lineage has more than `MAX_ANCESTORS` models.
    error ModelRegistryTooManyAncestors(uint256 ancestors);
    /// @notice Terms on an adapter need its gate to be Serving; `promote` it first.
    error ModelRegistryNotServing(bytes32 modelId, Gate gate);
    /// @notice An adapter was trained on at least one data set.
    error ModelRegistryUntrained(bytes32 digest);
    /// @notice The data set's owner has neither retired nor withdrawn it.
    error ModelRegistryConsentStands(bytes32 datasetId);
    /// @notice The path does not lead from this data set to the model's manifest.
    error ModelRegistryNotTrainedOn(bytes32 modelId, bytes32 datasetId);
    /// @notice The model, or one that it descends from, was trained on a data set that was withdrawn or retired.
    error ModelRegistryFlagged(bytes32 modelId, uint64 at);
    /// @notice A contract must be named.
    error ModelRegistryZeroParameter();
    /// @notice The model is retired or withdrawn.
    error ModelRegistryModelRetired(bytes32 modelId);
    /// @notice No training manifest with this root is registered; call `registerManifest` first.
    error ModelRegistryUnknownManifest(bytes32 root);
    /// @notice No retrieval index with this root is registered; call `registerIndex` first.
    error ModelRegistryUnknownIndex(bytes32 root);
    /// @notice A tree with leaves has a sum, and an empty one has none.
    error ModelRegistryBadTree(bytes32 root, uint128 sum, uint32 count);
    /// @notice Terms name a manifest that their model was not trained on.
    error ModelRegistryManifestMismatch(bytes32 manifestRoot, bytes32 expected);
    /// @notice Terms are registered by their operator alone.
    error ModelRegistryNotOperator(address caller, address operator);
    /// @notice Not the asset of this operator; call `registerOperator` first.
    error ModelRegistryUnknownOperator(bytes32 operatorAsset);
    /// @notice An endpoint is 1 to `MAX_ENDPOINT_BYTES` bytes.
    error ModelRegistryBadEndpoint(uint256 length);
    /// @notice A pot is out of its hard bounds.
    error ModelRegistryPotOutOfBounds(uint256 pot, uint256 bps);
    /// @notice A price is 2^31 base units per 1,000 tokens or more.
    error ModelRegistryPriceOutOfBounds(uint256 price);
    /// @notice Pots do not sum to 10,000.
    error ModelRegistryPotSum(uint256 sum);
    /// @notice These terms are registered already.
    error ModelRegistryTermsExist(bytes32 termsId);
    /// @notice No terms with this id.
    error ModelRegistryUnknownTerms(bytes32 termsId);
    /// @notice The terms are retired; the date never changes.
    error ModelRegistryTermsRetired(bytes32 termsId, uint64 at);

    /// @notice Registers a base model. The owner earns as its first ancestor.
    /// @param digest Digest of the weights.
    /// @param metadataDigest sha2-256 digest of the metadata's CIDv0.
    /// @return modelId The new asset (kind 2).
    function registerBase(bytes32 digest, bytes32 metadataDigest) external returns (bytes32 modelId);

    /// @notice Registers an adapter over a base and, perhaps, other adapters of the same base.
    /// @dev Parents must exist, which makes every cycle impossible. `baseId` is always an ancestor.
    /// @param baseId A registered base model.
    /// @param parents Adapters that this one continues; may be empty.
    /// @param digest Digest of the adapter's weights.
    /// @param cidDigest sha2-256 digest of the weights' CIDv0.
    /// @param manifestRoot A registered training manifest.
    /// @param manifestCount Its number of data sets.
    /// @param evaluationId A judge's commitment, made in an earlier block.
    /// @return modelId The new asset (kind 2).
    function registerAdapter(
        bytes32 baseId,
        bytes32[] calldata parents,
        bytes32 digest,
        bytes32 cidDigest,
        bytes32 manifestRoot,
        uint32 manifestCount,
        bytes32 evaluationId
    ) external returns (bytes32 modelId);

    /// @notice Flags a model whose training manifest holds a data set that was withdrawn or retired. Anyone may.
    /// @dev From then on it, and what descends from it, takes no new terms and no new adapters; terms that stand end by
    /// the grace of the data set. Nothing that happened before becomes false.
    /// @param modelId An adapter.
    /// @param trainedOn The data set's leaf in the manifest, with its path.
    /// @param index Its place.
    function flagModel(bytes32 modelId, Member calldata trainedOn, uint32 index) external;

    /// @notice Makes a training manifest known. Anyone may; the entry is a claim that only Merkle paths bear out.
    /// @param root Root hash of the manifest tree.
    /// @param sum Sum of the weights.
    /// @param count Number of data sets.
    function registerManifest(bytes32 root, uint128 sum, uint32 count) external;

    /// @notice Makes a retrieval index known before its use. Anyone may; the entry is a claim as above.
    /// @param root Root hash of the index tree.
    /// @param sum Number of records.
    /// @param count Number of data sets.
    function registerIndex(bytes32 root, uint128 sum, uint32 count) external;

    /// @notice Registers the caller as an operator.
    /// @param endpoint Base URL of the operator's API.
    /// @return operatorAsset The new asset (kind 3).
    function registerOperator(string calldata endpoint) external returns (bytes32 operatorAsset);

    /// @notice Publishes the caller's new base URL.
    /// @param endpoint Base URL of the operator's API.
    function setEndpoint(string calldata endpoint) external;

    /// @notice Publishes terms; the caller is their operator.
    /// @param offered The terms. Model, manifest and index are registered before.
    /// @return termsId `keccak256(abi.encode(offered))`.
    function registerTerms(Terms calldata offered) external returns (bytes32 termsId);

    /// @notice Ends the terms of the caller. Receipts served before, and the grace after, stay honest.
    /// @param termsId Terms of the caller.
    function retireTerms(bytes32 termsId) external;

    /// @notice A model; registeredAt 0 when unknown.
    function model(bytes32 modelId) external view returns (Model memory found);

    /// @notice All ancestors of a model, base first; each once.
    function ancestorsOf(bytes32 modelId) external view returns (bytes32[] memory ancestors);

    /// @notice Whether a model descends from another. A model is not its own ancestor.
    function isAncestor(bytes32 modelId, bytes32 ancestorId) external view returns (bool yes);

    /// @notice The most that an asset may earn of the lineage pot of a model's receipts, in parts per million.
    /// @dev 600,000 for the model itself, 600,000 * 0.4^d for those at distance d together, in equal parts; so an adapter
    /// passes on two fifths. A base earns nothing, for nobody can show who made it. Fixed at registration.
    function lineageShareOf(bytes32 modelId, bytes32 assetId) external view returns (uint32 ppm);

    /// @notice When the model or one of its ancestors was first flagged; zero when never.
    function lineageFlaggedAt(bytes32 modelId) external view returns (uint64 at);

    /// @notice Knows whose consent was withdrawn.
    function datasets() external view returns (IContentRegistry registry);

    /// @notice When a manifest with this root was first registered; zero when never.
    function manifestRegisteredAt(bytes32 root) external view returns (uint64 at);

    /// @notice When an index with this root was first registered; zero when never.
    function indexRegisteredAt(bytes32 root) external view returns (uint64 at);

    /// @notice Asset of an operator, registered or not.
    function operatorAssetOf(address operator) external view returns (bytes32 operatorAsset);

    /// @notice Base URL of an operator asset; empty when unknown.
    function endpointOf(bytes32 operatorAsset) external view returns (string memory endpoint);

    /// @notice Terms by id; operator zero when unknown.
    function terms(bytes32 termsId) external view returns (Terms memory found);

    /// @notice Seconds since the epoch; zero when unknown.
    function termsRegisteredAt(bytes32 termsId) external view returns (uint64 at);

    /// @notice Seconds since the epoch; zero when not retired.
    function termsRetiredAt(bytes32 termsId) external view returns (uint64 at);

    /// @notice Hard bounds of a pot.
    /// @param pot 0 burn .. 7 agent.
    function potBounds(uint256 pot) external pure returns (uint16 least, uint16 most);
}
