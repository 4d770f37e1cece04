// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IContentRegistry} from "../IContentRegistry.sol";

/// @title Who may use a data set for what: its licence says it for everyone, a grant for one operator
/// @dev Purposes are bits: 1 train, 2 serve, 4 retrieve. Licence codes below 1,000 are fixed: 0 grants alone,
/// 1 CC0-1.0, 2 CC-BY-4.0, 3 CC-BY-SA-4.0 (each for all), 100 train-and-serve.
/// @custom:invariant history: what was granted at a past second never changes, so that past use stays lawful.
interface ILicenceGrants is IContentRegistry {
    /// @notice A licence as it is registered here.
    struct Licence {
        bool known;
        uint8 purposes;
        bytes32 textDigest;
    }

    /// @notice What an operator may do from `since` until the next entry's; no purposes: revoked.
    struct Grant {
        uint48 since;
        uint8 purposes;
    }

    /// @notice Data sets may name this licence from now on.
    event LicenceRegistered(uint16 indexed licence, address indexed by, uint8 purposes, bytes32 textDigest);
    /// @notice An operator's purposes are these from now on.
    event GrantSet(bytes32 indexed datasetId, address indexed operator, uint8 purposes, uint48 since);

    /// @notice No such licence is registered.
    error LicenceGrantsUnknownLicence(uint16 licence);
    /// @notice A licence's text is named by its digest, never zero.
    error LicenceGrantsZeroText();
    /// @notice Purposes are bits 1, 2 and 4, at least one of them.
    error LicenceGrantsBadPurposes(uint8 purposes);
    /// @notice An operator is an address, never zero.
    error LicenceGrantsZeroOperator();
    /// @notice The operator has exactly these purposes already.
    error LicenceGrantsNoChange(bytes32 datasetId, address operator, uint8 purposes);

    /// @notice Registers a licence text for everyone's use and burns the base bond, so that codes are not squatted.
    /// @param purposes What it allows everyone; zero for a text that only goes with grants.
    /// @param textDigest sha2-256 digest of the text's CIDv0.
    /// @return code The licence's code, from 1,000.
    function registerLicence(uint8 purposes, bytes32 textDigest) external returns (uint16 code);

    /// @notice Adds purposes for an operator, from now on.
    /// @param datasetId A data set of the caller.
    /// @param operator Who may use it.
    /// @param purposes Bits to add.
    function grant(bytes32 datasetId, address operator, uint8 purposes) external;

    /// @notice Takes purposes from an operator, from now on; the past stays as it was.
    /// @param datasetId A data set of the caller.
    /// @param operator Who may use it less.
    /// @param purposes Bits to take away.
    function revoke(bytes32 datasetId, address operator, uint8 purposes) external;

    /// @notice A licence by its code.
    function licenceOf(uint16 code) external view returns (Licence memory found);

    /// @notice Every change of an operator's grants, oldest first; the last without a purpose is its revocation.
    function grantsOf(bytes32 datasetId, address operator) external view returns (Grant[] memory grants);

    /// @notice What was granted to an operator at a second, past or present; licences apart.
    function grantedAt(bytes32 datasetId, address operator, uint48 at) external view returns (uint8 purposes);
}
