// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {KIND_DATASET} from "../types/AssetKind.sol";
import {LicenceGrants} from "./LicenceGrants.sol";

/// @title Data sets: bonded commit, wait, reveal
contract DatasetRegistry is IDatasetRegistry, LicenceGrants {
    using SafeERC20 for IOpenToken;

    bytes1 private constant TAG_RECORD = 0x08;
    bytes1 private constant TAG_COMMITMENT = 0x0b;

    /// @notice The token that bonds are paid in.
    IOpenToken public immutable token;
    /// @inheritdoc IDatasetRegistry
    uint64 public immutable commitDelay;
    /// @inheritdoc IDatasetRegistry
    uint64 public immutable commitExpiry;
    /// @inheritdoc IDatasetRegistry
    uint64 public immutable bondHolding;
    /// @notice Base units taken at commit.
    uint128 public immutable bondBase;
    /// @notice Base units a record, taken at reveal.
    uint128 public immutable bondPerRecord;
    /// @inheritdoc IDatasetRegistry
    uint64 public commitCount;

    mapping(address owner => mapping(bytes32 commitment => Commitment open)) private _commitments;
    mapping(bytes32 datasetId => Dataset found) private _datasets;
    mapping(bytes32 datasetId => bytes32 previousId) private _previous;
    mapping(bytes32 datasetId => bytes32 nextId) private _next;

    /// @param token_ OPEN.
    /// @param commitDelay_ Blocks, at least 1: a reveal in the commit's own block could be sandwiched.
    /// @param commitExpiry_ Blocks, more than the delay.
    /// @param bondBase_ Base units a commit; more than zero.
    /// @param bondPerRecord_ Base units a record; bounded so that a bond of 2^32 records fits u128.
    /// @param bondHolding_ Seconds.
    constructor(
        IOpenToken token_,
        uint64 commitDelay_,
        uint64 commitExpiry_,
        uint128 bondBase_,
        uint128 bondPerRecord_,
        uint64 bondHolding_
    ) {
        require(
            address(token_) != address(0) && commitDelay_ > 0 && commitExpiry_ > commitDelay_ && bondBase_ > 0
                && bondBase_ <= type(uint64).max && bondPerRecord_ <= type(uint64).max,
            DatasetRegistryBadParameter()
        );
        (token, commitDelay, commitExpiry) = (token_, commitDelay_, commitExpiry_);
        (bondBase, bondPerRecord, bondHolding) = (bondBase_, bondPerRecord_, bondHolding_);
    }

    /* LIFE OF A DATA SET */

    /// @inheritdoc IDatasetRegistry
    function commit(bytes32 commitment) external returns (uint64 order) {
        Commitment storage open = _commitments[msg.sender][commitment];
        require(open.order == 0, DatasetRegistryCommitmentExists(commitment));
        order = ++commitCount;
        (open.order, open.committedBlock) = (order, uint64(block.number));
        emit DatasetCommitted(msg.sender, commitment, order, bondBase);
        token.safeTransferFrom(msg.sender, address(this), bondBase);
    }

    /// @inheritdoc IDatasetRegistry
    function reveal(bytes32 root, uint32 count, bytes32 manifestDigest, uint16 licence, bytes32 salt)
        external
        returns (bytes32 datasetId)
    {
        uint128 due;
        (datasetId, due) = _reveal(root, count, manifestDigest, licence, salt);
        token.safeTransferFrom(msg.sender, address(this), due);
    }

    /// @inheritdoc IDatasetRegistry
    function revealVersion(
        bytes32 previousId,
        bytes32 root,
        uint32 count,
        bytes32 manifestDigest,
        uint16 licence,
        bytes32 salt
    ) external onlyOwnerOf(previousId) returns (bytes32 datasetId) {
        bytes32 known = _next[previousId];
        require(known == 0, DatasetRegistryNotLatest(previousId, known));
        uint128 due;
        (datasetId, due) = _reveal(root, count, manifestDigest, licence, salt);
        (_next[previousId], _previous[datasetId]) = (datasetId, previousId);
        emit VersionRevealed(datasetId, previousId);
        token.safeTransferFrom(msg.sender, address(this), due);
    }

    /// @inheritdoc IDatasetRegistry
    function forfeitCommitment(address owner, bytes32 commitment) external {
        Commitment memory open = _commitments[owner][commitment];
        require(open.order != 0, DatasetRegistryUnknownCommitment(owner, commitment));
        uint256 expiry = uint256(open.committedBlock) + commitExpiry;
        require(block.number >= expiry, DatasetRegistryCommitmentOpen(block.number, expiry));
        delete _commitments[owner][commitment];
        emit CommitmentForfeited(owner, commitment, bondBase);
        token.burn(bondBase);
    }

    /// @inheritdoc IDatasetRegistry
    function withdrawBond(bytes32 datasetId) external onlyOwnerOf(datasetId) {
        Dataset storage found = _datasets[datasetId];
        require(!found.convicted, DatasetRegistryConvicted(datasetId));
        uint256 until = uint256(found.registeredAt) + bondHolding;
        require(block.timestamp >= until, DatasetRegistryBondHeld(datasetId, until));
        uint96 bond = found.bond;
        require(bond > 0, DatasetRegistryNoBond(datasetId));
        found.bond = 0;
        emit DatasetBondWithdrawn(datasetId, msg.sender, bond);
        token.safeTransfer(msg.sender, bond);
    }

    /// @inheritdoc IDatasetRegistry
    function proveDuplicate(RecordProof calldata earlier, RecordProof calldata later, bytes32 contentHash) external {
        Dataset storage first = _known(earlier.datasetId);
        Dataset storage second = _known(later.datasetId);
        require(first.order < second.order, DatasetRegistryNotEarlier(earlier.datasetId, later.datasetId));
        require(!first.convicted, DatasetRegistryConvicted(earlier.datasetId));
        require(!second.convicted, DatasetRegistryConvicted(later.datasetId));
        _checkRecord(first, earlier, contentHash);
        _checkRecord(second, later, contentHash);

        uint96 rewarded = second.bond / 2;
        uint96 burned = second.bond - rewarded;
        (second.bond, second.convicted) = (0, true);
        emit DatasetConvicted(later.datasetId, earlier.datasetId, contentHash, msg.sender, burned, rewarded);
        token.burn(burned);
        token.safeTransfer(msg.sender, rewarded);
    }

    /* VIEWS */

    /// @inheritdoc IDatasetRegistry
    function commitmentOf(address owner, bytes32 root, bytes32 salt) public pure returns (bytes32 commitment) {
        return keccak256(abi.encodePacked(TAG_COMMITMENT, owner, KIND_DATASET, root, salt));
    }

    /// @inheritdoc IDatasetRegistry
    function openCommitment(address owner, bytes32 commitment) external view returns (Commitment memory open) {
        return _commitments[owner][commitment];
    }

    /// @inheritdoc IDatasetRegistry
    function dataset(bytes32 datasetId) external view returns (Dataset memory found) {
        return _datasets[datasetId];
    }

    /// @inheritdoc IDatasetRegistry
    function previousVersionOf(bytes32 datasetId) external view returns (bytes32 previousId) {
        return _previous[datasetId];
    }

    /// @inheritdoc IDatasetRegistry
    function nextVersionOf(bytes32 datasetId) external view returns (bytes32 nextId) {
        return _next[datasetId];
    }

    /// @inheritdoc IDatasetRegistry
    function bondOf(uint32 count) public view returns (uint128 bond) {
        return bondBase + bondPerRecord * count;
    }

    /* PARTS */

    /// @dev Writes the data set; the caller still owes `due` of its bond.
    function _reveal(bytes32 root, uint32 count, bytes32 manifestDigest, uint16 licence, bytes32 salt)
        private
        returns (bytes32 datasetId, uint128 due)
    {
        require(count > 0, DatasetRegistryEmpty());
        _checkLicence(licence);
        uint64 order = _open(commitmentOf(msg.sender, root, salt));
        datasetId = _registerAsset(KIND_DATASET, root);
        uint128 bond = bondOf(count);
        // The constructor bounds the bond, block time and a counter of transactions the rest.
        _datasets[datasetId] = Dataset({
            root: root,
            manifestDigest: manifestDigest,
            count: count,
            licence: licence,
            order: uint40(order),
            registeredAt: uint40(block.timestamp),
            bond: uint96(bond),
            convicted: false
        });
        emit DatasetRevealed(datasetId, msg.sender, root, count, manifestDigest, licence, order, bond);
        return (datasetId, bond - bondBase);
    }

    /// @dev Deletes the caller's commitment, which must be in its time to be revealed.
    function _open(bytes32 commitment) private returns (uint64 order) {
        Commitment memory open = _commitments[msg.sender][commitment];
        order = open.order;
        require(order != 0, DatasetRegistryUnknownCommitment(msg.sender, commitment));
        uint256 from = uint256(open.committedBlock) + commitDelay;
        require(block.number >= from, DatasetRegistryRevealTooEarly(block.number, from));
        uint256 expiry = uint256(open.committedBlock) + commitExpiry;
        require(block.number < expiry, DatasetRegistryCommitmentExpired(block.number, expiry));
        delete _commitments[msg.sender][commitment];
    }

    function _burnLicenceFee() internal override {
        token.burnFrom(msg.sender, bondBase);
    }

    function _known(bytes32 datasetId) private view returns (Dataset storage found) {
        found = _datasets[datasetId];
        require(found.registeredAt != 0, DatasetRegistryUnknownDataset(datasetId));
    }

    function _checkRecord(Dataset storage found, RecordProof calldata proof, bytes32 contentHash) private view {
        bytes32 leaf = keccak256(abi.encodePacked(TAG_RECORD, proof.index, contentHash, proof.salt));
        // The root hash alone decides. The declared count does not, or a false one would shield a copy.
        (bytes32 root,) =
            SumTree.fold(proof.index, SumTree.leafNode(leaf, 1), 1, proof.siblings, proof.siblingSums);
        require(root == found.root, DatasetRegistryBadProof(proof.datasetId));
    }
}
