// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentReputation} from "../../../contracts/agents/AgentReputation.sol";
import {IAttributionRegistry} from "../../../contracts/interfaces/IAttributionRegistry.sol";
import {IAgentReputation} from "../../../contracts/interfaces/agents/IAgentReputation.sol";
import {SumTree} from "../../../contracts/libraries/SumTree.sol";
import {Batch, BatchStatus, Opening} from "../../../contracts/types/Batch.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {UsageEscrow} from "../../../contracts/usage/UsageEscrow.sol";
import {System} from "../System.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title Every batch that it was told of, and no other
contract Batches {
    mapping(bytes32 hash => bool yes) private _known;

    function add(Batch calldata batch) external {
        _known[keccak256(abi.encode(batch))] = true;
    }

    function isBatch(Batch calldata batch) external view returns (bool) {
        return _known[keccak256(abi.encode(batch))];
    }
}

/// @title Two consumers with receipts of two agents, in batches of two that may lie about what burned
contract ReputationHandler is Targets {
    uint256 public constant AGENTS = 2;
    uint256 public constant TAGS = 2;

    struct Answer {
        uint256 batch;
        uint256 consumer;
        uint128 burned;
        Opening opening;
        bool spoke;
    }

    AgentReputation public reputation;
    UsageEscrow private _escrow;
    Batches private _registry = new Batches();
    Batch[] private _batches;
    Answer[] private _answers;
    /// What was weighed of each agent, summed by the handler.
    mapping(bytes32 agent => uint256 weight) public weighed;
    mapping(bytes32 agent => uint256 points) public points;
    /// What counted although it should not have, or did not although it should.
    uint256 public wrong;

    constructor() {
        _escrow = new System(address(this)).escrow();
        reputation = new AgentReputation(IAttributionRegistry(address(_registry)), _escrow);
    }

    function agent(uint256 seed) public pure returns (bytes32) {
        return bytes32(0xA0 + seed % AGENTS);
    }

    function tag(uint256 seed) public pure returns (bytes32) {
        return bytes32(seed % TAGS);
    }

    function batchCount() external view returns (uint256) {
        return _batches.length;
    }

    function batchAt(uint256 index) external view returns (Batch memory) {
        return _batches[index];
    }

    /// @dev Two receipts of fee 1,000; what the header says that burned need not be what their lines say.
    function settle(uint256 seed) public {
        if (_batches.length < 20) _settle((seed >> 4) % 5 != 0, uint128((seed >> 8) % 150), seed, seed >> 64);
    }

    function _settle(bool isFinal, uint128 burned, uint256 one, uint256 other) private {
        Batch memory batch;
        batch.id = uint64(_batches.length + 1);
        batch.stamp.status = isFinal ? BatchStatus.Final : BatchStatus.Open;
        (bytes32 left, bytes32 right) = (_answer(one, 0), _answer(other, 1));
        _answers[_answers.length - 2].opening.path = abi.encodePacked(right, uint128(1_000));
        _answers[_answers.length - 1].opening.path = abi.encodePacked(left, uint128(1_000));
        (batch.header.receiptsRoot, batch.header.receiptCount) = (SumTree.branch(left, 1_000, right, 1_000), 2);
        (batch.header.total, batch.header.burned) = (2_000, burned);
        _registry.add(batch);
        _batches.push(batch);
    }

    function speak(uint256 seed) external {
        if (_answers.length == 0) return settle(seed);
        uint256 index = seed % _answers.length;
        say(index, uint8((seed >> 8) % 110), (seed >> 16) % 5 == 0 ? 1 + (seed >> 20) % 2 : 0, seed >> 24);
    }

    /// @param trick 1: the other consumer signs; 2: the other agent is named.
    function say(uint256 index, uint8 score, uint256 trick, uint256 tagged) public returns (bool counts) {
        if (_answers.length == 0) return false;
        (index, trick) = (index % _answers.length, trick % 3);
        Answer memory one = _answers[index];
        Batch memory batch = _batches[one.batch];
        bytes32 named = one.opening.receipt.agentId;
        if (trick == 2) named = agent(uint256(named) + 1);
        IAgentReputation.AgentFeedback memory said =
            IAgentReputation.AgentFeedback(named, _escrow.receiptDigest(one.opening.receipt), score, tag(tagged), 0);
        bool fits = trick == 0 && score <= 100 && !one.spoke && batch.stamp.status == BatchStatus.Final
            && one.burned > 0 && reputation.weightOf(batch.id) + one.burned <= batch.header.burned;
        try reputation.giveFeedback(said, _signed(one.consumer + (trick == 1 ? 1 : 0), said), batch, one.opening) {
            counts = true;
            _answers[index].spoke = true;
            weighed[named] += one.burned;
            points[named] += uint256(one.burned) * score;
        } catch {}
        if (counts != fits) ++wrong;
    }

    /// @dev A final batch whose two receipts may speak; the index of the first.
    function honest() external returns (uint256 index) {
        index = _answers.length;
        _settle(true, 120, 60 << 16, 60 << 16);
    }

    function _answer(uint256 seed, uint32 index) private returns (bytes32 node) {
        Answer memory made;
        Opening memory o = made.opening;
        (made.batch, made.consumer) = (_batches.length, (seed >> 3) % 2);
        made.burned = uint128((seed >> 16) % 100);
        o.lines = abi.encodePacked(uint256(1), uint8(0), uint32(1_000_000), made.burned);
        o.receipt.consumer = VM.addr(1 + made.consumer);
        o.receipt.cumulative = 1_000;
        (o.receipt.agentId, o.receipt.lane) = (agent(seed >> 7), uint64(_answers.length));
        o.receipt.linesHash = keccak256(abi.encodePacked(bytes1(0x03), o.lines));
        o.index = index;
        bytes32 digest = _escrow.receiptDigest(o.receipt);
        bytes32 head = keccak256(abi.encodePacked(bytes1(0x0a), bytes32(0), digest));
        bytes32 leaf = keccak256(abi.encodePacked(bytes1(0x04), digest, head, keccak256(""), bytes32(0)));
        _answers.push(made);
        return SumTree.leafNode(leaf, 1_000);
    }

    function _signed(uint256 by, IAgentReputation.AgentFeedback memory said) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1 + by % 2, reputation.feedbackDigest(said));
        return abi.encodePacked(r, s, v);
    }
}

