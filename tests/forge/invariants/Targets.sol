// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What forge asks of an invariant test: whom it may call
abstract contract Targets {
    address private _handler;

    function _target(address handler) internal {
        _handler = handler;
    }

    function targetContracts() external view returns (address[] memory found) {
        found = new address[](1);
        found[0] = _handler;
    }

    /// @dev Draws from a seed: what a call means is fixed by its arguments alone.
    function _within(uint256 seed, uint256 low, uint256 high) internal pure returns (uint256 drawn) {
        return low + seed % (high - low + 1);
    }
}
