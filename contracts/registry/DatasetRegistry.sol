// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IDatasetRegistry} from "../interfaces/datasets/IDatasetRegistry.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {KIND_DATASET} from "../types/AssetKind.sol";
import {Dataset, DatasetParameters, Fault, RecordProof, Reveal} from "../types/Dataset.sol";
import {LeafDemands} from "./LeafDemands.sol";

/// @title Data sets: bonded commit, wait, reveal
contract DatasetRegistry is IDatasetRegistry, LeafDemands {
    using SafeERC20 for IOpenToken;

    bytes1 private constant TAG_COMMITMENT = 0x0b;

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
    mapping(bytes32 datasetId => bytes32 previousId) private _previous;
    mapping(bytes32 datasetId => bytes32 nextId) private _next;

    /// @param token_ OPEN.
    /// @param escrow_ The UsageEscrow.
    /// @param p Times and bonds.
    constructor(IOpenToken token_, IUsageEscrow escrow_, DatasetParameters memory p)
        LeafDemands(token_, escrow_, p.demandBond, p.demandWindow)
    {
        require(
            address(token_) != address(0) && address(escrow_) != address(0) && p.commitDelay > 0
                && p.commitExpiry > p.commitDelay && p.bondBase > 0 && p.bondBase <= type(uint32).max
                && p.bondPerRecord <= type(uint32).max && p.demandBond > 0 && p.demandWindow > 0
                && p.demandWindow <= type(uint40).max,
            DatasetRegistryBadParameter()
        );
        (commitDelay, commitExpiry) = (p.commitDelay, p.commitExpiry);
        (bondBase, bondPerRecord, bondHolding) = (p.bondBase, p.bondPerRecord, p.bondHolding);
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
        Dataset storage found = _standing(datasetId);
        require(found.openDemands == 0, DatasetRegistryDemanded(datasetId, found.openDemands));
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
        // A copy shows nothing; a data set that kept silent, or was withdrawn, still came first.
        require(first.fault != Fault.Duplicate, LeafDemandsConvicted(earlier.datasetId));
        require(second.fault != Fault.Duplicate, LeafDemandsConvicted(later.datasetId));
        // The root hashes alone decide. Declared counts do not, or a false one would shield a copy.
        _checkRecord(earlier, contentHash);
        _checkRecord(later, contentHash);
        emit DuplicateShown(later.datasetId, earlier.datasetId, contentHash);
        _convict(later.datasetId, Fault.Duplicate, msg.sender);
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
        (open.order, open.committedBlock) = (order, uint192(block.number));
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
}
