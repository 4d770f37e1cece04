// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IContentRegistry} from "../interfaces/IContentRegistry.sol";
import {ICreditReferee} from "../interfaces/ICreditReferee.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPriorArt} from "../interfaces/datasets/IPriorArt.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Members} from "../libraries/Members.sol";
import {Split} from "../libraries/Split.sol";
import {ASSET_AUDIT, ASSET_BURN, ASSET_INSURANCE} from "../types/AssetKind.sol";
import {Batch, BatchHeader, CreditOpening, Edge, MemberGap, Opening} from "../types/Batch.sol";
import {Receipt} from "../types/Receipt.sol";
import {Terms, hashTerms} from "../types/Terms.sol";
import {BatchProofs} from "./BatchProofs.sol";

/// @title Convicts batches for their credits, fees and splits, and for whom lines pay
contract CreditReferee is ICreditReferee, BatchProofs {
    uint256 private constant OPERATOR_POT = 3;
    uint256 private constant RETRIEVAL_POT = 4;
    uint256 private constant LINEAGE_POT = 5;
    uint256 private constant TRAINING_POT = 6;
    uint256 private constant AGENT_POT = 7;
    uint256 private constant PRICE_UNIT = 1000;
    uint256 private constant TOKEN_BOUND = 2 ** 31;

    /// @notice Knows the terms, models and operators.
    IModelRegistry public immutable models;
    /// @notice Knows the data sets.
    IContentRegistry public immutable datasets;
    /// @notice Knows the agents.
    IContentRegistry public immutable agents;
    /// @notice Knows which data sets were public before.
    IPriorArt public immutable priorArt;
    /// @inheritdoc ICreditReferee
    uint64 public immutable termsGrace;
    /// @inheritdoc ICreditReferee
    uint64 public immutable useGrace;

    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    /// @param models_ The ModelRegistry.
    /// @param agents_ The AgentRegistry.
    /// @param priorArt_ The PriorArt.
    /// @param termsGrace_ Seconds; at least the longest delay of a batch, which the deploy script checks.
    constructor(
        IAttributionRegistry registry_,
        IUsageEscrow escrow_,
        IModelRegistry models_,
        IContentRegistry agents_,
        IPriorArt priorArt_,
        uint64 termsGrace_
    ) BatchProofs(registry_, escrow_) {
        IContentRegistry datasets_ = models_.datasets();
        (models, datasets, agents, priorArt) = (models_, datasets_, agents_, priorArt_);
        (termsGrace, useGrace) = (termsGrace_, datasets_.USE_GRACE());
    }

    /* CREDITS */

    /// @inheritdoc ICreditReferee
    function creditOrder(
        Batch calldata batch,
        CreditOpening calldata first,
        CreditOpening calldata second
    ) external {
        require(uint256(first.index) + 1 == second.index, BatchProofsBadOpening());
        _openCredit(batch.header, first);
        _openCredit(batch.header, second);
        bool ascends = _isBefore(first, second.assetId, second.receiptIndex, second.lineIndex);
        require(!ascends, CreditRefereeNotProven());
        _convict(batch, "creditOrder");
    }

    /// @inheritdoc ICreditReferee
    function creditMismatch(
        Batch calldata batch,
        CreditOpening calldata credit,
        Opening calldata opening
    ) external {
        _openCredit(batch.header, credit);
        if (credit.receiptIndex < batch.header.receiptCount) {
            require(opening.index == credit.receiptIndex, BatchProofsBadOpening());
            _openLines(batch.header, opening);
            require(!_matches(batch.header, credit, opening.lines), CreditRefereeNotProven());
        }
        _convict(batch, "creditMismatch");
    }

    /// @inheritdoc ICreditReferee
    function missingCredit(
        Batch calldata batch,
        Opening calldata opening,
        uint16 lineIndex,
        Edge calldata edge
    ) external {
        _openLines(batch.header, opening);
        require(lineIndex < Split.countOf(opening.lines), CreditRefereeNotProven());
        bytes32 assetId = _payeeOf(batch.header, Split.lineAt(opening.lines, lineIndex));
        (bool hasBefore, bool hasAfter) = _openEdge(batch.header, edge);
        bool missing = true;
        if (hasBefore) missing = _isBefore(edge.around[0], assetId, opening.index, lineIndex);
        if (hasAfter) {
            CreditOpening calldata next = edge.around[edge.around.length - 1];
            missing = missing && _isAfter(next, assetId, opening.index, lineIndex);
        }
        require(missing, CreditRefereeNotProven());
        _convict(batch, "missingCredit");
    }

    /// @inheritdoc ICreditReferee
    function headerTotals(
        Batch calldata batch,
        bytes32 assetId,
        Edge calldata first,
        Edge calldata end
    ) external {
        uint256 below = _sumBelow(batch.header, first, assetId, false);
        uint256 through = _sumBelow(batch.header, end, assetId, true);
        require(first.position <= end.position, BatchProofsBadOpening());
        require(through - below != _reservedOf(batch.header, assetId), CreditRefereeNotProven());
        _convict(batch, "headerTotals");
    }

    /* FEES */

    /// @inheritdoc ICreditReferee
    function wrongFee(Batch calldata batch, Opening calldata opening, Terms calldata terms) external {
        _openReceipt(batch.header, opening);
        Receipt calldata receipt = opening.receipt;
        bool honest = _areKnown(receipt.termsId, terms);
        if (honest) {
            uint256 fee = uint256(terms.priceIn) * receipt.tokensIn / PRICE_UNIT
                + uint256(terms.priceOut) * receipt.tokensOut / PRICE_UNIT;
            honest = terms.operator == batch.header.operator && fee == receipt.cumulative - receipt.previous
                && receipt.tokensIn < TOKEN_BOUND && receipt.tokensOut < TOKEN_BOUND;
        }
        require(!honest, CreditRefereeNotProven());
        _convict(batch, "wrongFee");
    }

    /// @inheritdoc ICreditReferee
    /// @dev Unknown terms are a wrong fee; they split nothing.
    function wrongSplit(Batch calldata batch, Opening calldata opening, Terms calldata terms) external {
        _openLines(batch.header, opening);
        Receipt calldata receipt = opening.receipt;
        require(_areKnown(receipt.termsId, terms), CreditRefereeNotProven());
        bool honest = Split.isSplit(receipt.cumulative - receipt.previous, terms.pots, opening.lines);
        require(!honest, CreditRefereeNotProven());
        _convict(batch, "wrongSplit");
    }

    /// @inheritdoc ICreditReferee
    function isSplit(uint128 fee, uint16[8] calldata pots, bytes calldata lines) external pure returns (bool yes) {
        return Split.isSplit(fee, pots, lines);
    }

    /// @inheritdoc ICreditReferee
    function retiredTerms(Batch calldata batch, Opening calldata opening)
        external
    {
        _openReceipt(batch.header, opening);
        uint64 retiredAt = models.termsRetiredAt(opening.receipt.termsId);
        bool late = batch.stamp.judgedAt > retiredAt + termsGrace;
        require(retiredAt != 0 && late, CreditRefereeNotProven());
        _convict(batch, "retiredTerms");
    }

    /* ASSETS */

    /// @inheritdoc ICreditReferee
    /// @dev Unknown terms are a wrong fee; they name nobody. Reserved pots are a matter of the split.
    function foreignLine(
        Batch calldata batch,
        Opening calldata opening,
        Terms calldata terms,
        uint16 lineIndex,
        MemberGap calldata gap
    ) external {
        Split.Line memory line = _openLine(batch.header, opening, lineIndex);
        require(_areKnown(opening.receipt.termsId, terms), CreditRefereeNotProven());
        require(_isForeign(opening.receipt, terms, line, gap), CreditRefereeNotProven());
        _convict(batch, "foreignLine");
    }

    /// @inheritdoc ICreditReferee
    function retiredAsset(Batch calldata batch, Opening calldata opening, uint16 lineIndex) external {
        Split.Line memory line = _openLine(batch.header, opening, lineIndex);
        uint64 retiredAt = _goneAt(line.pot, line.assetId);
        bool late = batch.stamp.judgedAt > retiredAt + useGrace;
        require(retiredAt != 0 && late, CreditRefereeNotProven());
        _convict(batch, "retiredAsset");
    }

    /* PARTS */

    function _openLines(BatchHeader calldata header, Opening calldata opening) private view {
        _openReceipt(header, opening);
        _checkLines(opening);
    }

    function _openLine(BatchHeader calldata header, Opening calldata opening, uint16 lineIndex)
        private
        view
        returns (Split.Line memory line)
    {
        _openLines(header, opening);
        require(lineIndex < Split.countOf(opening.lines), CreditRefereeNotProven());
        return Split.lineAt(opening.lines, lineIndex);
    }

    /// @dev When an asset was retired in the registry of those that a pot pays, or was out as public; zero for neither.
    function _goneAt(uint256 pot, bytes32 assetId) private view returns (uint64 at) {
        if (pot == RETRIEVAL_POT || pot == TRAINING_POT) {
            at = datasets.retiredAtOf(assetId);
            uint64 out = priorArt.outSince(assetId);
            return out != 0 && (at == 0 || out < at) ? out : at;
        }
        return (pot == AGENT_POT ? agents : IContentRegistry(models)).retiredAtOf(assetId);
    }

    /// @dev Whether terms of this id are registered; reverts where others are shown. The id is their hash, so that they
    /// need not be read.
    function _areKnown(bytes32 termsId, Terms calldata terms) private view returns (bool known) {
        if (models.termsRegisteredAt(termsId) == 0) return false;
        require(hashTerms(terms) == termsId, CreditRefereeWrongTerms(termsId));
        return true;
    }

    /// @dev Whether the asset does not belong to its pot, or not with such a share.
    function _isForeign(Receipt calldata receipt, Terms calldata terms, Split.Line memory line, MemberGap calldata gap)
        private
        view
        returns (bool yes)
    {
        bytes32 assetId = line.assetId;
        if (line.pot == OPERATOR_POT) return assetId != terms.operatorAsset;
        if (line.pot == RETRIEVAL_POT) return Members.isAbsent(terms.indexRoot, assetId, gap);
        if (line.pot == LINEAGE_POT) return line.ppm > models.lineageShareOf(terms.modelId, assetId);
        if (line.pot == TRAINING_POT) return Members.isAbsent(terms.manifestRoot, assetId, gap);
        return line.pot == AGENT_POT && (assetId != receipt.agentId || assetId == bytes32(0));
    }

    function _matches(BatchHeader calldata header, CreditOpening calldata credit, bytes calldata lines)
        private
        view
        returns (bool yes)
    {
        if (credit.lineIndex >= Split.countOf(lines)) return false;
        Split.Line memory line = Split.lineAt(lines, credit.lineIndex);
        return _payeeOf(header, line) == credit.assetId && line.amount == credit.amount;
    }

    /// @dev Whom a line credits: its asset, but the poster of a replacement gets what the lanes' operator would.
    function _payeeOf(BatchHeader calldata header, Split.Line memory line) private view returns (bytes32 assetId) {
        bool isPosters = line.pot == OPERATOR_POT && header.poster != header.operator;
        return isPosters ? models.operatorAssetOf(header.poster) : line.assetId;
    }

    function _reservedOf(BatchHeader calldata header, bytes32 assetId) private pure returns (uint128 amount) {
        if (assetId == ASSET_BURN) return header.burned;
        if (assetId == ASSET_AUDIT) return header.audit;
        require(assetId == ASSET_INSURANCE, BatchProofsBadOpening());
        return header.insurance;
    }
}
