// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An operator's unsettled money by the period in which it was redeemed, spent oldest first; one slot
/// @dev Four periods live. Amounts are parts of the token's fixed supply, which the escrow checks to fit 56 bits.
library UnsettledBuckets {
    struct Buckets {
        uint32 period;
        uint56 newest;
        uint56 second;
        uint56 third;
        uint56 oldest;
    }

    /// @notice Moves on to a period, never back. Returns what is too old by then.
    function advance(Buckets memory buckets, uint32 period) internal pure returns (uint128 expired) {
        uint256 steps = period - buckets.period;
        buckets.period = period;
        for (uint256 i = 0; i < steps && i < 4; ++i) {
            expired += buckets.oldest;
            (buckets.oldest, buckets.third, buckets.second) = (buckets.third, buckets.second, buckets.newest);
            buckets.newest = 0;
        }
    }

    /// @notice Adds to the present period.
    function add(Buckets memory buckets, uint128 amount) internal pure {
        buckets.newest += uint56(amount);
    }

    /// @notice Takes `amount`, oldest first. Returns what was missing.
    function spend(Buckets memory buckets, uint128 amount) internal pure returns (uint128 missing) {
        missing = amount;
        (buckets.oldest, missing) = _take(buckets.oldest, missing);
        (buckets.third, missing) = _take(buckets.third, missing);
        (buckets.second, missing) = _take(buckets.second, missing);
        (buckets.newest, missing) = _take(buckets.newest, missing);
    }

    /// @notice All that lives.
    function sum(Buckets memory buckets) internal pure returns (uint128 amount) {
        return uint128(buckets.newest) + buckets.second + buckets.third + buckets.oldest;
    }

    function _take(uint56 have, uint128 want) private pure returns (uint56 left, uint128 missing) {
        if (want >= have) return (0, want - have);
        return (have - uint56(want), 0);
    }
}
