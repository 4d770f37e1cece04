// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AttributionRegistry} from "../../../../contracts/registry/AttributionRegistry.sol";
import {RewardDistributor} from "../../../../contracts/rewards/RewardDistributor.sol";
import {OperatorStake} from "../../../../contracts/stake/OperatorStake.sol";
import {OpenToken} from "../../../../contracts/token/OpenToken.sol";
import {UsageEscrow} from "../../../../contracts/usage/UsageEscrow.sol";
import {System} from "../../System.sol";
import {VM} from "../../Vm.sol";
import {Targets} from "../Targets.sol";

/// @title Who takes part, and what the test itself has counted
abstract contract Books is Targets {
    uint256 public constant CONSUMERS = 3;
    uint256 public constant OPERATORS = 2;
    uint128 internal constant MOST = 10 ** 9;

    System public immutable system;
    OpenToken internal immutable _token;
    UsageEscrow internal immutable _escrow;
    OperatorStake internal immutable _stake;
    AttributionRegistry internal immutable _registry;
    RewardDistributor internal immutable _rewards;

    address[3] public consumers;
    address[2] public operators;

    mapping(address consumer => uint256 amount) public depositedBy;
    mapping(address consumer => uint256 amount) public withdrawnBy;
    mapping(address consumer => uint256 amount) public redeemedFrom;
    uint256 public donated;

    constructor() {
        system = new System(address(this));
        (_token, _escrow, _stake) = (system.token(), system.escrow(), system.stake());
        (_registry, _rewards) = (system.registry(), system.rewards());
        for (uint256 i = 0; i < CONSUMERS; ++i) {
            consumers[i] = VM.addr(i + 1);
            _equip(consumers[i]);
        }
        for (uint256 i = 0; i < OPERATORS; ++i) {
            operators[i] = VM.addr(i + 11);
            _equip(operators[i]);
        }
        VM.warp(30 days);
    }

    function _equip(address who) private {
        require(_token.transfer(who, 10 ** 14));
        VM.prank(who);
        _token.approve(address(_escrow), type(uint256).max);
        VM.prank(who);
        _token.approve(address(_stake), type(uint256).max);
    }

    function _pass(uint256 until) internal {
        if (until > block.timestamp) VM.warp(until);
    }
}