contract ReputationInvariants is Targets {
    ReputationHandler private _h;
    AgentReputation private _reputation;

    function setUp() external {
        _h = new ReputationHandler();
        _reputation = _h.reputation();
        _target(address(_h));
    }

    /// Cost: no batch gives more weight than its header burned, and all standings together are what batches gave.
    function invariant_cost() external view {
        uint256 taken = 0;
        for (uint256 i = 0; i < _h.batchCount(); ++i) {
            uint128 weight = _reputation.weightOf(_h.batchAt(i).id);
            assert(weight <= _h.batchAt(i).header.burned);
            taken += weight;
        }
        uint256 standing = 0;
        for (uint256 i = 0; i < _h.AGENTS(); ++i) {
            standing += _reputation.standingOf(_h.agent(i)).weight;
        }
        assert(standing == taken);
    }

    /// Words: each standing is what was said, all tags together are the whole, and every word counted exactly when it should.
    function invariant_words() external {
        assert(_h.wrong() == 0);
        for (uint256 i = 0; i < _h.AGENTS(); ++i) {
            bytes32 agent = _h.agent(i);
            AgentReputation.Standing memory all = _reputation.standingOf(agent);
            assert(all.weight == _h.weighed(agent) && all.weighted == _h.points(agent));
            assert(all.weighted <= uint256(all.weight) * 100);
            uint256 parts = 0;
            for (uint256 j = 0; j < _h.TAGS(); ++j) {
                parts += _reputation.standingUnder(agent, _h.tag(j)).weight;
            }
            assert(parts == all.weight);
        }
        // Live: a consumer of a final batch speaks of its agent, once.
        uint256 index = _h.honest();
        assert(_h.say(index, 100, 0, 0));
        assert(!_h.say(index, 100, 0, 0) && _h.wrong() == 0);
    }
}
