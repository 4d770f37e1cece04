// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A queue of dated amounts, spent oldest first
/// @dev Periods are block time over the bucket window, so they never fall from one bucket to the next.
library UnsettledBuckets {
    struct Bucket {
        uint64 period;
        uint128 amount;
    }

    struct Queue {
        uint256 head;
        Bucket[] buckets;
    }

    /// @notice Adds to the bucket of `period`, the newest.
    function add(Queue storage queue, uint64 period, uint128 amount) internal {
        uint256 length = queue.buckets.length;
        if (length > queue.head && queue.buckets[length - 1].period == period) {
            queue.buckets[length - 1].amount += amount;
        } else {
            queue.buckets.push(Bucket(period, amount));
        }
    }

    /// @notice Takes `amount`, oldest first. Returns what was missing.
    function spend(Queue storage queue, uint128 amount) internal returns (uint128 missing) {
        uint256 length = queue.buckets.length;
        uint256 head = queue.head;
        missing = amount;
        while (missing > 0 && head < length) {
            Bucket storage oldest = queue.buckets[head];
            if (oldest.amount > missing) {
                oldest.amount -= missing;
                missing = 0;
            } else {
                missing -= oldest.amount;
                delete queue.buckets[head++];
            }
        }
        queue.head = head;
    }

    /// @notice Removes all buckets before `oldestLive` and returns their sum.
    function expire(Queue storage queue, uint64 oldestLive) internal returns (uint128 expired) {
        uint256 length = queue.buckets.length;
        uint256 head = queue.head;
        while (head < length && queue.buckets[head].period < oldestLive) {
            expired += queue.buckets[head].amount;
            delete queue.buckets[head++];
        }
        queue.head = head;
    }

    /// @notice Sum of the buckets from `oldestLive` on.
    function live(Queue storage queue, uint64 oldestLive) internal view returns (uint128 sum) {
        uint256 length = queue.buckets.length;
        for (uint256 i = queue.head; i < length; ++i) {
            if (queue.buckets[i].period >= oldestLive) sum += queue.buckets[i].amount;
        }
    }
}
