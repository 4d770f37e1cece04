// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Who may call which governed function, after which delay
/// @notice OpenZeppelin's AccessManager as it is. Its only admin, once deployed, is the timelock.
contract AccessAuthority is AccessManager {
    /// @param admin Holds the admin role until it hands it over and renounces it.
    constructor(address admin) AccessManager(admin) {}
}
