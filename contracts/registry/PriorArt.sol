// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {IDatasetRegistry} from "../interfaces/datasets/IDatasetRegistry.sol";
import {IPriorArt} from "../interfaces/datasets/IPriorArt.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {KIND_DATASET} from "../types/AssetKind.sol";
import {RecordProof} from "../types/Dataset.sol";

/// @title Public corpora, whose records nobody is paid for
contract PriorArt is IPriorArt, AccessManaged {
    using SafeERC20 for IOpenToken;

    bytes1 private constant TAG_RECORD = 0x08;
    /// @dev A data set is out when one of so many records is public.
    uint256 private constant TOLERATED = 10;
    uint64 private constant SHORTEST_WINDOW = 1 hours;
    uint64 private constant LONGEST_WINDOW = 30 days;
    uint64 private constant LONGEST_PROBATION = 30 days;
    /// @notice Windows until an undecided dispute may lapse: votes take their time.
    uint64 public constant PATIENCE = 6;

    /// @notice OPEN.
    IOpenToken public immutable token;
    /// @inheritdoc IPriorArt
    IDatasetRegistry public immutable datasets;
    /// @notice Base units of a claim, and of a dispute.
    uint56 public immutable bond;
    /// @notice Seconds to dispute a claim.
    uint64 public immutable window;
    /// @notice Seconds after a registration in which a data set earns nothing.
    uint64 public immutable probation;

    mapping(bytes32 corpusId => Corpus found) private _corpora;
    mapping(bytes32 datasetId => mapping(uint32 index => bool yes)) public isRecordExcluded;
    mapping(bytes32 datasetId => uint32 count) public excludedOf;
    /// @inheritdoc IPriorArt
    mapping(bytes32 datasetId => uint64 at) public outSince;

    /// @param authority An AccessManager, which says who decides disputes.
    constructor(
        address authority,
        IOpenToken token_,
        IDatasetRegistry datasets_,
        uint56 bond_,
        uint64 window_,
        uint64 probation_
    ) AccessManaged(authority) {
        require(
            authority != address(0) && address(token_) != address(0) && address(datasets_) != address(0) && bond_ > 0
                && window_ >= SHORTEST_WINDOW && window_ <= LONGEST_WINDOW && probation_ <= LONGEST_PROBATION,
            PriorArtBadParameter()
        );
        (token, datasets, bond, window, probation) = (token_, datasets_, bond_, window_, probation_);
    }

    /* CORPORA */

    /// @inheritdoc IPriorArt
    function claim(bytes32 root, uint32 count, uint40 publishedAt, bytes32 evidence)
        external
        returns (bytes32 corpusId)
    {
        require(count > 0 && publishedAt > 0 && publishedAt <= block.timestamp, PriorArtBadClaim());
        corpusId = keccak256(abi.encode(root, count, publishedAt));
        Corpus storage found = _corpora[corpusId];
        require(found.status == Status.None, PriorArtExists(corpusId));
        (found.claimant, found.claimedAt, found.publishedAt, found.status) =
            (msg.sender, uint40(block.timestamp), publishedAt, Status.Claimed);
        (found.count, found.root) = (count, root);
        emit CorpusClaimed(corpusId, msg.sender, root, count, publishedAt, evidence);
        token.safeTransferFrom(msg.sender, address(this), bond);
    }

    /// @inheritdoc IPriorArt
    function dispute(bytes32 corpusId, bytes32 evidence) external {
        Corpus storage found = _in(corpusId, Status.Claimed);
        uint256 until = uint256(found.claimedAt) + window;
        require(block.timestamp < until, PriorArtTooLate(until));
        (found.status, found.disputant, found.disputedAt) = (Status.Disputed, msg.sender, uint40(block.timestamp));
        emit CorpusDisputed(corpusId, msg.sender, evidence);
        token.safeTransferFrom(msg.sender, address(this), bond);
    }

    /// @inheritdoc IPriorArt
    function list(bytes32 corpusId) external {
        Corpus storage found = _in(corpusId, Status.Claimed);
        _requireOver(uint256(found.claimedAt) + window);
        _decide(corpusId, found, true);
        token.safeTransfer(found.claimant, bond);
    }

    /// @inheritdoc IPriorArt
    function decide(bytes32 corpusId, bool listed) external restricted {
        Corpus storage found = _in(corpusId, Status.Disputed);
        _decide(corpusId, found, listed);
        uint256 half = bond / 2;
        token.burn(bond - half);
        token.safeTransfer(listed ? found.claimant : found.disputant, bond + half);
    }

    /// @inheritdoc IPriorArt
    function lapse(bytes32 corpusId) external {
        Corpus storage found = _in(corpusId, Status.Disputed);
        _requireOver(uint256(found.disputedAt) + PATIENCE * window);
        _decide(corpusId, found, false);
        token.safeTransfer(found.claimant, bond);
        token.safeTransfer(found.disputant, bond);
    }

    /// @inheritdoc IPriorArt
    function exclude(bytes32 corpusId, RecordProof calldata known, RecordProof calldata copied, bytes32 contentHash)
        external
    {
        Corpus storage found = _in(corpusId, Status.Listed);
        bytes32 datasetId = copied.datasetId;
        uint64 registeredAt = IContentRegistry(address(datasets)).registeredAtOf(datasetId);
        require(found.publishedAt < registeredAt, PriorArtNotEarlier(corpusId, datasetId));
        (bytes32 root, uint256 sum) = _rootOf(known, contentHash, 0);
        require(root == found.root && sum == found.count, PriorArtBadProof(corpusId));
        (root,) = _rootOf(copied, contentHash, copied.salt);
        bytes32 id = IContentRegistry(address(datasets)).assetIdOf(copied.registrant, KIND_DATASET, root);
        require(id == datasetId, PriorArtBadProof(datasetId));
        require(!isRecordExcluded[datasetId][copied.index], PriorArtExcluded(datasetId, copied.index));
        isRecordExcluded[datasetId][copied.index] = true;
        uint32 excluded = ++excludedOf[datasetId];
        emit RecordExcluded(datasetId, copied.index, corpusId, excluded);
        if (outSince[datasetId] == 0 && excluded * TOLERATED >= datasets.dataset(datasetId).count) {
            outSince[datasetId] = uint64(block.timestamp);
            emit DatasetOut(datasetId, uint64(block.timestamp));
        }
    }

    /* VIEWS */

    /// @inheritdoc IPriorArt
    function corpus(bytes32 corpusId) external view returns (Corpus memory found) {
        return _corpora[corpusId];
    }

    /// @inheritdoc IPriorArt
    function isEligibleAt(bytes32 datasetId, uint256 at) external view returns (bool yes) {
        uint256 registeredAt = IContentRegistry(address(datasets)).registeredAtOf(datasetId);
        if (registeredAt == 0 || at < registeredAt + probation) return false;
        return outSince[datasetId] == 0;
    }

    /* PARTS */

    function _in(bytes32 corpusId, Status status) private view returns (Corpus storage found) {
        found = _corpora[corpusId];
        require(found.status == status, PriorArtWrongStatus(corpusId, found.status));
    }

    function _requireOver(uint256 until) private view {
        require(block.timestamp >= until, PriorArtTooEarly(until));
    }

    function _decide(bytes32 corpusId, Corpus storage found, bool listed) private {
        found.status = listed ? Status.Listed : Status.Refused;
        emit CorpusDecided(corpusId, listed);
    }

    function _rootOf(RecordProof calldata shown, bytes32 contentHash, bytes32 salt)
        private
        pure
        returns (bytes32 root, uint256 sum)
    {
        bytes32 leaf = keccak256(abi.encodePacked(TAG_RECORD, shown.index, contentHash, salt));
        return SumTree.fold(shown.index, SumTree.leafNode(leaf, 1), 1, shown.path);
    }
}
