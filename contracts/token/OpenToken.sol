// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit, IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";

/// @title OPEN
contract OpenToken is IOpenToken, ERC20Burnable, ERC20Permit, ERC3009 {
    /// @dev Used and not executed.
    bytes32 private constant CANCELLED = bytes32(uint256(1));

    /// @dev `H(to, value)` of an executed transfer, in the place of the library's flag.
    mapping(address authorizer => mapping(bytes32 nonce => bytes32 word)) private _authorizations;

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

    /// @inheritdoc IERC3009
    function authorizationState(address authorizer, bytes32 nonce)
        public
        view
        override(ERC3009, IERC3009)
        returns (bool)
    {
        return _authorizations[authorizer][nonce] != 0;
    }

    /// @inheritdoc IOpenToken
    function wasExecuted(address from, bytes32 nonce, address to, uint256 value) external view returns (bool yes) {
        return _authorizations[from][nonce] == _transferHash(to, value);
    }

    function _transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce
    ) internal override {
        super._transferWithAuthorization(from, to, value, validAfter, validBefore, nonce);
        _authorizations[from][nonce] = _transferHash(to, value);
    }

    function _consumeNonce(address authorizer, bytes32 nonce) internal override {
        require(!authorizationState(authorizer, nonce), ERC3009UsedAuthorization(authorizer, nonce));
        _authorizations[authorizer][nonce] = CANCELLED;
    }

    function _transferHash(address to, uint256 value) private pure returns (bytes32 hash) {
        return keccak256(abi.encode(to, value));
    }
}
