// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What is paid to who had a planted receipt's passing found out
interface IFinderPay {
    /// @notice The appellant has part of the fines.
    event FinderPaid(uint64 indexed batchId, address indexed finder, uint256 amount);

    /// @notice Pays the appellant of a batch out of fines that have come in and are not booked; by the court alone.
    function payFinder(uint64 batchId, uint256 amount) external;
}
