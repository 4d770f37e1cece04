// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Shares of a pool of tokens, always rounded in favour of the pool
/// @dev The pool counts `VIRTUAL` shares and one token of nobody: who inflates the price of a share to steal by rounding loses
/// a thousand times what others lose. Only a slash lowers the price; when it has fallen far, shares are counted anew in
/// bigger ones, so that no history of slashes makes them outgrow 96 bits.
/// @custom:invariant price: (tokens + 1) / (shares + VIRTUAL) never falls by `sharesFor` or `tokensFor`.
/// @custom:invariant bounded: shares < 2^96 while tokens < 2^56.
library PoolShares {
    /// @notice Shares that nobody holds.
    uint256 internal constant VIRTUAL = 1_000;
    /// @dev Shares are recounted when a token is worth 2^38 of them, and then one new share is 2^30 old ones.
    uint256 private constant RECOUNT_AT = 38;
    uint256 private constant RECOUNT_BY = 30;

    /// @notice What `tokens` buy of a pool, rounded down.
    function sharesFor(uint256 tokens, uint256 pool, uint256 shares) internal pure returns (uint256 bought) {
        return tokens * (shares + VIRTUAL) / (pool + 1);
    }

    /// @notice What `part` of a pool's shares is worth, rounded down; never more than the pool.
    function tokensFor(uint256 part, uint256 pool, uint256 shares) internal pure returns (uint256 worth) {
        return part * (pool + 1) / (shares + VIRTUAL);
    }

    /// @notice The shares of a pool as they count now.
    /// @param shares As they counted on `scale`.
    /// @param scale How often they were recounted.
    /// @param pool Tokens in the pool.
    function recounted(uint96 shares, uint32 scale, uint256 pool) internal pure returns (uint96, uint32) {
        while (shares >> RECOUNT_AT > pool) {
            shares >>= RECOUNT_BY;
            ++scale;
        }
        return (shares, scale);
    }

    /// @notice A holder's shares as they count now, rounded down.
    /// @param shares As they counted on `from`.
    /// @param from The scale of the holder.
    /// @param to The scale of the pool.
    function onScale(uint96 shares, uint32 from, uint32 to) internal pure returns (uint96) {
        // A shift by 96 bits or more is zero.
        return shares >> (RECOUNT_BY * (to - from));
    }
}
