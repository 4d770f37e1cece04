// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessAuthority} from "../../contracts/access/AccessAuthority.sol";
import {Parameters} from "../../contracts/access/Parameters.sol";
import {AgentRegistry} from "../../contracts/agents/AgentRegistry.sol";
import {IContentRegistry} from "../../contracts/interfaces/IContentRegistry.sol";
import {IUptimeFeed} from "../../contracts/interfaces/IUptimeFeed.sol";
import {AttributionRegistry} from "../../contracts/registry/AttributionRegistry.sol";
import {DatasetRegistry} from "../../contracts/registry/DatasetRegistry.sol";
import {ModelRegistry} from "../../contracts/registry/ModelRegistry.sol";
import {RewardDistributor} from "../../contracts/rewards/RewardDistributor.sol";
import {OperatorStake} from "../../contracts/stake/OperatorStake.sol";
import {OpenToken} from "../../contracts/token/OpenToken.sol";
import {DatasetParameters} from "../../contracts/types/Dataset.sol";
import {ParameterSet} from "../../contracts/types/ParameterSet.sol";
import {UsageEscrow} from "../../contracts/usage/UsageEscrow.sol";

/// @title The money contracts, wired as the deploy script wires them, with referees of the test's choice
/// @dev The one place of these tests that knows constructors. Whoever makes it holds the supply and every role.
contract System {
    uint64 public constant WINDOW = 1 hours;
    uint64 public constant THAW = 2 hours;
    uint64 public constant BUCKET = 6 hours;
    uint64 public constant MATURITY = 1 days;
    uint56 public constant PROPOSAL_BOND = 10 ** 6;
    uint256 public constant SUPPLY = 10 ** 15;

    AccessAuthority public immutable authority;
    Parameters public immutable parameters;
    OpenToken public immutable token;
    ModelRegistry public immutable models;
    AgentRegistry public immutable agents;
    UsageEscrow public immutable escrow;
    OperatorStake public immutable stake;
    AttributionRegistry public immutable registry;
    RewardDistributor public immutable rewards;

    constructor(address referee) {
        authority = new AccessAuthority(address(this));
        parameters = new Parameters(
            address(authority),
            IUptimeFeed(address(0)),
            uint24(WINDOW),
            ParameterSet(1, uint24(WINDOW), uint24(WINDOW), uint24(WINDOW), 5_000, 3_000, 125, PROPOSAL_BOND, 10 ** 15)
        );
        token = new OpenToken(msg.sender, SUPPLY);
        escrow = new UsageEscrow(address(authority), token, parameters, THAW, BUCKET);
        DatasetParameters memory life = DatasetParameters(5, 7_200, 10 ** 6, 1_000, 30 days, 10 ** 6, 3 days);
        DatasetRegistry datasets = new DatasetRegistry(token, escrow, life);
        models = new ModelRegistry(datasets);
        agents = new AgentRegistry();
        stake = new OperatorStake(token, escrow, models, address(authority), THAW, WINDOW);
        registry = new AttributionRegistry(address(authority), escrow, stake, parameters);
        IContentRegistry[3] memory registries = [IContentRegistry(datasets), models, agents];
        rewards = new RewardDistributor(token, registry, registries, MATURITY);
        address[] memory referees = new address[](1);
        referees[0] = referee;
        registry.wire(referees);
        rewards.wire(referees);
        escrow.wire(address(registry), address(rewards));
        stake.wire(address(registry), address(rewards));
    }

    function setCourt(address court) external {
        registry.setCourt(court);
        stake.setCourt(court);
    }

    function setDepositsPaused(bool paused) external {
        escrow.setDepositsPaused(paused);
    }

    function setBatchesPaused(bool paused) external {
        escrow.setBatchesPaused(paused);
    }
}
