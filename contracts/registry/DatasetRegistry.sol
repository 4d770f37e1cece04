// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IDatasetRegistry} from "../interfaces/IDatasetRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {KIND_DATASET} from "../types/AssetKind.sol";
import {Dataset, RecordProof, Reveal} from "../types/Dataset.sol";
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
    uint64 public immutable bondBase;
    /// @notice Base units a record, taken at reveal.
    uint64 public immutable bondPerRecord;
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
    /// @param bondPerRecord_ Base units a record; both are bounded so that a bond of 2^32 records fits u64.
    /// @param bondHolding_ Seconds.
    constructor(
        IOpenToken token_,
        uint64 commitDelay_,
        uint64 commitExpiry_,
        uint64 bondBase_,
        uint64 bondPerRecord_,
        uint64 bondHolding_
    ) {
        require(
            address(token_) != address(0) && commitDelay_ > 0 && commitExpiry_ > commitDelay_ && bondBase_ > 0
                && bondBase_ <= type(uint32).max && bondPerRecord_ <= type(uint32).max,
            DatasetRegistryBadParameter()
        );
        (token, commitDelay, commitExpiry) = (token_, commitDelay_, commitExpiry_);
        (bondBase, bondPerRecord, bondHolding) = (bondBase_, bondPerRecord_, bondHolding_);
    }

    /* LIFE OF A DATA SET */

    /// @inheritdoc IDatasetRegistry
    function commit(bytes32 commitment) external returns (uint64 order) {
        order = commitCount + 1;
        commitCount = order;
        _commit(commitment, order);
        token.safeTransferFrom(msg.sender, address(this), bondBase);
    }

    /// @inheritdoc IDatasetRegistry
    function commitMany(bytes32[] calldata commitments) external returns (uint64 firstOrder) {
        uint64 order = commitCount;
        firstOrder = order + 1;
        for (uint256 i = 0; i < commitments.length; ++i) {
            _commit(commitments[i], ++order);
        }
        commitCount = order;
        token.safeTransferFrom(msg.sender, address(this), bondBase * commitments.length);
    }

    /// @inheritdoc IDatasetRegistry
    function reveal(Reveal calldata opened) external returns (bytes32 datasetId) {
        uint64 due;
        (datasetId, due) = _reveal(opened);
        token.safeTransferFrom(msg.sender, address(this), due);
    }

    /// @inheritdoc IDatasetRegistry
    function revealMany(Reveal[] calldata opened) external returns (bytes32[] memory datasetIds) {
        datasetIds = new bytes32[](opened.length);
        uint256 total = 0;
        for (uint256 i = 0; i < opened.length; ++i) {
            uint64 due;
            (datasetIds[i], due) = _reveal(opened[i]);
            total += due;
        }
        token.safeTransferFrom(msg.sender, address(this), total);
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
        require(found.convictedAt == 0, DatasetRegistryConvicted(datasetId));
        uint256 until = uint256(registeredAtOf(datasetId)) + bondHolding;
        require(block.timestamp >= until, DatasetRegistryBondHeld(datasetId, until));
        uint64 bond = found.bond;
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
        require(first.convictedAt == 0, DatasetRegistryConvicted(earlier.datasetId));
        require(second.convictedAt == 0, DatasetRegistryConvicted(later.datasetId));
        _checkRecord(earlier, contentHash);
        _checkRecord(later, contentHash);

        uint64 rewarded = second.bond / 2;
        uint64 burned = second.bond - rewarded;
        (second.bond, second.convictedAt) = (0, uint40(block.timestamp));
        _retire(later.datasetId);
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
    function bondOf(uint32 count) public view returns (uint64 bond) {
        unchecked {
            // Each factor is below 2^32, see the constructor.
            return bondBase + bondPerRecord * count;
        }
    }

    /* PARTS */

    function _commit(bytes32 commitment, uint64 order) private {
        Commitment storage open = _commitments[msg.sender][commitment];
        require(open.order == 0, DatasetRegistryCommitmentExists(commitment));
        (open.order, open.committedBlock) = (order, uint64(block.number));
        emit DatasetCommitted(msg.sender, commitment, order, bondBase);
    }

    /// @dev Writes the data set; the caller still owes `due` of its bond.
    function _reveal(Reveal calldata opened) private returns (bytes32 datasetId, uint64 due) {
        require(opened.count > 0, DatasetRegistryEmpty());
        _checkLicence(opened.licence);
        uint64 order = _open(commitmentOf(msg.sender, opened.root, opened.salt));
        datasetId = _registerAsset(KIND_DATASET, opened.root);
        uint64 bond = bondOf(opened.count);
        // A counter of transactions and block numbers stay below 2^40.
        Dataset storage made = _datasets[datasetId];
        (uint32 count, uint16 licence) = (opened.count, opened.licence);
        (made.bond, made.count, made.licence, made.order, made.revealedBlock) =
            (bond, count, licence, uint40(order), uint40(block.number));
        emit DatasetRevealed(
            datasetId, msg.sender, opened.root, opened.count, opened.manifestDigest, opened.licence, order, bond
        );
        if (opened.previousId != 0) _follow(opened.previousId, datasetId);
        return (datasetId, bond - bondBase);
    }

    function _follow(bytes32 previousId, bytes32 datasetId) private {
        _checkOwner(previousId);
        bytes32 known = _next[previousId];
        require(known == 0, DatasetRegistryNotLatest(previousId, known));
        (_next[previousId], _previous[datasetId]) = (datasetId, previousId);
        emit VersionRevealed(datasetId, previousId);
    }

    /// @dev Deletes the caller's commitment, which must be in its time to be revealed.
    function _open(bytes32 commitment) private returns (uint64 order) {
        Commitment storage open = _commitments[msg.sender][commitment];
        uint256 since;
        (order, since) = (open.order, open.committedBlock);
        require(order != 0, DatasetRegistryUnknownCommitment(msg.sender, commitment));
        unchecked {
            // Sums of 64-bit numbers.
            uint256 from = since + commitDelay;
            require(block.number >= from, DatasetRegistryRevealTooEarly(block.number, from));
            uint256 expiry = since + commitExpiry;
            require(block.number < expiry, DatasetRegistryCommitmentExpired(block.number, expiry));
        }
        (open.order, open.committedBlock) = (0, 0);
    }

    function _burnLicenceFee() internal override {
        token.burnFrom(msg.sender, bondBase);
    }

    function _known(bytes32 datasetId) private view returns (Dataset storage found) {
        found = _datasets[datasetId];
        require(found.count != 0, DatasetRegistryUnknownDataset(datasetId));
    }

    function _checkRecord(RecordProof calldata proof, bytes32 contentHash) private view {
        bytes32 leaf = keccak256(abi.encodePacked(TAG_RECORD, proof.index, contentHash, proof.salt));
        // The root hash alone decides. The declared count does not, or a false one would shield a copy.
        (bytes32 root,) =
            SumTree.fold(proof.index, SumTree.leafNode(leaf, 1), 1, proof.siblings, proof.siblingSums);
        bytes32 shown = assetIdOf(proof.registrant, KIND_DATASET, root);
        require(shown == proof.datasetId, DatasetRegistryBadProof(proof.datasetId));
    }
}
