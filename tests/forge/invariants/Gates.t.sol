// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../../../contracts/interfaces/IContentRegistry.sol";
import {IModelGates} from "../../../contracts/interfaces/IModelGates.sol";
import {ModelRegistry} from "../../../contracts/registry/ModelRegistry.sol";
import {Verdict} from "../../../contracts/types/Verdict.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";
import {Consent} from "./Models.t.sol";

/// @title Two owners, who also judge, with two lines each; what they were told is kept beside
contract GateHandler is Targets {
    uint256 internal constant PEOPLE = 2;
    uint256 internal constant LINES = 2;
    bytes32 internal constant MANIFEST = "manifest";

    ModelRegistry public registry = new ModelRegistry(IContentRegistry(address(new Consent())));
    bytes32 public base;
    bytes32[] public models;
    bytes32[] public evaluations;
    mapping(bytes32 evaluationId => uint256 block_) public sealedIn;
    mapping(bytes32 modelId => bytes32 evaluationId) public judgedBy;
    mapping(bytes32 modelId => address owner) public ownerOf;
    mapping(bytes32 modelId => Verdict last) private _last;
    mapping(bytes32 modelId => bool once) public served;
    mapping(bytes32 modelId => bool once) public refused;
    mapping(bytes32 modelId => IModelGates.Gate seen) public gateSeen;
    mapping(address owner => mapping(bytes32 line => bytes32[] versions)) private _versions;
    /// A gate that fell, or what was taken though something spoke against it.
    uint256 public wrong;
    uint256 public promotions;
    uint256 public rollbacks;
    uint256 public refusals;
    uint256 private _height = 100;

    constructor() {
        VM.roll(_height);
        base = registry.registerBase("base", 0);
        registry.registerManifest(MANIFEST, 1, 1);
        _seal(0);
    }

    modifier looked() {
        VM.roll(_height);
        VM.warp(1_000 + _height);
        _;
        for (uint256 i = models.length > 6 ? models.length - 6 : 0; i < models.length; ++i) {
            IModelGates.Gate gate = registry.model(models[i]).gate;
            if (gate < gateSeen[models[i]]) ++wrong;
            gateSeen[models[i]] = gate;
        }
    }

    function mine() external looked {
        ++_height;
    }

    function seal(uint256 seed) external looked {
        if (evaluations.length < 24) _seal(seed);
    }

    function adapt(uint256 seed) external looked {
        if (models.length == 40) return;
        bytes32 chosen = evaluations[(seed >> 8) % evaluations.length];
        bytes32 digest = keccak256(abi.encode(seed, models.length));
        bytes32[] memory none = new bytes32[](0);
        bool fits = sealedIn[chosen] < block.number;
        VM.prank(person(seed));
        try registry.registerAdapter(base, none, digest, 0, MANIFEST, 1, chosen) returns (bytes32 made) {
            if (!fits) ++wrong;
            models.push(made);
            (judgedBy[made], ownerOf[made]) = (chosen, person(seed));
        } catch {
            if (fits) ++wrong;
        }
    }

    function judge(uint256 seed) external looked {
        if (models.length == 0) return;
        bytes32 modelId = _newest(seed);
        (address by,) = registry.evaluationOf(judgedBy[modelId]);
        bool isJudge = seed >> 32 & 7 != 0;
        int32 mean = int32(int256((seed >> 64) % 200_000)) - 50_000;
        int32 low = mean - int32(int256((seed >> 96) % 60_000));
        uint32 examples = 1 + uint32(seed >> 128) % 9;
        Verdict memory told = Verdict(modelId, _incumbent(seed, modelId), "report", mean, low, examples);
        bool open = gateSeen[modelId] <= IModelGates.Gate.Passed && !refused[modelId];
        bool fits = isJudge && open && told.incumbent != _last[modelId].incumbent && told.incumbent != modelId;
        VM.prank(isJudge ? by : address(0xBAD));
        try registry.reportVerdict(told) {
            if (!fits) ++wrong;
            _last[modelId] = told;
            if (low < -20_000) refused[modelId] = true;
            if (low < -20_000) ++refusals;
        } catch {
            if (fits) ++wrong;
        }
    }

    function promote(uint256 seed) external looked {
        if (models.length == 0) return;
        bytes32 modelId = _newest(seed);
        (address owner, bytes32 chosen) = (ownerOf[modelId], line(seed >> 32));
        bytes32[] storage versions = _versions[owner][chosen];
        bytes32 incumbent = versions.length == 0 ? base : versions[versions.length - 1];
        bool judged = _last[modelId].examples > 0 && _last[modelId].incumbent == incumbent;
        bool fits = judged && !refused[modelId] && !served[modelId] && gateSeen[modelId] < IModelGates.Gate.Serving;
        VM.prank(owner);
        try registry.promote(chosen, modelId) {
            if (!fits) ++wrong;
            versions.push(modelId);
            served[modelId] = true;
            ++promotions;
        } catch {
            if (fits) ++wrong;
        }
    }

    function rollback(uint256 seed) external looked {
        (address owner, bytes32 chosen) = (person(seed), line(seed >> 32));
        bytes32[] storage versions = _versions[owner][chosen];
        bool fits = versions.length > 0;
        VM.prank(owner);
        try registry.rollback(chosen, "why") {
            if (!fits) ++wrong;
            versions.pop();
            while (versions.length > 0 && _isRetired(versions[versions.length - 1])) versions.pop();
            ++rollbacks;
        } catch {
            if (fits) ++wrong;
        }
    }

    function retire(uint256 seed) external looked {
        if (models.length == 0 || seed >> 32 & 7 != 0) return;
        bytes32 modelId = _newest(seed);
        bool fits = gateSeen[modelId] != IModelGates.Gate.Retired;
        VM.prank(ownerOf[modelId]);
        try registry.retireModel(modelId, "why") {
            if (!fits) ++wrong;
        } catch {
            if (fits) ++wrong;
        }
    }

    function count() external view returns (uint256) {
        return models.length;
    }

    function verdictOf(bytes32 modelId) external view returns (Verdict memory) {
        return _last[modelId];
    }

    function servedOn(address owner, bytes32 chosen) external view returns (bytes32) {
        bytes32[] storage versions = _versions[owner][chosen];
        return versions.length == 0 ? bytes32(0) : versions[versions.length - 1];
    }

    function person(uint256 seed) public pure returns (address) {
        return address(uint160(0xA0 + seed % PEOPLE));
    }

    function line(uint256 seed) public pure returns (bytes32) {
        return bytes32(1 + seed % LINES);
    }

    function _seal(uint256 seed) private {
        VM.prank(person(seed >> 8));
        bytes32 made = registry.commitEvaluation(bytes32(evaluations.length + 1));
        evaluations.push(made);
        sealedIn[made] = block.number;
    }

    /// @dev One of the newest four, so that a model lives through more than one step.
    function _newest(uint256 seed) private view returns (bytes32) {
        uint256 length = models.length;
        return models[length - 1 - seed % (length < 4 ? length : 4)];
    }

    /// @dev Mostly what one of its owner's lines serves.
    function _incumbent(uint256 seed, bytes32 modelId) private view returns (bytes32) {
        if (seed >> 160 & 7 == 0) return models[(seed >> 168) % models.length];
        bytes32[] storage versions = _versions[ownerOf[modelId]][line(seed >> 176)];
        return versions.length == 0 ? base : versions[versions.length - 1];
    }

    function _isRetired(bytes32 modelId) private view returns (bool) {
        return registry.model(modelId).gate == IModelGates.Gate.Retired;
    }
}

