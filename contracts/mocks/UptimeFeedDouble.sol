// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An uptime feed whose rounds, and whose ways of breaking, a test sets
contract UptimeFeedDouble {
    enum Mode {
        Sound,
        Reverting,
        Short,
        Endless
    }

    struct Told {
        int256 answer;
        uint256 startedAt;
    }

    Mode public mode;
    uint80 public latest;
    mapping(uint80 roundId => Told told) private _told;

    constructor() {
        tell(0, 1);
    }

    /// @notice Begins a round.
    function tell(int256 answer, uint256 startedAt) public {
        _told[++latest] = Told(answer, startedAt);
    }

    /// @notice From now on it answers so.
    function setMode(Mode mode_) external {
        mode = mode_;
    }

    /// @notice Forgets a round, as a new phase of a feed does.
    function forget(uint80 roundId) external {
        delete _told[roundId];
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(latest);
    }

    function getRoundData(uint80 id) public view returns (uint80, int256, uint256, uint256, uint80) {
        require(mode != Mode.Reverting, "broken");
        if (mode == Mode.Short) {
            assembly {
                return(0, 64)
            }
        }
        while (mode == Mode.Endless) {}
        Told memory told = _told[id];
        return (id, told.answer, told.startedAt, told.startedAt, id);
    }
}
