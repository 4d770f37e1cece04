// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch} from "../../types/Batch.sol";

/// @title What the registry of batches does for the audit court
interface ICourtKeeper {
    /// @notice The audit court is set, for good.
    event CourtSet(address court);

    /// @notice Only the court, or its fund, does this.
    error AttributionRegistryNotCourt(address caller);
    /// @notice The batch's audit is not over.
    error AttributionRegistryNotAudited(uint64 batchId);

    /// @notice Adds the audit court to the referees, once, by governance.
    function setCourt(address court) external;

    /// @notice Returns the total of an open batch whose data no verifier could fetch, without a slash; by the court alone. The batches after
    /// it are orphans.
    function voidUnserved(Batch calldata batch) external;

    /// @notice Pays a verifier out of the escrow's audit pool; by the court's fund alone.
    function payAudit(address verifier, uint56 amount) external;

    /// @notice Decides what re-execution shows; zero until it is set.
    function court() external view returns (address found);

    /// @notice When the window of a batch began: at its submission, or once its data were attested.
    /// @return from The greatest value where it has not begun.
    function windowFrom(Batch calldata batch) external view returns (uint64 from);
}