contract GateInvariants is Targets {
    GateHandler private _h;
    ModelRegistry private _registry;

    function setUp() external {
        _h = new GateHandler();
        _registry = _h.registry();
        _target(address(_h));
    }

    /// Gates: they only rise, and every step is taken exactly when nothing speaks against it.
    function invariant_gates() external view {
        assert(_h.wrong() == 0);
    }

    /// Verdicts: what serves or served was judged within the margin, by its judge, on a set sealed before it came.
    function invariant_verdicts() external view {
        for (uint256 i = 0; i < _h.count(); ++i) {
            bytes32 modelId = _h.models(i);
            IModelGates.Gate gate = _registry.model(modelId).gate;
            Verdict memory told = _registry.verdictOf(modelId);
            assert(keccak256(abi.encode(told)) == keccak256(abi.encode(_h.verdictOf(modelId))));
            bool passed = told.examples > 0 && told.lowGain >= -_registry.GATE_MARGIN();
            assert(!_h.served(modelId) || passed);
            assert(gate != IModelGates.Gate.Serving || _h.served(modelId));
            assert(!_h.refused(modelId) || gate >= IModelGates.Gate.Refused);
            assert(gate != IModelGates.Gate.Passed || passed);
            bytes32 evaluationId = _registry.model(modelId).evaluationId;
            (address judge,) = _registry.evaluationOf(evaluationId);
            assert(judge != address(0) && evaluationId == _h.judgedBy(modelId));
        }
    }

    /// Lines: each serves the version that was promoted last and neither rolled back nor retired before a rollback.
    function invariant_lines() external {
        for (uint256 i = 0; i < 4; ++i) {
            (address owner, bytes32 line) = (_h.person(i), _h.line(i / 2));
            bytes32 serving = _registry.servingOf(owner, line);
            assert(serving == _h.servedOn(owner, line));
            assert(serving == 0 || _h.served(serving));
        }
        // Live: a line that serves can always be rolled back.
        (address first, bytes32 chosen) = (_h.person(0), _h.line(0));
        bytes32 held = _registry.servingOf(first, chosen);
        if (held == 0) return;
        VM.prank(first);
        assert(_registry.rollback(chosen, "why") != held);
    }
}

/// @title That random calls get to every step
contract GateReachTest is Targets {
    function test_reach() external {
        GateHandler h = new GateHandler();
        uint256 draw = 3;
        for (uint256 i = 0; i < 600; ++i) {
            draw = uint256(keccak256(abi.encode(draw)));
            uint256 kind = draw % 8;
            if (kind == 0) h.mine();
            else if (kind == 1) h.seal(draw >> 16);
            else if (kind == 2) h.adapt(draw >> 16);
            else if (kind < 5) h.judge(draw >> 16);
            else if (kind == 5) h.promote(draw >> 16);
            else if (kind == 6) h.rollback(draw >> 16);
            else h.retire(draw >> 16);
        }
        assert(h.wrong() == 0 && h.promotions() > 3 && h.rollbacks() > 1 && h.refusals() > 3);
    }
}
