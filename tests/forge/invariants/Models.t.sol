// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../../../contracts/interfaces/IContentRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {SumTree} from "../../../contracts/libraries/SumTree.sol";
import {ModelRegistry} from "../../../contracts/registry/ModelRegistry.sol";
import {Member} from "../../../contracts/types/Batch.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title Whose consent was withdrawn
contract Consent {
    mapping(bytes32 datasetId => uint64 retiredAt) public retiredAtOf;

    function retire(bytes32 datasetId) external {
        if (retiredAtOf[datasetId] == 0) retiredAtOf[datasetId] = uint64(block.timestamp);
    }
}

/// @title Bases and adapters of up to six parents each, trained on one of a few data sets each
contract ModelHandler is Targets {
    uint256 internal constant DATASETS = 6;
    uint256 internal constant BASES = 2;

    Consent public consent = new Consent();
    ModelRegistry public registry;
    bytes32 public evaluation;
    bytes32[] public models;
    mapping(bytes32 modelId => bytes32[] parents) private _parents;
    mapping(bytes32 modelId => uint256 dataset) private _trainedOn;
    mapping(bytes32 modelId => uint64 at) public flaggedAt;
    /// Adapters that were refused, though nothing spoke against them; or taken, though something did.
    uint256 public wrong;
    uint256 public deepest;
    uint256 public widest;
    uint256 public refused;
    uint256 public flags;
    uint256 private _now = 1_000;

    constructor() {
        registry = new ModelRegistry(IContentRegistry(address(consent)));
        evaluation = registry.commitEvaluation("sealed");
        VM.roll(block.number + 1);
        for (uint256 i = 0; i < BASES; ++i) {
            models.push(registry.registerBase(bytes32(i + 1), 0));
        }
        for (uint256 i = 0; i < DATASETS; ++i) {
            registry.registerManifest(_root(i), 1, 1);
        }
    }

    modifier timed() {
        VM.warp(_now++);
        _;
    }

    function adapt(uint256 seed) external timed {
        _adapt(models[seed % BASES], _some(models[seed % BASES], seed >> 8), (seed >> 128) % DATASETS);
    }

    /// @notice On the newest, so that lineages become long.
    function extend(uint256 seed) external timed {
        bytes32 newest = models[models.length - 1];
        bytes32[] memory parents = new bytes32[](1);
        parents[0] = newest;
        _adapt(registry.model(newest).baseId, parents, seed % DATASETS);
    }

    function retire(uint256 seed) external timed {
        // Rarely, or soon nothing would have consent any more.
        if (seed % 32 == 0) consent.retire(_dataset((seed >> 8) % DATASETS));
    }

    function flag(uint256 seed) external timed {
        bytes32 modelId = models[seed % models.length];
        uint256 dataset = _trainedOn[modelId];
        if (registry.model(modelId).depth == 0 || consent.retiredAtOf(_dataset(dataset)) == 0) return;
        registry.flagModel(modelId, memberOf(dataset), 0);
        if (flaggedAt[modelId] == 0) flaggedAt[modelId] = uint64(block.timestamp);
        ++flags;
    }

    function count() external view returns (uint256) {
        return models.length;
    }

    function parentsOf(bytes32 modelId) external view returns (bytes32[] memory) {
        return _parents[modelId];
    }

    function memberOf(uint256 dataset) public pure returns (Member memory) {
        return Member(false, _dataset(dataset), bytes32(uint256(7)), 1, "");
    }

    function manifestOf(uint256 dataset) external pure returns (bytes32) {
        return _root(dataset);
    }

    function _adapt(bytes32 baseId, bytes32[] memory parents, uint256 dataset) private {
        bytes32 digest = keccak256(abi.encode(models.length, _now));
        bool fits = _fits(parents);
        try registry.registerAdapter(baseId, parents, digest, 0, _root(dataset), 1, evaluation) returns (bytes32 made) {
            if (!fits) ++wrong;
            models.push(made);
            (_parents[made], _trainedOn[made]) = (parents, dataset);
            uint256 depth = registry.model(made).depth;
            if (depth > deepest) deepest = depth;
            uint256 width = registry.ancestorsOf(made).length;
            if (width > widest) widest = width;
        } catch {
            if (fits) ++wrong;
            ++refused;
        }
    }

    /// @dev Reckoned from the parents alone: depth, ancestors, consent.
    function _fits(bytes32[] memory parents) private view returns (bool) {
        bytes32[] memory seen = new bytes32[](64);
        uint256 found = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            if (registry.model(parents[i]).depth >= 8) return false;
            found = _gather(seen, found, parents[i]);
        }
        if (found + 1 > 16) return false;
        for (uint256 i = 0; i < found; ++i) {
            if (flaggedAt[seen[i]] != 0) return false;
        }
        return true;
    }

    function _gather(bytes32[] memory seen, uint256 found, bytes32 modelId) private view returns (uint256) {
        if (registry.model(modelId).depth == 0) return found;
        for (uint256 i = 0; i < found; ++i) {
            if (seen[i] == modelId) return found;
        }
        seen[found++] = modelId;
        for (uint256 i = 0; i < _parents[modelId].length; ++i) {
            found = _gather(seen, found, _parents[modelId][i]);
        }
        return found;
    }

    /// @dev Up to six of the newest models of a base, perhaps itself, perhaps one twice.
    function _some(bytes32 baseId, uint256 seed) private view returns (bytes32[] memory parents) {
        parents = new bytes32[](seed % 7);
        uint256 newest = models.length > 12 ? 12 : models.length;
        for (uint256 i = 0; i < parents.length; ++i) {
            bytes32 chosen = models[models.length - 1 - (seed >> 8 * (i + 1)) % newest];
            parents[i] = registry.model(chosen).baseId == baseId ? chosen : baseId;
        }
    }

    function _dataset(uint256 index) private pure returns (bytes32) {
        return bytes32(index + 100);
    }

    function _root(uint256 dataset) private pure returns (bytes32) {
        bytes32 leaf = keccak256(abi.encodePacked(bytes1(0x09), _dataset(dataset), bytes32(uint256(7))));
        return SumTree.leafNode(leaf, 1);
    }
}

