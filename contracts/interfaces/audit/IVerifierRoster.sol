// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpenToken} from "../IOpenToken.sol";
import {Seat} from "../../types/Audit.sol";

/// @title The seats of verifiers, each under the same bond, so that stake is what gets drawn
/// @custom:invariant draws: whoever joins or leaves after a draw's moment changes nothing of that draw.
/// @custom:invariant books: token balance >= bonds of all seats.
interface IVerifierRoster {
    /// @notice The court is set, for good.
    event Wired(address indexed court);
    /// @notice A seat is drawn from the next draw on.
    event SeatTaken(uint32 indexed seat, address indexed holder, bytes32 readerKey);
    /// @notice A seat is drawn no more; its bond can be taken back at `withdrawableAt`.
    event SeatLeft(uint32 indexed seat, address indexed holder, uint256 withdrawableAt);
    /// @notice A former seat's bond went back.
    event SeatBondWithdrawn(uint32 indexed seat, address indexed holder, uint56 amount);
    /// @notice A verifier was silent, or wrong; part burns, `paid` goes to who showed it or answered in its place, the rest insures.
    event SeatFined(uint32 indexed seat, address indexed holder, uint56 amount, uint56 paid);

    /// @notice A parameter is out of its bounds.
    error VerifierRosterBadParameter();
    /// @notice Only the deployer wires.
    error VerifierRosterNotDeployer(address caller);
    /// @notice The court is set already.
    error VerifierRosterAlreadyWired();
    /// @notice Only the court fines.
    error VerifierRosterNotCourt(address caller);
    /// @notice A reader key must not be zero.
    error VerifierRosterNoKey();
    /// @notice The seat to take over is not free yet.
    error VerifierRosterTaken(uint32 seat);
    /// @notice The seat is not the caller's, or was left already.
    error VerifierRosterNotHolder(uint32 seat, address caller);
    /// @notice The bond is held until the named time: duties may still be open.
    error VerifierRosterBondHeld(uint256 until);
    /// @notice Nothing is left of the bond.
    error VerifierRosterNoBond(uint32 seat);

    /// @notice Takes a seat for the bond. Needs an allowance.
    /// @param readerKey X25519 public key that openings are wrapped to.
    /// @return seat A new one.
    function enrol(bytes32 readerKey) external returns (uint32 seat);

    /// @notice Takes over a seat that was left long ago and whose bond is gone, so that draws stay short.
    function takeOver(uint32 seat, bytes32 readerKey) external;

    /// @notice Gives a seat up. Draws made before still bind its holder.
    function leave(uint32 seat) external;

    /// @notice Takes a former seat's bond back.
    function withdrawSeat(uint32 seat) external;

    /// @notice A seat; all zero when unknown.
    function seatOf(uint32 seat) external view returns (Seat memory found);

    /// @notice Seats ever made.
    function seatCount() external view returns (uint32 count);

    /// @notice Seats that are drawn.
    function activeSeats() external view returns (uint32 count);

    /// @notice Whose a seat is or was last.
    function holderOf(uint32 seat) external view returns (address holder);

    /// @notice The first `places` different holders that a seed names among the seats of a moment; fewer where too many of those
    /// seats were left.
    /// @dev Try i names seat `H(0x0e ‖ seed ‖ batchId u64 ‖ purpose u8 ‖ i u32) mod slots`; who was not seated at `at`, or is found
    /// already, is passed over. Seats keep their numbers, so that who joins or leaves later changes nothing.
    function draw(bytes32 seed, uint64 batchId, uint8 purpose, uint256 places, uint32 slots, uint40 at)
        external
        view
        returns (uint32[] memory seats, address[] memory holders);

    /// @notice Takes from a seat's bond, as much of `amount` as is left; by the court alone. Half burns, rounded up; up to the other
    /// half goes to `payee`, the rest insures. A seat with less than half of its bond is drawn no more.
    /// @return paid What went to the payee, `paidBps` of what was taken.
    function fine(uint32 seat, uint56 amount, uint16 paidBps, address payee) external returns (uint56 paid);

    /// @notice Sets the court, once, by the deployer.
    function wire(address court) external;

    /// @notice OPEN.
    function token() external view returns (IOpenToken found);

    /// @notice Base units a seat.
    function seatBond() external view returns (uint56 amount);

    /// @notice Seconds between leaving a seat and its bond.
    function seatThaw() external view returns (uint64 period);

    /// @notice Who draws and fines.
    function court() external view returns (address found);
}
