// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, CreditOpening, Edge, MemberGap, Opening} from "../types/Batch.sol";
import {Terms} from "../types/Terms.sol";

/// @title Convicts batches for their credits, fees and splits, and for whom lines pay
/// @dev Every proof needs the batch's header and openings, and neither bond nor role. It reverts on an honest batch.
interface ICreditReferee {
    /// @notice The batch is honest in this respect.
    error CreditRefereeNotProven();
    /// @notice The terms that were shown are not those of the receipt.
    error CreditRefereeWrongTerms(bytes32 termsId);

    /// @notice Two neighbouring credits that do not strictly ascend by asset, receipt and line.
    function creditOrder(
        Batch calldata batch,
        CreditOpening calldata first,
        CreditOpening calldata second
    ) external;

    /// @notice A credit that names no line, or pays another asset or amount than its line.
    /// @param opening The receipt that the credit names; not read where there is none.
    function creditMismatch(
        Batch calldata batch,
        CreditOpening calldata credit,
        Opening calldata opening
    ) external;

    /// @notice A line that has no credit.
    /// @param lineIndex The line.
    /// @param edge Where the credit should be.
    function missingCredit(
        Batch calldata batch,
        Opening calldata opening,
        uint16 lineIndex,
        Edge calldata edge
    ) external;

    /// @notice The header's burned, audit or insurance is not the sum of that id's credits.
    /// @param assetId 1 burn, 2 audit, 3 insurance.
    /// @param first Where the id's credits begin.
    /// @param end Where those of the next id begin.
    function headerTotals(
        Batch calldata batch,
        bytes32 assetId,
        Edge calldata first,
        Edge calldata end
    ) external;

    /// @notice A fee that is not price times tokens, tokens of 2^31 or more, or terms that are unknown or another
    /// operator's.
    /// @param terms The receipt's; not read where its terms are unknown.
    function wrongFee(Batch calldata batch, Opening calldata opening, Terms calldata terms) external;

    /// @notice Lines that are not the split of the fee under the receipt's terms.
    /// @param terms The receipt's.
    function wrongSplit(Batch calldata batch, Opening calldata opening, Terms calldata terms) external;

    /// @notice A line that pays an asset which does not belong to its pot: not the operator's, not the receipt's agent,
    /// not in the terms' retrieval index or training manifest, or, for the model and its ancestors, above the share that
    /// its place in the lineage gives it. The share of anything else is zero.
    /// @param terms The receipt's.
    /// @param gap Where the asset would stand in that index or manifest; not read for the other pots.
    function foreignLine(
        Batch calldata batch,
        Opening calldata opening,
        Terms calldata terms,
        uint16 lineIndex,
        MemberGap calldata gap
    ) external;

    /// @notice A receipt under terms that were retired more than the grace before the batch was submitted.
    /// @dev Terms are retired once, by their operator, and a later retirement never reaches an earlier batch.
    function retiredTerms(Batch calldata batch, Opening calldata opening) external;

    /// @notice A line that pays an asset which was retired, withdrawn, convicted, or out as public, more than the grace
    /// before the batch was submitted.
    /// @dev An asset is retired once, and a later retirement never reaches an earlier batch.
    function retiredAsset(Batch calldata batch, Opening calldata opening, uint16 lineIndex) external;

    /// @notice Seconds after its retirement in which an asset may still be paid.
    function useGrace() external view returns (uint64 grace);

    /// @notice Seconds after their retirement in which receipts under terms may still be submitted.
    function termsGrace() external view returns (uint64 grace);

    /// @notice Whether these packed lines are the split of a fee; specification, section 4.
    /// @param pots Basis points of the eight pots.
    function isSplit(uint128 fee, uint16[8] calldata pots, bytes calldata lines) external pure returns (bool yes);
}
