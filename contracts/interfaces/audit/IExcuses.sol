// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICanaries} from "./ICanaries.sol";

/// @title What the audit court does with a planted receipt
interface IExcuses {
    /// @notice Samples, two bits each, that say nothing against the batch. Where `isFound`, two verifiers had named them, and a panel
    /// that follows does not judge them either; else its verdict on who passed them stands.
    event SamplesExcused(uint64 indexed batchId, uint256 samples, bool isFound);

    /// @notice Only the contract of planted receipts excuses.
    error AuditCourtNotCanaries(address caller);

    /// @notice Excuses samples of a batch, by `canaries` alone, while both verifiers have named one of them and an appeal is still
    /// possible, or while a panel shows its answers.
    function excuse(uint64 batchId, uint256 samples) external;

    /// @notice Knows what was planted.
    function canaries() external view returns (ICanaries found);
}
