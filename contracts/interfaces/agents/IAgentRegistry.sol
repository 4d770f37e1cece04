// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../IContentRegistry.sol";

/// @title Agents: assets that a consumer may name in a request, who earn the agent pot of its receipt
/// @dev An agent's content is its first card, so that one owner may have several. After ERC-8004's identity registry: a
/// card, an endpoint, and a wallet that agreed to act for it.
/// @custom:invariant consent: a wallet acts for an agent only by its own signature, given to the present owner.
interface IAgentRegistry is IContentRegistry {
    /// @notice An agent (referrer) exists.
    event AgentRegistered(bytes32 indexed agentId, address indexed owner, bytes32 card, string endpoint);
    /// @notice An agent shows another card.
    event AgentCardSet(bytes32 indexed agentId, bytes32 card);
    /// @notice An agent answers elsewhere.
    event AgentEndpointSet(bytes32 indexed agentId, string endpoint);
    /// @notice A wallet acts for an agent; zero when none does.
    event AgentWalletSet(bytes32 indexed agentId, address indexed wallet);

    /// @notice An endpoint has between 1 and 256 bytes.
    error AgentRegistryBadEndpoint(uint256 length);
    /// @notice A card is a sha2-256 digest, never zero.
    error AgentRegistryNoCard();
    /// @notice The wallet's consent is not for this, or its time is over.
    error AgentRegistryNoConsent(bytes32 agentId, address wallet);

    /// @notice Registers an agent of the caller.
    /// @param card sha2-256 digest of the card's CIDv0; the content of the new asset.
    /// @param endpoint Base URL.
    /// @return agentId The new asset (kind 4).
    function registerAgent(bytes32 card, string calldata endpoint) external returns (bytes32 agentId);

    /// @notice Shows another card; the id stays.
    function setCard(bytes32 agentId, bytes32 card) external;

    /// @notice Moves an agent of the caller.
    function setEndpoint(bytes32 agentId, string calldata endpoint) external;

    /// @notice Lets a wallet act for an agent of the caller, until the next or until the agent is transferred.
    /// @param deadline Last second at which the consent may be used.
    /// @param signature 65 bytes by the wallet over `walletDigest`.
    function setAgentWallet(bytes32 agentId, address wallet, uint64 deadline, bytes calldata signature) external;

    /// @notice Lets no wallet act for an agent of the caller any more.
    function removeAgentWallet(bytes32 agentId) external;

    /// @notice Digest of an agent's present card; zero when unknown.
    function cardOf(bytes32 agentId) external view returns (bytes32 card);

    /// @notice Where an agent answers; empty when unknown.
    function endpointOf(bytes32 agentId) external view returns (string memory endpoint);

    /// @notice Who acts for an agent besides its owner; zero when nobody.
    function walletOf(bytes32 agentId) external view returns (address wallet);

    /// @notice What a wallet signs: `AgentWallet(bytes32 agentId,address owner,address wallet,uint64 deadline)`, EIP-712.
    function walletDigest(bytes32 agentId, address owner, address wallet, uint64 deadline)
        external
        view
        returns (bytes32 digest);
}
