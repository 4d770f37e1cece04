// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBeacon} from "../interfaces/audit/IBeacon.sol";
import {BlsOnBn254} from "../libraries/BlsOnBn254.sol";

/// @title Seeds from a threshold network that signs its round numbers, checked here
/// @dev drand's scheme `bls-bn254-unchained-on-g1` (its network "evmnet"). A signature is unique, so that whoever brings it
/// chooses nothing; only a threshold of the network's members could know a seed early, and not even they could choose it.
contract Beacon is IBeacon {
    /// @notice The longest period of a network, in seconds.
    uint64 public constant LONGEST_PERIOD = 1 hours;
    /// @notice Bounds of how far a block's time may lag behind the network's, in seconds.
    uint64 public constant LEAST_LEAD = 30;
    uint64 public constant LONGEST_LEAD = 1 hours;

    /// @notice When round 1 was signed.
    uint64 public immutable genesis;
    /// @notice Seconds from a round to the next.
    uint64 public immutable period;
    /// @notice A round counts as unknown only if it is signed more than this after the block's time.
    uint64 public immutable lead;
    uint256 private immutable _x1;
    uint256 private immutable _x0;
    uint256 private immutable _y1;
    uint256 private immutable _y0;

    /// @inheritdoc IBeacon
    mapping(uint64 round => bytes32 seed) public seedOf;

    /// @notice A parameter is out of bounds, or the key no point of the group.
    error BeaconBadParameter();
    /// @notice Rounds count from 1.
    error BeaconNoRound();
    /// @notice The network has not signed that.
    error BeaconBadSignature(uint64 round);

    /// @param key_ The network's public key as EIP-197 writes it: x and y, the imaginary part of each first.
    constructor(uint256[4] memory key_, uint64 genesis_, uint64 period_, uint64 lead_) {
        require(period_ > 0 && period_ <= LONGEST_PERIOD, BeaconBadParameter());
        require(lead_ >= LEAST_LEAD && lead_ <= LONGEST_LEAD, BeaconBadParameter());
        require(genesis_ > 0 && genesis_ <= block.timestamp, BeaconBadParameter());
        require(BlsOnBn254.isKey(key_), BeaconBadParameter());
        (genesis, period, lead) = (genesis_, period_, lead_);
        (_x1, _x0, _y1, _y0) = (key_[0], key_[1], key_[2], key_[3]);
    }

    /// @notice Takes the network's signature of a round; anyone brings it. A known round changes nothing.
    /// @param signature Both coordinates.
    function publish(uint64 round, uint256[2] calldata signature) external {
        require(round > 0, BeaconNoRound());
        if (seedOf[round] != 0) return;
        bytes32 message = keccak256(abi.encodePacked(round));
        require(BlsOnBn254.isSigned(key(), message, signature), BeaconBadSignature(round));
        bytes32 seed = keccak256(abi.encodePacked(signature[0], signature[1]));
        seedOf[round] = seed;
        emit SeedPublished(round, seed);
    }

    /// @inheritdoc IBeacon
    function nextRound() external view returns (uint64 round) {
        // Round r is signed at genesis + (r - 1) * period.
        return (uint64(block.timestamp) + lead - genesis) / period + 2;
    }

    /// @inheritdoc IBeacon
    function isUnbiasable() external pure returns (bool yes) {
        return true;
    }

    /// @notice The network's public key.
    function key() public view returns (uint256[4] memory words) {
        return [_x1, _x0, _y1, _y0];
    }
}