contract ModelInvariants is Targets {
    ModelHandler private _h;
    ModelRegistry private _registry;

    function setUp() external {
        _h = new ModelHandler();
        _registry = _h.registry();
        _target(address(_h));
    }

    /// Lineage: ancestors are older, each stands once and at its shortest distance, and depth and number are bounded.
    function invariant_lineage() external {
        for (uint256 i = _from(); i < _h.count(); ++i) {
            bytes32 modelId = _h.models(i);
            IModelRegistry.Model memory found = _registry.model(modelId);
            bytes32[] memory ancestors = _registry.ancestorsOf(modelId);
            assert(found.depth <= 8 && ancestors.length <= 16);
            assert((found.depth == 0) == (ancestors.length == 0));
            for (uint256 k = 0; k < ancestors.length; ++k) {
                uint256 distance = uint8(found.distances >> 8 * k);
                assert(_placeOf(ancestors[k]) < i && distance <= found.depth);
                assert((k == 0) == (distance == 0) && (k > 0 || ancestors[k] == found.baseId));
                assert(k == 0 || distance == _distance(modelId, ancestors[k]));
            }
            uint256 deepest = 0;
            bytes32[] memory parents = _h.parentsOf(modelId);
            for (uint256 k = 0; k < parents.length; ++k) {
                uint256 depth = _registry.model(parents[k]).depth;
                if (depth > deepest) deepest = depth;
                assert(_registry.isAncestor(modelId, parents[k]));
            }
            assert(found.depth == (found.baseId == modelId ? 0 : deepest + 1));
        }
        // Live: a base can always be adapted.
        _registry.registerAdapter(_h.models(0), new bytes32[](0), "new", 0, _h.manifestOf(0), 1, _h.evaluation());
    }

    /// Shares: of an adapter and its ancestors they sum to the pot at most, and nobody else has one.
    function invariant_shares() external view {
        for (uint256 i = _from(); i < _h.count(); ++i) {
            bytes32 modelId = _h.models(i);
            bool isBase = _registry.model(modelId).depth == 0;
            uint256 sum = 0;
            for (uint256 k = 0; k < _h.count(); ++k) {
                bytes32 other = _h.models(k);
                uint256 share = _registry.lineageShareOf(modelId, other);
                bool earns = !isBase && (k == i || _registry.isAncestor(modelId, other));
                assert((share > 0) == (earns && _registry.model(other).depth > 0));
                sum += share;
            }
            // Live: whoever adapts gets something.
            assert(sum <= 1_000_000 && (isBase || sum >= 600_000));
        }
    }

    /// Consent: a flag is dated once, counts for all heirs, and only what fits and has every consent was taken.
    function invariant_consent() external {
        assert(_h.wrong() == 0);
        for (uint256 i = _from(); i < _h.count(); ++i) {
            bytes32 modelId = _h.models(i);
            assert(_registry.model(modelId).flaggedAt == _h.flaggedAt(modelId));
            bytes32[] memory ancestors = _registry.ancestorsOf(modelId);
            uint64 first = _h.flaggedAt(modelId);
            for (uint256 k = 0; k < ancestors.length; ++k) {
                uint64 at_ = _h.flaggedAt(ancestors[k]);
                if (at_ != 0 && (first == 0 || at_ < first)) first = at_;
            }
            assert(_registry.lineageFlaggedAt(modelId) == first);
        }
        // Live: whoever sees a data set withdrawn can flag what was trained on it.
        bytes32[] memory none = new bytes32[](0);
        bytes32 made = _registry.registerAdapter(_h.models(0), none, "new", 0, _h.manifestOf(0), 1, _h.evaluation());
        Member memory member = _h.memberOf(0);
        _h.consent().retire(member.datasetId);
        _registry.flagModel(made, member, 0);
        assert(_registry.lineageFlaggedAt(made) == block.timestamp);
    }

    /// @dev The newest eight, one for each call since it was last looked: what is older changes by a flag alone.
    function _from() private view returns (uint256) {
        return _h.count() > 8 ? _h.count() - 8 : 0;
    }

    function _placeOf(bytes32 modelId) private view returns (uint256) {
        for (uint256 i = 0; i < _h.count(); ++i) {
            if (_h.models(i) == modelId) return i;
        }
        revert("unknown");
    }

    /// @dev Steps to an ancestor that is no base, by the parents; 99 where it is none.
    function _distance(bytes32 modelId, bytes32 ancestor) private view returns (uint256 least) {
        least = 99;
        bytes32[] memory parents = _h.parentsOf(modelId);
        for (uint256 i = 0; i < parents.length; ++i) {
            uint256 one = parents[i] == ancestor ? 1 : 1 + _distance(parents[i], ancestor);
            if (one < least) least = one;
        }
    }
}

/// @title That random calls get to the bounds
contract ModelReachTest is Targets {
    function test_reach() external {
        ModelHandler h = new ModelHandler();
        uint256 draw = 1;
        for (uint256 i = 0; i < 500; ++i) {
            draw = uint256(keccak256(abi.encode(draw)));
            uint256 kind = draw % 8;
            if (kind < 4) h.adapt(draw >> 16);
            else if (kind < 6) h.extend(draw >> 16);
            else if (kind == 6) h.retire(draw >> 16);
            else h.flag(draw >> 16);
        }
        assert(h.deepest() == 8 && h.widest() > 13 && h.refused() > 0 && h.flags() > 0);
    }
}
