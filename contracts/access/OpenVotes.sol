// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC20Wrapper} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Wrapper.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title OPEN that votes
/// @notice Wrap OPEN one for one to vote with it, unwrap at any time. Checkpoints would tax every transfer of OPEN by two
/// storage writes; here only who votes pays for them.
/// @dev Votes count from delegation on, which a first deposit to oneself does at once. OPEN that is sent here without
/// `depositFor` is lost.
contract OpenVotes is ERC20Permit, ERC20Votes, ERC20Wrapper {
    /// @param open OPEN.
    constructor(IERC20 open) ERC20("Voting Open", "vOPEN") ERC20Permit("Voting Open") ERC20Wrapper(open) {}

    /// @notice Wraps the caller's OPEN for `account`, and lets it vote for itself where it named nobody yet.
    /// @param account Who gets the votes.
    /// @param value Base units of OPEN, approved before.
    function depositFor(address account, uint256 value) public override returns (bool) {
        if (account == _msgSender() && delegates(account) == address(0)) _delegate(account, account);
        return super.depositFor(account, value);
    }

    /// @notice Seconds: block numbers mean little on roll-ups.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice As ERC-6372 wants it.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @notice As OPEN's: six.
    function decimals() public view override(ERC20, ERC20Wrapper) returns (uint8) {
        return super.decimals();
    }

    /// @notice Of permits and of delegations by signature.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
