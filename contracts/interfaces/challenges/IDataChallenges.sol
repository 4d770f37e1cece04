// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, CreditOpening, Opening, SignedVoucher} from "../../types/Batch.sol";

/// @title Demands to publish leaves of a batch
/// @dev Kinds: 0 a receipt with its lines, 1 a credit, 2 the receipt of a replacement in the batch that it replaces.
/// A demand is made before the last eighth of the batch's window and holds the batch until it can be convicted. Once all demands
/// are answered nothing is held, unless the last answer came in the window's last sixteenth or after it.
/// @custom:invariant delay: a batch whose demands are answered at once becomes final when it would have without them.
interface IDataChallenges {
    /// @notice Demands a leaf; send `bondOf(batch.id)`.
    function challenge(Batch calldata batch, uint8 kind, uint32 index) external payable;

    /// @notice Publishes a receipt with its lines and the voucher where its leaf has one. Anyone may answer.
    /// @param shown The voucher; not read where the leaf has none.
    function answerReceipt(Batch calldata batch, Opening calldata opening, SignedVoucher calldata shown) external;

    /// @notice Publishes a credit.
    function answerCredit(Batch calldata batch, CreditOpening calldata credit) external;

    /// @notice Shows that a receipt of a replacement stands in the batch that it replaces.
    /// @param headAfter The head that its leaf holds there, true or not: what was false of it may be what convicted.
    /// @param value What that leaf says it is worth, true or not.
    function answerOrigin(
        Batch calldata batch,
        Opening calldata opening,
        Batch calldata convicted,
        Opening calldata origin,
        bytes32 headAfter,
        uint128 value
    ) external;

    /// @notice Convicts a batch that did not answer in time; the challenger is its reporter.
    function convictSilent(Batch calldata batch, uint8 kind, uint32 index) external;

    /// @notice Returns the bond of a challenge whose batch is final, convicted or released.
    function reclaim(Batch calldata batch, uint8 kind, uint32 index) external;
}
