// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IChallengeBook} from "../interfaces/challenges/IChallengeBook.sol";

/// @title Bonds and deadlines of challenges
abstract contract ChallengeBook is IChallengeBook {
    /// @notice Gas that an answer takes at most: a receipt of 64 lines at depth 20 takes about half of it.
    uint256 public constant ANSWER_GAS = 600_000;
    /// @notice Open challenges per doubling of the bond, so that nobody can be buried under demands for little.
    uint256 public constant DOUBLING = 64;
    /// @notice In the last such part of a window nothing is demanded, so that whoever answers at once is in time.
    uint64 public constant DEMANDS_END = 8;
    /// @notice An answer before the last such part leaves the window's own time to prove the leaf false, and ends the hold.
    uint64 public constant ANSWERS_END = 16;
    /// @dev In wei; where gas is free a challenge still is not.
    uint256 private constant LEAST_BASE_FEE = 1e7;
    uint40 private constant ANSWERED = type(uint40).max;

    mapping(bytes32 key => Challenge challenge) private _challenges;
    mapping(uint64 id => uint256 count) public openOf;
    mapping(address account => uint256 amount) public owedTo;

    /// @inheritdoc IChallengeBook
    function withdraw() external {
        uint256 amount = owedTo[msg.sender];
        require(amount > 0, ChallengeBookNothingOwed());
        owedTo[msg.sender] = 0;
        emit BondsWithdrawn(msg.sender, amount);
        (bool done,) = msg.sender.call{value: amount}("");
        require(done, ChallengeBookRefused(msg.sender));
    }

    /// @inheritdoc IChallengeBook
    function bondOf(uint64 id) public view returns (uint256 bond) {
        uint256 fee = block.basefee > LEAST_BASE_FEE ? block.basefee : LEAST_BASE_FEE;
        bond = 2 * ANSWER_GAS * fee;
        return bond + bond * openOf[id] / DOUBLING;
    }

    /// @inheritdoc IChallengeBook
    function challengeOf(uint64 id, uint8 kind, uint32 index) external view returns (Challenge memory challenge) {
        return _challenges[_key(id, kind, index)];
    }

    /// @dev What is sent beyond the bond is owed back.
    function _open(uint64 id, uint8 kind, uint32 index, uint64 window) internal returns (uint64 deadline) {
        bytes32 key = _key(id, kind, index);
        require(_challenges[key].deadline == 0, ChallengeBookExists(key));
        uint256 bond = bondOf(id);
        require(msg.value >= bond, ChallengeBookBondShort(msg.value, bond));
        deadline = uint64(block.timestamp) + window;
        _challenges[key] = Challenge(msg.sender, uint40(deadline), uint128(bond));
        ++openOf[id];
        owedTo[msg.sender] += msg.value - bond;
        emit Challenged(id, kind, index, msg.sender, uint40(deadline));
    }

    function _answer(uint64 id, uint8 kind, uint32 index) internal {
        Challenge storage challenge = _openChallenge(id, kind, index);
        uint64 deadline = challenge.deadline;
        require(block.timestamp < deadline, ChallengeBookLate(deadline));
        owedTo[msg.sender] += challenge.bond;
        (challenge.challenger, challenge.deadline, challenge.bond) = (address(0), ANSWERED, 0);
        --openOf[id];
        emit ChallengeAnswered(id, kind, index, msg.sender);
    }

    /// @dev Returns the bond. A conviction needs the deadline to be over.
    function _close(uint64 id, uint8 kind, uint32 index, bool convicted) internal returns (address challenger) {
        Challenge storage challenge = _openChallenge(id, kind, index);
        uint64 deadline = challenge.deadline;
        require(!convicted || block.timestamp >= deadline, ChallengeBookOpen(deadline));
        challenger = challenge.challenger;
        owedTo[challenger] += challenge.bond;
        delete _challenges[_key(id, kind, index)];
        --openOf[id];
        emit ChallengeClosed(id, kind, index, convicted);
    }

    function _without(uint64 window, uint64 part) internal pure returns (uint64 rest) {
        return window - window / part;
    }

    function _openChallenge(uint64 id, uint8 kind, uint32 index) private view returns (Challenge storage challenge) {
        bytes32 key = _key(id, kind, index);
        challenge = _challenges[key];
        require(challenge.challenger != address(0), ChallengeBookUnknown(key));
    }

    function _key(uint64 id, uint8 kind, uint32 index) private pure returns (bytes32 key) {
        return keccak256(abi.encode(id, kind, index));
    }
}
