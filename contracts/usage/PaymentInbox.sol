// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpenToken} from "../interfaces/IOpenToken.sol";

/// @title Where signed transfers to one operator arrive
/// @dev Its address commits to its maker and the operator. Nobody but the maker can ever spend what it holds: it has no
/// functions, and the one allowance that it gives is its maker's.
contract PaymentInbox {
    /// @param token OPEN.
    constructor(IOpenToken token) {
        token.approve(msg.sender, type(uint256).max);
    }
}
