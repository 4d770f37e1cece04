// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ParameterSet} from "../types/ParameterSet.sol";
import {ParameterWord} from "../types/ParameterWord.sol";

/// @title Parameters within hard bounds, version by version
/// @custom:invariant immutable: a version that is in force or past never changes.
/// @custom:invariant bounded: no version lies outside the bounds of the code.
interface IParameters {
    /// @notice A version is in force.
    event ParametersSet(uint24 indexed version, ParameterSet set);

    /// @notice The named parameter is outside its bounds.
    error ParametersOutOfBounds(bytes32 name, uint256 value, uint256 least, uint256 most);
    /// @notice The set does not name the version after the one in force.
    error ParametersNotNext(uint24 version, uint24 next);
    /// @notice There is no such version.
    error ParametersUnknownVersion(uint256 version);

    /// @notice Puts the next version in force. Only for whom the AccessManager allows it.
    /// @param next Names the version after the one in force, so that of two proposals made upon one version only one acts.
    function set(ParameterSet calldata next) external;

    /// @notice The version in force.
    function current() external view returns (ParameterSet memory set);

    /// @notice A version that is or was in force.
    function atVersion(uint256 version) external view returns (ParameterSet memory set);

    /// @notice `current`, for contracts.
    function currentWord() external view returns (ParameterWord word);

    /// @notice `atVersion`, for contracts.
    function wordAt(uint256 version) external view returns (ParameterWord word);

    /// @notice When a window that opened at `from` ends; later than `from + length` where the chain was down meanwhile.
    /// @dev By at most 14 days. While the chain is down the answer is the latest moment possible; ask again afterwards.
    /// @param from When it opened, not in the future.
    /// @param length Its seconds.
    function endOf(uint64 from, uint64 length) external view returns (uint64 end);
}
