// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ILicenceGrants} from "../interfaces/datasets/ILicenceGrants.sol";
import {PURPOSE_SERVE, PURPOSE_TRAIN, PURPOSES_ALL} from "../types/Purpose.sol";
import {ContentRegistry} from "./ContentRegistry.sol";

/// @title Licences for everyone, grants for one operator
abstract contract LicenceGrants is ILicenceGrants, ContentRegistry {
    using Checkpoints for Checkpoints.Trace208;

    uint16 private constant FIRST_REGISTERED = 1_000;

    uint16 private _licenceCount;
    mapping(uint16 code => Licence found) private _licences;
    mapping(bytes32 datasetId => mapping(address operator => Checkpoints.Trace208 history)) private _grants;

    /* LICENCES */

    /// @inheritdoc ILicenceGrants
    function registerLicence(uint8 purposes, bytes32 textDigest) external returns (uint16 code) {
        require(textDigest != 0, LicenceGrantsZeroText());
        require(purposes <= PURPOSES_ALL, LicenceGrantsBadPurposes(purposes));
        code = FIRST_REGISTERED + _licenceCount++;
        _licences[code] = Licence(true, purposes, textDigest);
        emit LicenceRegistered(code, msg.sender, purposes, textDigest);
        _burnLicenceFee();
    }

    /* GRANTS */

    /// @inheritdoc ILicenceGrants
    function grant(bytes32 datasetId, address operator, uint8 purposes) external onlyOwnerOf(datasetId) {
        _setGrant(datasetId, operator, _checked(purposes) | _granted(datasetId, operator));
    }

    /// @inheritdoc ILicenceGrants
    function revoke(bytes32 datasetId, address operator, uint8 purposes) external onlyOwnerOf(datasetId) {
        _setGrant(datasetId, operator, _granted(datasetId, operator) & ~_checked(purposes));
    }

    /* VIEWS */

    /// @inheritdoc ILicenceGrants
    function licenceOf(uint16 code) public view returns (Licence memory found) {
        if (code >= FIRST_REGISTERED) return _licences[code];
        if (code == 0) return Licence(true, 0, 0);
        if (code <= 3) return Licence(true, PURPOSES_ALL, 0);
        return Licence(code == 100, code == 100 ? PURPOSE_TRAIN | PURPOSE_SERVE : 0, 0);
    }

    /// @inheritdoc ILicenceGrants
    function grantsOf(bytes32 datasetId, address operator) external view returns (Grant[] memory grants) {
        Checkpoints.Trace208 storage history = _grants[datasetId][operator];
        uint256 count = history.length();
        grants = new Grant[](count);
        for (uint256 i = 0; i < count; ++i) {
            Checkpoints.Checkpoint208 memory entry = history.at(uint32(i));
            grants[i] = Grant(entry._key, uint8(entry._value));
        }
    }

    /// @inheritdoc ILicenceGrants
    function grantedAt(bytes32 datasetId, address operator, uint48 at) external view returns (uint8 purposes) {
        return uint8(_grants[datasetId][operator].upperLookupRecent(at));
    }

    /* PARTS */

    /// @dev Takes the price of a licence code from the caller.
    function _burnLicenceFee() internal virtual;

    function _checkLicence(uint16 code) internal view {
        // Most name a fixed one that is for all, which needs no look-up.
        if (code == 0 || code > 3) require(licenceOf(code).known, LicenceGrantsUnknownLicence(code));
    }

    function _setGrant(bytes32 datasetId, address operator, uint8 purposes) private {
        require(operator != address(0), LicenceGrantsZeroOperator());
        bool changes = purposes != _granted(datasetId, operator);
        require(changes, LicenceGrantsNoChange(datasetId, operator, purposes));
        uint48 since = uint48(block.timestamp);
        _grants[datasetId][operator].push(since, purposes);
        emit GrantSet(datasetId, operator, purposes, since);
    }

    function _granted(bytes32 datasetId, address operator) private view returns (uint8 purposes) {
        return uint8(_grants[datasetId][operator].latest());
    }

    function _checked(uint8 purposes) private pure returns (uint8 same) {
        require(purposes > 0 && purposes <= PURPOSES_ALL, LicenceGrantsBadPurposes(purposes));
        return purposes;
    }
}
