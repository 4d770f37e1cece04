// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUptimeFeed} from "../interfaces/IUptimeFeed.sol";

/// @title Ends windows later where the sequencer was down meanwhile
/// @notice While the sequencer is down no window ends. A window that is open when it comes back up gets its whole length
/// anew from then. A window that had ended before it went down stays ended. Nothing is extended by more than
/// `MOST_EXTENSION`, whatever the feed says.
/// @dev Nothing is stored: the end is computed from the feed's last rounds, and costs one call where the sequencer has been
/// up since the window opened. What a broken feed can do:
/// - it reverts, has no code, answers too little or nonsense, or lies more than `MOST_SKEW` ahead: it counts as no feed;
/// - it says "down" for ever, or "just came back" at each call: windows end `MOST_EXTENSION` later than they would;
/// - it eats gas: `FEED_GAS` a round, `MOST_ROUNDS` at most;
/// - its history is gone: the windows that opened before its oldest readable round count as open when that began.
/// Too little gas for a call to the feed reverts, so that nobody can make a good feed look broken.
abstract contract WindowClock {
    struct Round {
        bool readable;
        bool down;
        uint64 since;
        uint80 id;
    }

    /// @notice By how much downtime can extend a window at most. Twice the longest window: outages of a week are covered
    /// whole even for that.
    uint64 public constant MOST_EXTENSION = 14 days;
    /// @notice How far ahead of this chain's clock a feed may be; a roll-up's clock may lag behind its parent's.
    uint64 public constant MOST_SKEW = 1 hours;
    /// @notice Changes of status that are read back; a window over more of them counts as open at the oldest.
    uint256 public constant MOST_ROUNDS = 16;
    /// @dev Several times what an aggregator behind its proxy uses.
    uint256 private constant FEED_GAS = 100_000;
    /// @dev What the call itself and the 64th part that stays behind take.
    uint256 private constant CALL_GAS = 10_000;
    uint64 private constant NEVER = type(uint64).max;

    /// @notice The sequencer's uptime feed; zero where the chain has no sequencer that could be down alone.
    IUptimeFeed public immutable uptimeFeed;

    /// @notice The feed does not answer as one.
    error WindowClockBadFeed(address feed);
    /// @notice Too little gas to ask the feed.
    error WindowClockGasShort(uint256 gasLeft, uint256 needed);

    /// @param feed Zero for none; otherwise it must answer now.
    constructor(IUptimeFeed feed) {
        uptimeFeed = feed;
        require(address(feed) == address(0) || _latest().readable, WindowClockBadFeed(address(feed)));
    }

    /// @dev When a window of `length` seconds that opened at `from` ends.
    function _endOf(uint64 from, uint64 length) internal view returns (uint64 end) {
        end = from + length;
        if (address(uptimeFeed) == address(0)) return end;
        Round memory latest = _latest();
        if (!latest.readable) return end;
        uint64 most = end + MOST_EXTENSION;
        end = _endAfter(latest, from, length, MOST_ROUNDS);
        if (end > most) end = most;
    }

    /// @dev The end as the rounds up to `round` give it; `NEVER` while down.
    function _endAfter(Round memory round, uint64 from, uint64 length, uint256 left) private view returns (uint64 end) {
        if (!round.readable) return NEVER;
        end = from + length;
        // The earlier rounds matter only where they could have moved the end past this one.
        if (round.down ? end <= round.since : from < round.since) {
            end = left == 0 ? NEVER : _endAfter(_before(round), from, length, left - 1);
        } else if (!round.down) {
            return end;
        }
        if (end > round.since) end = round.down ? NEVER : round.since + length;
    }

    function _latest() private view returns (Round memory round) {
        return _read(abi.encodeCall(IUptimeFeed.latestRoundData, ()));
    }

    function _before(Round memory round) private view returns (Round memory earlier) {
        if (round.id > 0) earlier = _read(abi.encodeCall(IUptimeFeed.getRoundData, (round.id - 1)));
    }

    /// @dev Copies five words and no more, and decodes by hand: a bad answer must not revert.
    function _read(bytes memory question) private view returns (Round memory round) {
        uint256 needed = FEED_GAS + CALL_GAS;
        require(gasleft() >= needed, WindowClockGasShort(gasleft(), needed));
        address feed = address(uptimeFeed);
        uint256 gasGiven = FEED_GAS;
        uint256[5] memory words;
        bool answered;
        assembly ("memory-safe") {
            answered := staticcall(gasGiven, feed, add(question, 32), mload(question), words, 160)
            answered := and(answered, gt(returndatasize(), 159))
        }
        (uint256 id, uint256 answer, uint256 since) = (words[0], words[1], words[2]);
        bool sound = id <= type(uint80).max && answer <= 1 && since > 0 && since <= block.timestamp + MOST_SKEW;
        if (!answered || !sound) return round;
        if (since > block.timestamp) since = block.timestamp;
        return Round({readable: true, down: answer == 1, since: uint64(since), id: uint80(id)});
    }
}
