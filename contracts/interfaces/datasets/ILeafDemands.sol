// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Fault, RecordProof} from "../../types/Dataset.sol";
import {ILicenceGrants} from "./ILicenceGrants.sol";

/// @title Bonded demands to open one leaf of a data set, so that nobody registers a root that hides what is under it
/// @dev An answer shows the leaf's hash, salt and path, not the record. Silence costs the bond and the accrual.
/// @custom:invariant demands: the registry holds `demandBond` for each open demand.
/// @custom:invariant conviction: convictedAt is written once, and a data set with an open demand keeps its bond here.
interface ILeafDemands is ILicenceGrants {
    /// @notice An open demand; demander zero when there is none.
    struct Demand {
        address demander;
        uint64 until;
    }

    /// @notice Somebody wants to see a leaf; it is to be opened before `until`.
    event LeafDemanded(bytes32 indexed datasetId, uint32 indexed index, address indexed demander, uint64 until);
    /// @notice A demand was answered and its bond went to the data set's payout address.
    event LeafOpened(bytes32 indexed datasetId, uint32 indexed index, bytes32 contentHash, bytes32 salt);
    /// @notice A demand was not answered in time; its bond went back.
    event LeafUnopened(bytes32 indexed datasetId, uint32 indexed index, address indexed demander);
    /// @notice A data set lost its bond, and with the grace its accrual.
    event DatasetConvicted(
        bytes32 indexed datasetId,
        Fault indexed fault,
        address indexed reporter,
        uint64 burned,
        uint64 rewarded,
        uint64 insured
    );

    /// @notice No revealed data set has this id.
    error LeafDemandsUnknownDataset(bytes32 datasetId);
    /// @notice The data set is convicted.
    error LeafDemandsConvicted(bytes32 datasetId);
    /// @notice The data set declares fewer records.
    error LeafDemandsBadIndex(uint32 index, uint32 count);
    /// @notice This leaf is demanded already.
    error LeafDemandsExists(bytes32 datasetId, uint32 index);
    /// @notice Nobody demands this leaf.
    error LeafDemandsUnknownDemand(bytes32 datasetId, uint32 index);
    /// @notice The demand had to be answered before the named time.
    error LeafDemandsTooLate(uint64 until);
    /// @notice The demand can be answered until the named time.
    error LeafDemandsTooEarly(uint64 until);
    /// @notice The path does not lead from this record to the data set's root.
    error LeafDemandsBadProof(bytes32 datasetId);

    /// @notice Demands that a leaf be opened, and takes `demandBond`.
    /// @param datasetId A data set that is not convicted.
    /// @param index A record below its declared count.
    function demandLeaf(bytes32 datasetId, uint32 index) external;

    /// @notice Opens a demanded leaf at its place in a tree of the declared count. Anyone may; the owner is paid.
    /// @param opened The leaf with its path.
    /// @param contentHash Unsalted hash of the canonical record.
    function openLeaf(RecordProof calldata opened, bytes32 contentHash) external;

    /// @notice Closes a demand that was not answered in time: its bond goes back, and the data set is convicted.
    /// @dev Anyone may; the demander is paid as the reporter.
    /// @param datasetId The data set.
    /// @param index The record.
    function closeDemand(bytes32 datasetId, uint32 index) external;

    /// @notice An open demand.
    function demandOf(bytes32 datasetId, uint32 index) external view returns (Demand memory demand);

    /// @notice Base units that a demand takes.
    function demandBond() external view returns (uint64 bond);

    /// @notice Seconds to answer a demand.
    function demandWindow() external view returns (uint64 window);
}
