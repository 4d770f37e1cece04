// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentRegistry} from "../../../contracts/agents/AgentRegistry.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title Three people whose keys are known, with agents that change hands and wallets
contract AgentHandler is Targets {
    uint256 public constant PEOPLE = 3;
    uint256 private constant MOST = 12;

    struct Known {
        bytes32 id;
        bytes32 content;
        address first;
        address owner;
        address payout;
        uint64 registeredAt;
        uint64 retiredAt;
    }

    AgentRegistry public registry = new AgentRegistry();
    Known[] private _known;
    /// Who consented last to act for the present owner, as the book of this handler has it.
    mapping(bytes32 id => address wallet) public wallet;
    /// What was done without the right to, or refused in spite of it.
    uint256 public wrong;
    uint256 private _now = 1_000;

    modifier timed() {
        VM.warp(++_now);
        _;
    }

    function count() external view returns (uint256) {
        return _known.length;
    }

    function agentAt(uint256 index) external view returns (Known memory) {
        return _known[index];
    }

    function person(uint256 seed) public pure returns (address) {
        return VM.addr(_key(seed));
    }

    function register(uint256 seed) public timed {
        if (_known.length == MOST) return;
        bytes32 content = bytes32(1 + (seed >> 8) % 6);
        address owner = person(seed);
        bytes32 expected = registry.assetIdOf(owner, 4, content);
        bool taken = registry.registeredAtOf(expected) != 0;
        VM.prank(owner);
        try registry.registerAgent(content, "https://agent") returns (bytes32 id) {
            if (taken || id != expected) ++wrong;
            _known.push(Known(id, content, owner, owner, owner, uint64(_now), 0));
        } catch {
            if (!taken) ++wrong;
        }
    }

    function appoint(uint256 seed) external timed {
        if (_known.length == 0) return register(seed);
        Known storage one = _known[seed % _known.length];
        (uint256 by, uint256 says) = (seed >> 8, seed >> 16);
        // Mostly the wallet's own word to the owner; now and then another's, to another, or too late.
        uint64 until = uint64((seed >> 24) % 8 == 0 ? _now - 1 : _now + 5);
        address to = (seed >> 32) % 6 == 0 ? person(seed >> 40) : one.owner;
        address named = person(by);
        bytes memory signature = _signed(says % 4 == 0 ? says >> 2 : by, one.id, to, named, until);
        address signer = person(says % 4 == 0 ? says >> 2 : by);
        bool fits = signer == named && to == one.owner && until >= _now;
        VM.prank(one.owner);
        try registry.setAgentWallet(one.id, named, until, signature) {
            if (!fits) ++wrong;
            wallet[one.id] = named;
        } catch {
            if (fits) ++wrong;
        }
    }

    function dismiss(uint256 seed) external timed {
        if (_known.length == 0) return register(seed);
        Known storage one = _known[seed % _known.length];
        if (_refused(seed, one, abi.encodeCall(registry.removeAgentWallet, (one.id)))) return;
        delete wallet[one.id];
    }

    function hand(uint256 seed) external timed {
        if (_known.length == 0) return register(seed);
        Known storage one = _known[seed % _known.length];
        address to = person(seed >> 16);
        if (_refused(seed, one, abi.encodeCall(registry.transferAsset, (one.id, to)))) return;
        (one.owner, one.payout) = (to, to);
        delete wallet[one.id];
    }

    function redirect(uint256 seed) external timed {
        if (_known.length == 0) return register(seed);
        Known storage one = _known[seed % _known.length];
        address to = (seed >> 16) % 4 == 0 ? address(0) : person(seed >> 18);
        if (_refused(seed, one, abi.encodeCall(registry.setPayout, (one.id, to)))) return;
        one.payout = to == address(0) ? one.owner : to;
    }

    function retire(uint256 seed) external timed {
        if (_known.length == 0) return register(seed);
        Known storage one = _known[seed % _known.length];
        if (one.retiredAt != 0) return register(seed);
        if (_refused(seed, one, abi.encodeCall(registry.retireAsset, (one.id)))) return;
        one.retiredAt = uint64(_now);
    }

    /// @dev The consent of a person's key, for the liveness of the invariants too.
    function consent(uint256 by, bytes32 id, address owner) external view returns (bytes memory signature) {
        return _signed(by, id, owner, person(by), type(uint64).max);
    }

    /// @dev By a person of the seed's choice: nobody but the owner may.
    function _refused(uint256 seed, Known storage one, bytes memory call_) private returns (bool refused) {
        address by = (seed >> 8) % 2 == 0 ? one.owner : person(seed >> 9);
        VM.prank(by);
        (bool done,) = address(registry).call(call_);
        if (done != (by == one.owner)) ++wrong;
        return !done;
    }

    function _signed(uint256 by, bytes32 id, address owner, address named, uint64 until)
        private
        view
        returns (bytes memory signature)
    {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(_key(by), registry.walletDigest(id, owner, named, until));
        return abi.encodePacked(r, s, v);
    }

    function _key(uint256 seed) private pure returns (uint256) {
        return 1 + seed % PEOPLE;
    }
}

contract AgentInvariants is Targets {
    AgentHandler private _h;
    AgentRegistry private _registry;

    function setUp() external {
        _h = new AgentHandler();
        _registry = _h.registry();
        _target(address(_h));
    }

    /// Consent: whoever acts for an agent said so to its present owner, and nobody acts for it otherwise.
    function invariant_consent() external {
        assert(_h.wrong() == 0);
        for (uint256 i = 0; i < _h.count(); ++i) {
            AgentHandler.Known memory one = _h.agentAt(i);
            assert(_registry.walletOf(one.id) == _h.wallet(one.id));
            // Live: whoever consents acts for it at its owner's word.
            bytes memory signature = _h.consent(i, one.id, one.owner);
            address named = _h.person(i);
            VM.prank(one.owner);
            _registry.setAgentWallet(one.id, named, type(uint64).max, signature);
            assert(_registry.walletOf(one.id) == named);
        }
    }

    /// Identity: ids are of who registered, dates are written once, and pay goes where the present owner says.
    function invariant_identity() external {
        for (uint256 i = 0; i < _h.count(); ++i) {
            AgentHandler.Known memory one = _h.agentAt(i);
            assert(one.id == _registry.assetIdOf(one.first, 4, one.content));
            assert(_registry.ownerOf(one.id) == one.owner);
            assert(_registry.payoutOf(one.id) == one.payout);
            assert(_registry.registeredAtOf(one.id) == one.registeredAt);
            assert(_registry.retiredAtOf(one.id) == one.retiredAt);
            for (uint256 j = 0; j < i; ++j) {
                assert(_h.agentAt(j).id != one.id);
            }
        }
        // Live: anybody registers another.
        bytes32 made = _registry.registerAgent("another", "https://another");
        assert(_registry.ownerOf(made) == address(this));
    }
}
