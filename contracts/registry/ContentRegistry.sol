// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../interfaces/IContentRegistry.sol";

/// @title Ids, owners, payout redirects and final dates of assets
abstract contract ContentRegistry is IContentRegistry {
    struct Asset {
        address owner;
        uint64 registeredAt;
        uint8 kind;
        uint64 retiredAt;
        uint64 withdrawnAt;
    }

    /// @inheritdoc IContentRegistry
    uint64 public constant USE_GRACE = 14 days;

    mapping(bytes32 assetId => Asset asset) private _assets;
    mapping(bytes32 assetId => address payout) private _payouts;

    modifier onlyOwnerOf(bytes32 assetId) {
        _checkOwner(assetId);
        _;
    }

    /* OWNER */

    /// @inheritdoc IContentRegistry
    function transferAsset(bytes32 assetId, address to) external onlyOwnerOf(assetId) {
        require(to != address(0), ContentRegistryZeroOwner(assetId));
        _assets[assetId].owner = to;
        delete _payouts[assetId];
        emit AssetTransferred(assetId, msg.sender, to);
    }

    /// @inheritdoc IContentRegistry
    function setPayout(bytes32 assetId, address payout) external onlyOwnerOf(assetId) {
        _payouts[assetId] = payout;
        emit PayoutSet(assetId, payout);
    }

    /// @inheritdoc IContentRegistry
    function retireAsset(bytes32 assetId) external onlyOwnerOf(assetId) {
        Asset storage asset = _assets[assetId];
        require(asset.retiredAt == 0, ContentRegistryAlreadyRetired(assetId, asset.retiredAt));
        _retire(asset, assetId);
    }

    /// @inheritdoc IContentRegistry
    function withdrawAsset(bytes32 assetId) external onlyOwnerOf(assetId) {
        Asset storage asset = _assets[assetId];
        require(asset.withdrawnAt == 0, ContentRegistryAlreadyWithdrawn(assetId, asset.withdrawnAt));
        if (asset.retiredAt == 0) _retire(asset, assetId);
        asset.withdrawnAt = uint64(block.timestamp);
        emit AssetWithdrawn(assetId, uint64(block.timestamp));
    }

    /* VIEWS */

    /// @inheritdoc IContentRegistry
    function assetIdOf(address owner, uint8 kind, bytes32 content) public view returns (bytes32 assetId) {
        return keccak256(abi.encode(block.chainid, address(this), owner, kind, content));
    }

    /// @inheritdoc IContentRegistry
    function ownerOf(bytes32 assetId) public view returns (address owner) {
        return _assets[assetId].owner;
    }

    /// @inheritdoc IContentRegistry
    function payoutOf(bytes32 assetId) external view returns (address payout) {
        payout = _payouts[assetId];
        if (payout == address(0)) payout = _assets[assetId].owner;
    }

    /// @inheritdoc IContentRegistry
    function kindOf(bytes32 assetId) public view returns (uint8 kind) {
        return _assets[assetId].kind;
    }

    /// @inheritdoc IContentRegistry
    function registeredAtOf(bytes32 assetId) public view returns (uint64 at) {
        return _assets[assetId].registeredAt;
    }

    /// @inheritdoc IContentRegistry
    function retiredAtOf(bytes32 assetId) public view returns (uint64 at) {
        return _assets[assetId].retiredAt;
    }

    /// @inheritdoc IContentRegistry
    function withdrawnAtOf(bytes32 assetId) public view returns (uint64 at) {
        return _assets[assetId].withdrawnAt;
    }

    /// @inheritdoc IContentRegistry
    function isUsableAt(bytes32 assetId, uint64 submittedAt) external view returns (bool yes) {
        Asset storage asset = _assets[assetId];
        if (asset.registeredAt == 0) return false;
        return asset.retiredAt == 0 || submittedAt <= uint256(asset.retiredAt) + USE_GRACE;
    }

    /* FOR THE REGISTRIES */

    /// @dev Registers an asset of the caller.
    function _registerAsset(uint8 kind, bytes32 content) internal returns (bytes32 assetId) {
        require(content != 0, ContentRegistryZeroContent());
        assetId = assetIdOf(msg.sender, kind, content);
        Asset storage asset = _assets[assetId];
        require(asset.owner == address(0), ContentRegistryAssetExists(assetId));
        (asset.owner, asset.registeredAt, asset.kind) = (msg.sender, uint64(block.timestamp), kind);
        emit AssetRegistered(assetId, msg.sender, kind, content);
    }

    function _checkOwner(bytes32 assetId) private view {
        address owner = _assets[assetId].owner;
        require(owner != address(0), ContentRegistryUnknownAsset(assetId));
        require(owner == msg.sender, ContentRegistryNotOwner(assetId, msg.sender));
    }

    function _retire(Asset storage asset, bytes32 assetId) private {
        asset.retiredAt = uint64(block.timestamp);
        emit AssetRetired(assetId, uint64(block.timestamp));
    }
}
