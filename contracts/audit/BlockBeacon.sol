// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBeacon} from "../interfaces/audit/IBeacon.sol";

/// @title Seeds from the hashes of this chain's own blocks, for chains that no signing network serves
/// @dev Whoever makes a block may throw it away: one choice between two seeds for each block that it gives up. A sequencer that
/// makes all of them chooses freely. Courts that use it demand a larger stake.
contract BlockBeacon is IBeacon {
    /// @notice How long the chain remembers a hash, in blocks.
    uint64 public constant MEMORY = 256;
    /// @notice Four epochs of 32 slots: whoever makes the block is not known so far ahead.
    uint64 public constant LONGEST_DELAY = 128;

    /// @notice Blocks from the demand to the block whose hash counts.
    uint64 public immutable delay;

    /// @inheritdoc IBeacon
    mapping(uint64 round => bytes32 seed) public seedOf;

    /// @notice A delay is at least 1 block and at most `LONGEST_DELAY`.
    error BlockBeaconBadParameter();
    /// @notice That block is not there yet.
    error BlockBeaconTooEarly(uint64 round);

    constructor(uint64 delay_) {
        require(delay_ > 0 && delay_ <= LONGEST_DELAY, BlockBeaconBadParameter());
        delay = delay_;
    }

    /// @notice Writes a round's seed down; anyone may. A known round changes nothing.
    /// @dev Where the hash is forgotten the block 256 later counts, and so on: a rule, so that the caller chooses only when, and
    /// everybody else may call before.
    function publish(uint64 round) external {
        if (seedOf[round] != 0) return;
        require(block.number > round, BlockBeaconTooEarly(round));
        uint256 late = (block.number - 1 - round) / MEMORY;
        bytes32 seed = keccak256(abi.encodePacked(blockhash(round + late * MEMORY), round));
        seedOf[round] = seed;
        emit SeedPublished(round, seed);
    }

    /// @inheritdoc IBeacon
    function nextRound() external view returns (uint64 round) {
        return uint64(block.number) + delay;
    }

    /// @inheritdoc IBeacon
    function isUnbiasable() external pure returns (bool yes) {
        return false;
    }
}
