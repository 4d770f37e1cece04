// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../interfaces/IContentRegistry.sol";

/// @title Ids, owners, payout redirects and final dates of assets
abstract contract ContentRegistry is IContentRegistry {
    /// @dev One slot, so that registering writes one and a payout without a redirect reads one.
    struct Asset {
        address owner;
        uint40 registeredAt;
        uint40 retiredAt;
        uint8 kind;
        bool hasPayout;
    }

    /// @inheritdoc IContentRegistry
    uint64 public constant USE_GRACE = 14 days;

    mapping(bytes32 assetId => Asset asset) private _assets;
    mapping(bytes32 assetId => address payout) private _payouts;
    mapping(bytes32 assetId => uint64 at) private _withdrawn;

    modifier onlyOwnerOf(bytes32 assetId) {
        _checkOwner(assetId);
        _;
    }

    /* OWNER */

    /// @inheritdoc IContentRegistry
    function transferAsset(bytes32 assetId, address to) external onlyOwnerOf(assetId) {
        require(to != address(0), ContentRegistryZeroOwner(assetId));
        Asset storage asset = _assets[assetId];
        if (asset.hasPayout) delete _payouts[assetId];
        (asset.owner, asset.hasPayout) = (to, false);
        emit AssetTransferred(assetId, msg.sender, to);
        _afterTransfer(assetId);
    }

    /// @inheritdoc IContentRegistry
    function setPayout(bytes32 assetId, address payout) external onlyOwnerOf(assetId) {
        _payouts[assetId] = payout;
        _assets[assetId].hasPayout = payout != address(0);
        emit PayoutSet(assetId, payout);
    }

    /// @inheritdoc IContentRegistry
    function retireAsset(bytes32 assetId) external onlyOwnerOf(assetId) {
        uint64 retiredAt = _assets[assetId].retiredAt;
        require(retiredAt == 0, ContentRegistryAlreadyRetired(assetId, retiredAt));
        _retire(assetId);
    }

    /// @inheritdoc IContentRegistry
    function withdrawAsset(bytes32 assetId) external onlyOwnerOf(assetId) {
        uint64 withdrawnAt = _withdrawn[assetId];
        require(withdrawnAt == 0, ContentRegistryAlreadyWithdrawn(assetId, withdrawnAt));
        _retire(assetId);
        _withdrawn[assetId] = uint64(block.timestamp);
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
    function payoutOf(bytes32 assetId) public view returns (address payout) {
        Asset storage asset = _assets[assetId];
        return asset.hasPayout ? _payouts[assetId] : asset.owner;
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
        return _withdrawn[assetId];
    }

    /// @inheritdoc IContentRegistry
    function isUsableAt(bytes32 assetId, uint64 judgedAt) external view returns (bool yes) {
        Asset storage asset = _assets[assetId];
        if (asset.registeredAt == 0) return false;
        return asset.retiredAt == 0 || judgedAt <= uint256(asset.retiredAt) + USE_GRACE;
    }

    /* FOR THE REGISTRIES */

    /// @dev Registers an asset of the caller; which event tells of it depends on its kind.
    function _registerAsset(uint8 kind, bytes32 content) internal returns (bytes32 assetId) {
        require(content != 0, ContentRegistryZeroContent());
        assetId = assetIdOf(msg.sender, kind, content);
        Asset storage asset = _assets[assetId];
        require(asset.owner == address(0), ContentRegistryAssetExists(assetId));
        // One assignment of every member compiles to one write.
        (asset.owner, asset.registeredAt, asset.retiredAt, asset.kind, asset.hasPayout) =
            (msg.sender, uint40(block.timestamp), 0, kind, false);
    }

    /// @dev Retires an asset that is not retired yet.
    function _retire(bytes32 assetId) internal {
        Asset storage asset = _assets[assetId];
        if (asset.retiredAt != 0) return;
        asset.retiredAt = uint40(block.timestamp);
        emit AssetRetired(assetId, uint64(block.timestamp));
    }

    /// @dev What else belongs to an owner ends with the owner.
    function _afterTransfer(bytes32 assetId) internal virtual {}

    function _checkOwner(bytes32 assetId) internal view {
        address owner = _assets[assetId].owner;
        require(owner != address(0), ContentRegistryUnknownAsset(assetId));
        require(owner == msg.sender, ContentRegistryNotOwner(assetId, msg.sender));
    }
}
