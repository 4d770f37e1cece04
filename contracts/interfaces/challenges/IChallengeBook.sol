// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Demands to publish a leaf on-chain: bonded, answered in time or convicted
/// @dev The bond is in the chain's own coin, since it pays for gas. Who answers gets it.
/// @custom:invariant backed: the contract's coins are at least all open bonds and all that is owed.
interface IChallengeBook {
    /// @notice A demand. Of an answered one only `deadline` is left, at its greatest.
    struct Challenge {
        address challenger;
        uint40 deadline;
        uint128 bond;
    }

    /// @notice Somebody wants a leaf to be published before `deadline`.
    event Challenged(uint64 indexed id, uint8 indexed kind, uint32 indexed index, address challenger, uint40 deadline);
    /// @notice The leaf was published.
    event ChallengeAnswered(uint64 indexed id, uint8 indexed kind, uint32 indexed index, address by);
    /// @notice The challenge ended without an answer: by a conviction, or because there is nothing left to convict.
    event ChallengeClosed(uint64 indexed id, uint8 indexed kind, uint32 indexed index, bool convicted);
    /// @notice Bonds went out.
    event BondsWithdrawn(address indexed account, uint256 amount);

    /// @notice Send at least `bond`.
    error ChallengeBookBondShort(uint256 sent, uint256 bond);
    /// @notice This leaf is challenged already, or was answered.
    error ChallengeBookExists(bytes32 key);
    /// @notice There is no such open challenge.
    error ChallengeBookUnknown(bytes32 key);
    /// @notice There is no such leaf, or kind of leaf.
    error ChallengeBookNoLeaf(uint8 kind, uint32 index);
    /// @notice What is challenged is final or gone, or its window is over.
    error ChallengeBookClosed(uint64 id);
    /// @notice Answers are accepted until the named time.
    error ChallengeBookOpen(uint64 until);
    /// @notice The answer is late.
    error ChallengeBookLate(uint64 deadline);
    /// @notice It can still be convicted.
    error ChallengeBookConvictable(uint64 id);
    /// @notice The answer opens another leaf.
    error ChallengeBookWrongLeaf(uint64 index);
    /// @notice Nothing is owed to the caller.
    error ChallengeBookNothingOwed();
    /// @notice The account refused its coins.
    error ChallengeBookRefused(address account);

    /// @notice Pays out what is owed to the caller.
    function withdraw() external;

    /// @notice What a further challenge of this batch or proposal costs now, in wei.
    /// @dev Twice the gas of an answer at the base fee, and more the more challenges are open at once.
    function bondOf(uint64 id) external view returns (uint256 bond);

    /// @notice A challenge by id, kind and index; all zero when unknown.
    function challengeOf(uint64 id, uint8 kind, uint32 index) external view returns (Challenge memory challenge);

    /// @notice Open challenges of a batch or proposal.
    function openOf(uint64 id) external view returns (uint256 count);

    /// @notice Wei that an account can withdraw.
    function owedTo(address account) external view returns (uint256 amount);
}
