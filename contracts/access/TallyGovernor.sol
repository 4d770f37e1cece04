// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

/// @title Votes of wrapped OPEN decide what the timelock does
/// @notice OpenZeppelin's Governor. Its own settings have hard bounds too, so that no vote can make later votes a formality.
/// @dev Few may have wrapped OPEN, so that a fraction of what is wrapped alone would be cheap to reach: `leastQuorum` of
/// votes for or abstaining is needed besides.
contract TallyGovernor is
    Governor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl
{
    /// @notice Time to wrap, delegate or unwrap before votes are counted.
    uint256 public constant LEAST_VOTING_DELAY = 1 hours;
    uint256 public constant MOST_VOTING_DELAY = 14 days;
    /// @notice Time to vote.
    uint256 public constant LEAST_VOTING_PERIOD = 1 days;
    uint256 public constant MOST_VOTING_PERIOD = 30 days;
    /// @notice Ten million OPEN: proposing cannot be shut off.
    uint256 public constant MOST_THRESHOLD = 10 ** 13;
    /// @notice In percent of what is wrapped.
    uint256 public constant LEAST_QUORUM_PERCENT = 2;
    uint256 public constant MOST_QUORUM_PERCENT = 40;

    /// @notice Votes that a proposal needs however little is wrapped, in base units of OPEN.
    uint256 public immutable leastQuorum;

    /// @notice The named setting is out of bounds.
    error TallyGovernorOutOfBounds(bytes32 name, uint256 value, uint256 least, uint256 most);

    /// @param votes The OpenVotes.
    /// @param timelock_ Executes; this contract must be its proposer and canceller.
    /// @param votingDelay_ Seconds from a proposal to its vote.
    /// @param votingPeriod_ Seconds of a vote.
    /// @param threshold Votes that a proposer needs, in base units.
    /// @param quorumPercent Of the wrapped supply.
    /// @param leastQuorum_ In base units.
    constructor(
        IVotes votes,
        TimelockController timelock_,
        uint48 votingDelay_,
        uint32 votingPeriod_,
        uint256 threshold,
        uint256 quorumPercent,
        uint256 leastQuorum_
    )
        Governor("TallyGovernor")
        GovernorSettings(votingDelay_, votingPeriod_, threshold)
        GovernorVotes(votes)
        GovernorVotesQuorumFraction(quorumPercent)
        GovernorTimelockControl(timelock_)
    {
        leastQuorum = leastQuorum_;
    }

    /// @notice Votes for or abstaining that a proposal of that time needs.
    function quorum(uint256 timepoint)
        public
        view
        override(Governor, GovernorVotesQuorumFraction)
        returns (uint256 votes)
    {
        votes = super.quorum(timepoint);
        if (votes < leastQuorum) votes = leastQuorum;
    }

    /// @notice The state of a proposal, the timelock's part included.
    function state(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (ProposalState)
    {
        return super.state(proposalId);
    }

    /// @notice Votes that a proposer needs.
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @notice Always: what passes goes through the timelock.
    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    /* BOUNDS */

    function _setVotingDelay(uint48 value) internal override {
        _checkBounds("votingDelay", value, LEAST_VOTING_DELAY, MOST_VOTING_DELAY);
        super._setVotingDelay(value);
    }

    function _setVotingPeriod(uint32 value) internal override {
        _checkBounds("votingPeriod", value, LEAST_VOTING_PERIOD, MOST_VOTING_PERIOD);
        super._setVotingPeriod(value);
    }

    function _setProposalThreshold(uint256 value) internal override {
        _checkBounds("proposalThreshold", value, 1, MOST_THRESHOLD);
        super._setProposalThreshold(value);
    }

    function _updateQuorumNumerator(uint256 value) internal override {
        _checkBounds("quorumNumerator", value, LEAST_QUORUM_PERCENT, MOST_QUORUM_PERCENT);
        super._updateQuorumNumerator(value);
    }

    function _checkBounds(bytes32 name, uint256 value, uint256 least, uint256 most) private pure {
        require(value >= least && value <= most, TallyGovernorOutOfBounds(name, value, least, most));
    }

    /* WHERE OPENZEPPELIN'S PARTS MEET */

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
