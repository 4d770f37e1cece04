// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An operator's unsettled money by the period in which it was redeemed, spent oldest first; one slot
/// @dev From the low end: the period (32 bits), then four amounts of 56 bits, newest first. Amounts are parts of the
/// token's fixed supply, which the escrow checks to fit 56 bits: no sum of them carries over into its neighbour.
library UnsettledBuckets {
    uint256 private constant PERIOD_BITS = 32;
    uint256 private constant BITS = 56;
    uint256 private constant BUCKETS = 4;
    uint256 private constant MASK = type(uint56).max;

    /// @notice Moves on to a period, never back. Returns what is too old by then.
    function advance(uint256 buckets, uint32 period) internal pure returns (uint256 moved, uint128 expired) {
        uint256 steps = period - uint32(buckets);
        if (steps == 0) return (buckets, 0);
        if (steps > BUCKETS) steps = BUCKETS;
        uint256 amounts = buckets >> PERIOD_BITS;
        for (uint256 i = BUCKETS - steps; i < BUCKETS; ++i) {
            expired += uint128((amounts >> (i * BITS)) & MASK);
        }
        moved = (amounts << (steps * BITS + PERIOD_BITS)) | period;
    }

    /// @notice Adds to the present period.
    function add(uint256 buckets, uint256 amount) internal pure returns (uint256 more) {
        more = buckets + (amount << PERIOD_BITS);
        assert(amount <= MASK && (more >> PERIOD_BITS) & MASK >= amount);
    }

    /// @notice Takes `amount`, oldest first. Returns what was missing.
    function spend(uint256 buckets, uint128 amount) internal pure returns (uint256 left, uint128 missing) {
        left = buckets;
        missing = amount;
        for (uint256 shift = PERIOD_BITS + BUCKETS * BITS; missing > 0 && shift > PERIOD_BITS;) {
            unchecked {
                shift -= BITS;
                uint128 have = uint128((left >> shift) & MASK);
                uint128 taken = missing < have ? missing : have;
                missing -= taken;
                left -= uint256(taken) << shift;
            }
        }
    }

    /// @notice All that lives.
    function sum(uint256 buckets) internal pure returns (uint128 amount) {
        for (uint256 rest = buckets >> PERIOD_BITS; rest > 0; rest >>= BITS) {
            amount += uint128(rest & MASK);
        }
    }
}
