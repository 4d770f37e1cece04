// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Holds the admin role, and acts after a delay in which everybody can leave
/// @notice OpenZeppelin's TimelockController with a bounded delay. The governor alone proposes; anyone executes.
contract TallyTimelock is TimelockController {
    /// @notice Long enough to see a change coming.
    uint256 public constant LEAST_DELAY = 1 days;
    /// @notice Short enough that a mistake can be mended.
    uint256 public constant MOST_DELAY = 30 days;

    /// @notice The delay is out of bounds.
    error TallyTimelockDelayOutOfBounds(uint256 delay, uint256 least, uint256 most);

    /// @param delay Seconds; the deploy script checks that it is at least the thaw of consumers' money.
    /// @param admin Names the governor, then renounces.
    constructor(uint256 delay, address admin) TimelockController(delay, new address[](0), _anyone(), admin) {
        _checkDelay(delay);
    }

    /// @notice Changes the delay; only by an operation of its own.
    /// @param newDelay Seconds, within bounds.
    function updateDelay(uint256 newDelay) public override {
        _checkDelay(newDelay);
        super.updateDelay(newDelay);
    }

    function _checkDelay(uint256 delay) private pure {
        require(
            delay >= LEAST_DELAY && delay <= MOST_DELAY, TallyTimelockDelayOutOfBounds(delay, LEAST_DELAY, MOST_DELAY)
        );
    }

    /// @dev The zero address as executor opens execution to all.
    function _anyone() private pure returns (address[] memory executors) {
        executors = new address[](1);
    }
}
