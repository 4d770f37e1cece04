// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SumTree} from "../../../../contracts/libraries/SumTree.sol";
import {Batch} from "../../../../contracts/types/Batch.sol";
import {IRewardDistributor} from "../../../../contracts/interfaces/IRewardDistributor.sol";
import {Proposal} from "../../../../contracts/types/Reward.sol";
import {ModelRegistry} from "../../../../contracts/registry/ModelRegistry.sol";
import {VM} from "../../Vm.sol";
import {BatchActions} from "./BatchActions.sol";

/// @title All actions; here what proposers of reward roots and claimants do
/// @dev The assets are the two operators'; each has a leaf in every cumulative tree.
contract MoneyHandler is BatchActions {
    bytes32[2] public assets;
    Proposal[] private _proposals;
    /// @dev What the leaves of a proposal say, and of the root in force.
    mapping(uint64 id => uint128[2] cumulative) private _leaves;
    uint128[2] private _previous;
    uint64 public activeId;
    uint256 public claimed;

    constructor() {
        ModelRegistry models = system.models();
        for (uint256 i = 0; i < OPERATORS; ++i) {
            VM.prank(operators[i]);
            assets[i] = models.registerOperator("http://operator.example");
        }
    }

    function proposalCount() external view returns (uint256 count) {
        return _proposals.length;
    }

    /// @dev Proposal ids count from 1.
    function proposalAt(uint64 id) public view returns (Proposal memory proposal) {
        return _proposals[id - 1];
    }

    function leavesOf(uint64 id) external view returns (uint128[2] memory cumulative) {
        return _leaves[id];
    }

    function propose(uint256 to, uint256 seed) public {
        uint64 base = _rewards.period();
        IRewardDistributor.Period memory active = _rewards.periodOf(base);
        uint256 left = _rewards.funded() - active.cumulativeSum;
        if (_registry.finalityCount() == active.finalityTo || left == 0) return finalise(seed);
        uint128 epoch = uint128(_within(seed, 1, left));
        uint128 first = uint128((seed >> 128) % (uint256(epoch) + 1));
        uint128[2] memory cumulative = _leaves[activeId];
        (cumulative[0], cumulative[1]) = (cumulative[0] + first, cumulative[1] + epoch - first);
        Proposal memory p;
        (p.epochSum, p.epochCount, p.cumulativeSum, p.cumulativeCount) = (epoch, 1, active.cumulativeSum + epoch, 2);
        (p.cumulativeRoot,) = _rootOf(_leaves[activeId], cumulative);
        (p.finalityFrom, p.finalityTo, p.base) = (active.finalityTo, _registry.finalityCount(), base);
        (p.maturedFrom, p.maturedTo) = (active.maturedTo, active.maturedTo);
        address proposer = operators[to % OPERATORS];
        uint56 bond = system.PROPOSAL_BOND();
        VM.prank(proposer);
        _stake.deposit(bond);
        Batch memory none;
        VM.prank(proposer);
        uint64 id = _rewards.propose(p, none);
        _proposals.push(p);
        _leaves[id] = cumulative;
    }

    function activate(uint256 seed) public {
        uint64 base = _rewards.period();
        for (uint64 id = 1; id <= _proposals.length; ++id) {
            if (_proposals[id - 1].base != base || !_isOpen(id)) continue;
            _pass(uint256(_rewards.proposalOf(id).proposedAt) + system.WINDOW());
            _rewards.activate(id, _proposals[id - 1]);
            (_previous, activeId) = (_leaves[activeId], id);
            return;
        }
        propose(seed, seed >> 8);
    }

    function convictProposal(uint256 seed) external {
        for (uint64 id = uint64(_proposals.length); id > 0; --id) {
            if (!_isOpen(id) || seed % 2 == id % 2) continue;
            slashTotal += system.PROPOSAL_BOND();
            _rewards.convict(id, _proposals[id - 1], consumers[seed % CONSUMERS], "proved");
            return;
        }
        propose(seed, seed >> 8);
    }

    function releaseProposal(uint256 seed) external {
        for (uint64 id = 1; id <= _proposals.length; ++id) {
            if (!_isOpen(id) || _proposals[id - 1].base >= _rewards.period()) continue;
            _pass(uint256(_rewards.proposalOf(id).proposedAt) + system.WINDOW());
            _rewards.release(id, _proposals[id - 1]);
            return;
        }
        activate(seed);
    }

    function claim(uint256 seed) external {
        uint256 which = seed % 2;
        uint128 due = dueOf(which);
        if (due == 0) return activate(seed);
        claimFor(which);
    }

    /// @dev What the root in force gives the asset beyond what it has claimed.
    function dueOf(uint256 which) public view returns (uint128 due) {
        return _leaves[activeId][which] - _rewards.claimedOf(assets[which]);
    }

    function claimFor(uint256 which) public {
        which %= 2;
        uint128 due = dueOf(which);
        uint128[2] memory cumulative = _leaves[activeId];
        (, bytes32[2] memory nodes) = _rootOf(_previous, cumulative);
        // Leaves stand in order of their asset.
        uint256 place = assets[0] < assets[1] ? which : 1 - which;
        (bytes32[] memory siblings, uint256[] memory sums) = (new bytes32[](1), new uint256[](1));
        (siblings[0], sums[0]) = (nodes[1 - which], cumulative[1 - which]);
        _rewards.claim(assets[which], _previous[which], cumulative[which], uint32(place), siblings, sums);
        claimed += due;
    }

    function _isOpen(uint64 id) private view returns (bool yes) {
        return _rewards.proposalOf(id).status == IRewardDistributor.Status.Open;
    }

    function _rootOf(uint128[2] memory previous, uint128[2] memory cumulative)
        private
        view
        returns (bytes32 root, bytes32[2] memory nodes)
    {
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 leaf = keccak256(abi.encodePacked(bytes1(0x06), assets[i], previous[i]));
            nodes[i] = SumTree.leafNode(leaf, cumulative[i]);
        }
        root = assets[0] < assets[1]
            ? SumTree.branch(nodes[0], cumulative[0], nodes[1], cumulative[1])
            : SumTree.branch(nodes[1], cumulative[1], nodes[0], cumulative[0]);
    }
}
