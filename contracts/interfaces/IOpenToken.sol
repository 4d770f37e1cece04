// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title OPEN, the unit of account
/// @notice ERC-20 with 6 decimals, a fixed supply, permits (ERC-2612), signed transfers (ERC-3009) and burning.
/// @dev No hooks, no fee on transfer, no minting after construction: `balance == books` proofs rely on it.
/// @custom:invariant supply: totalSupply never rises.
interface IOpenToken is IERC20Metadata, IERC20Permit, IERC3009 {
    /// @notice The supply would go to nobody.
    error OpenTokenZeroHolder();

    /// @notice Destroys tokens of the caller.
    /// @param value Base units.
    function burn(uint256 value) external;

    /// @notice Destroys tokens of `account` against the caller's allowance.
    /// @param account Whose tokens.
    /// @param value Base units.
    function burnFrom(address account, uint256 value) external;

    /// @notice Whether OPEN carried out exactly this signed transfer (ERC-3009). A cancelled one was not.
    /// @dev ERC-3009 itself tells only that a nonce is used, and a payer can sign several transfers with one nonce.
    /// @param from Who signed.
    /// @param nonce The transfer's.
    /// @param to Who got it.
    /// @param value Base units.
    function wasExecuted(address from, bytes32 nonce, address to, uint256 value) external view returns (bool yes);
}
