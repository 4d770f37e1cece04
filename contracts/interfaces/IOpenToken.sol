// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title OPEN, the unit of account
/// @notice ERC-20 with 6 decimals, a fixed supply, permits (ERC-2612), signed transfers (ERC-3009) and burning.
/// @dev No hooks, no fee on transfer, no minting after construction: `balance == books` proofs rely on it.
/// @custom:invariant supply: totalSupply never rises.
interface IOpenToken is IERC20Metadata, IERC20Permit {
    /// @notice The supply would go to nobody.
    error OpenTokenZeroHolder();

    /// @notice Destroys tokens of the caller.
    /// @param value Base units.
    function burn(uint256 value) external;

    /// @notice Destroys tokens of `account` against the caller's allowance.
    /// @param account Whose tokens.
    /// @param value Base units.
    function burnFrom(address account, uint256 value) external;
}
