// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What every registered asset has: an id, an owner, a payout address and two final dates
/// @dev Ids bind chain, registry, owner at birth, kind and content, so nobody can register another's id.
/// @custom:invariant written-once: retiredAt and withdrawnAt change at most once, from zero to the block time.
interface IContentRegistry {
    /// @notice An asset changed hands; its payout redirect is cleared.
    event AssetTransferred(bytes32 indexed assetId, address indexed from, address indexed to);
    /// @notice Rewards of an asset go to another address from now on. Zero means to its owner.
    event PayoutSet(bytes32 indexed assetId, address indexed payout);
    /// @notice The owner asks that an asset be used no more; use is judged false only after the grace.
    event AssetRetired(bytes32 indexed assetId, uint64 at);
    /// @notice The owner has withdrawn an asset's content.
    event AssetWithdrawn(bytes32 indexed assetId, uint64 at);

    /// @notice No asset with this id is registered here.
    error ContentRegistryUnknownAsset(bytes32 assetId);
    /// @notice This owner has registered this content already.
    error ContentRegistryAssetExists(bytes32 assetId);
    /// @notice Only the owner may do this.
    error ContentRegistryNotOwner(bytes32 assetId, address caller);
    /// @notice The date is written already and never changes.
    error ContentRegistryAlreadyRetired(bytes32 assetId, uint64 at);
    /// @notice The date is written already and never changes.
    error ContentRegistryAlreadyWithdrawn(bytes32 assetId, uint64 at);
    /// @notice An asset needs an owner.
    error ContentRegistryZeroOwner(bytes32 assetId);
    /// @notice Content is a hash and never zero.
    error ContentRegistryZeroContent();

    /// @notice Gives an asset, and all it will earn, to another owner.
    /// @param assetId An asset of the caller.
    /// @param to The new owner.
    function transferAsset(bytes32 assetId, address to) external;

    /// @notice Sends an asset's rewards to another address than its owner's.
    /// @param assetId An asset of the caller.
    /// @param payout The address; zero restores the owner.
    function setPayout(bytes32 assetId, address payout) external;

    /// @notice Writes `retiredAt`.
    /// @param assetId An asset of the caller.
    function retireAsset(bytes32 assetId) external;

    /// @notice Withdraws the consent to use the content: writes `withdrawnAt`, and `retiredAt` where it is still zero.
    /// @dev New uses are refused at once; what the asset earns ends with batches submitted after the grace.
    /// @param assetId An asset of the caller.
    function withdrawAsset(bytes32 assetId) external;

    /// @notice The id that an asset would have in this registry.
    /// @param owner Owner at birth.
    /// @param kind 1 data set, 2 model, 3 operator, 4 agent.
    /// @param content Hash of the content; specification, section 2.
    function assetIdOf(address owner, uint8 kind, bytes32 content) external view returns (bytes32 assetId);

    /// @notice Present owner; zero when unknown.
    function ownerOf(bytes32 assetId) external view returns (address owner);

    /// @notice Where rewards are paid: the redirect or the owner; zero when unknown.
    function payoutOf(bytes32 assetId) external view returns (address payout);

    /// @notice Kind; zero when unknown.
    function kindOf(bytes32 assetId) external view returns (uint8 kind);

    /// @notice Seconds since the epoch; zero when unknown.
    function registeredAtOf(bytes32 assetId) external view returns (uint64 at);

    /// @notice Seconds since the epoch; zero when not retired.
    function retiredAtOf(bytes32 assetId) external view returns (uint64 at);

    /// @notice Seconds since the epoch; zero when not withdrawn.
    function withdrawnAtOf(bytes32 assetId) external view returns (uint64 at);

    /// @notice Whether a batch that is judged as of then may pay the asset: false for an unknown one, and for one retired more
    /// than the grace before. The dates are of their own blocks, so that what is true of the past stays true.
    function isUsableAt(bytes32 assetId, uint64 judgedAt) external view returns (bool yes);

    /// @notice Seconds that a batch may still pay a retired asset: longer than a receipt can wait for its batch.
    function USE_GRACE() external view returns (uint64 grace);
}
