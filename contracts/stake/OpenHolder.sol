// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpenToken} from "../interfaces/IOpenToken.sol";

/// @title What the parts of the stake share
abstract contract OpenHolder {
    /// @notice OPEN. Its supply, which never grows, fits 56 bits, and so does every amount here.
    IOpenToken public immutable token;

    /// @notice The token is missing, or its supply is too large.
    error OpenHolderBadToken();

    /// @param token_ OPEN.
    constructor(IOpenToken token_) {
        require(address(token_) != address(0) && token_.totalSupply() <= type(uint56).max, OpenHolderBadToken());
        token = token_;
    }
}
