// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";

/// @title Payout address of an operator asset, which pays the operator's pool
/// @dev One minimal clone an operator, made by the stake. It holds nothing but OPEN, and only the stake can take it.
contract RewardForwarder {
    using SafeERC20 for IOpenToken;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @notice The OperatorStake.
    address public immutable stake;

    /// @notice Only the stake may do this.
    error RewardForwarderNotStake(address caller);

    /// @param token_ OPEN.
    /// @param stake_ The OperatorStake.
    constructor(IOpenToken token_, address stake_) {
        (token, stake) = (token_, stake_);
    }

    /// @notice Hands all OPEN to the stake, which books it.
    /// @return amount Base units.
    function collect() external returns (uint256 amount) {
        require(msg.sender == stake, RewardForwarderNotStake(msg.sender));
        amount = token.balanceOf(address(this));
        token.safeTransfer(stake, amount);
    }
}
