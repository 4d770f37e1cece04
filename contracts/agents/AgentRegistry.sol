// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAgentRegistry} from "../interfaces/agents/IAgentRegistry.sol";
import {Recovery} from "../libraries/Recovery.sol";
import {ContentRegistry} from "../registry/ContentRegistry.sol";
import {KIND_AGENT} from "../types/AssetKind.sol";

/// @title Agents with their cards, endpoints and wallets
contract AgentRegistry is IAgentRegistry, ContentRegistry, EIP712 {
    /// @notice Longest base URL.
    uint256 public constant MAX_ENDPOINT_BYTES = 256;

    bytes32 private constant WALLET_TYPEHASH =
        keccak256("AgentWallet(bytes32 agentId,address owner,address wallet,uint64 deadline)");

    mapping(bytes32 agentId => bytes32 card) public cardOf;
    mapping(bytes32 agentId => address wallet) public walletOf;
    mapping(bytes32 agentId => string endpoint) private _endpoints;

    constructor() EIP712("Tallystick", "1") {}

    /* OWNER */

    /// @inheritdoc IAgentRegistry
    function registerAgent(bytes32 card, string calldata endpoint) external returns (bytes32 agentId) {
        require(card != 0, AgentRegistryNoCard());
        agentId = _registerAsset(KIND_AGENT, card);
        cardOf[agentId] = card;
        _writeEndpoint(agentId, endpoint);
        emit AgentRegistered(agentId, msg.sender, card, endpoint);
    }

    /// @inheritdoc IAgentRegistry
    function setCard(bytes32 agentId, bytes32 card) external onlyOwnerOf(agentId) {
        require(card != 0, AgentRegistryNoCard());
        cardOf[agentId] = card;
        emit AgentCardSet(agentId, card);
    }

    /// @inheritdoc IAgentRegistry
    function setEndpoint(bytes32 agentId, string calldata endpoint) external onlyOwnerOf(agentId) {
        _writeEndpoint(agentId, endpoint);
        emit AgentEndpointSet(agentId, endpoint);
    }

    /// @inheritdoc IAgentRegistry
    /// @dev Only a wallet that is a key can consent: a contract's answer could change.
    function setAgentWallet(bytes32 agentId, address wallet, uint64 deadline, bytes calldata signature)
        external
        onlyOwnerOf(agentId)
    {
        bytes32 digest = walletDigest(agentId, msg.sender, wallet, deadline);
        bool consents = block.timestamp <= deadline && wallet != address(0)
            && Recovery.signerOf(digest, signature) == wallet;
        require(consents, AgentRegistryNoConsent(agentId, wallet));
        walletOf[agentId] = wallet;
        emit AgentWalletSet(agentId, wallet);
    }

    /// @inheritdoc IAgentRegistry
    function removeAgentWallet(bytes32 agentId) external onlyOwnerOf(agentId) {
        delete walletOf[agentId];
        emit AgentWalletSet(agentId, address(0));
    }

    /* VIEWS */

    /// @inheritdoc IAgentRegistry
    function endpointOf(bytes32 agentId) external view returns (string memory endpoint) {
        return _endpoints[agentId];
    }

    /// @inheritdoc IAgentRegistry
    function walletDigest(bytes32 agentId, address owner, address wallet, uint64 deadline)
        public
        view
        returns (bytes32 digest)
    {
        return _hashTypedDataV4(keccak256(abi.encode(WALLET_TYPEHASH, agentId, owner, wallet, deadline)));
    }

    /* PARTS */

    function _writeEndpoint(bytes32 agentId, string calldata endpoint) private {
        uint256 length = bytes(endpoint).length;
        require(length > 0 && length <= MAX_ENDPOINT_BYTES, AgentRegistryBadEndpoint(length));
        _endpoints[agentId] = endpoint;
    }

    /// @dev The wallet agreed to act for the owner that was.
    function _afterTransfer(bytes32 agentId) internal override {
        if (walletOf[agentId] == address(0)) return;
        delete walletOf[agentId];
        emit AgentWalletSet(agentId, address(0));
    }
}
