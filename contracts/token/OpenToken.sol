// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit, IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";

/// @title OPEN
contract OpenToken is IOpenToken, ERC20Burnable, ERC20Permit, ERC3009 {
    /// @param holder Who gets the whole supply.
    /// @param supply Base units; there will never be more.
    constructor(address holder, uint256 supply) ERC20("Open", "OPEN") ERC20Permit("Open") {
        require(holder != address(0), OpenTokenZeroHolder());
        _mint(holder, supply);
    }

    /// @notice Six, so that amounts of a network's lifetime fit the node's 64-bit kernel.
    function decimals() public pure override(ERC20, IERC20Metadata) returns (uint8) {
        return 6;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IOpenToken
    function burn(uint256 value) public override(ERC20Burnable, IOpenToken) {
        super.burn(value);
    }

    /// @inheritdoc IOpenToken
    function burnFrom(address account, uint256 value) public override(ERC20Burnable, IOpenToken) {
        super.burnFrom(account, value);
    }
}
