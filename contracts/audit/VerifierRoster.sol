// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IVerifierRoster} from "../interfaces/audit/IVerifierRoster.sol";
import {IOpenToken} from "../interfaces/IOpenToken.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Seat} from "../types/Audit.sol";

/// @title Seats of verifiers, draws among them, fines
contract VerifierRoster is IVerifierRoster {
    using SafeERC20 for IOpenToken;

    /// @notice The longest thaw of a seat.
    uint64 public constant LONGEST_THAW = 90 days;
    bytes1 private constant TAG_SEAT = 0x0e;
    uint256 private constant TRIES_PER_PLACE = 32;
    uint256 private constant FULL_BPS = 10_000;
    uint40 private constant STANDING = type(uint40).max;

    /// @inheritdoc IVerifierRoster
    IOpenToken public immutable token;
    /// @notice Whose pools pay verifiers and take what is insured.
    IUsageEscrow public immutable escrow;
    /// @inheritdoc IVerifierRoster
    uint56 public immutable seatBond;
    /// @inheritdoc IVerifierRoster
    uint64 public immutable seatThaw;
    address private immutable _deployer;

    /// @inheritdoc IVerifierRoster
    address public court;

    /// @inheritdoc IVerifierRoster
    uint32 public seatCount;
    /// @inheritdoc IVerifierRoster
    uint32 public activeSeats;
    mapping(uint32 seat => Seat found) private _seats;

    /// @param seatBond_ Base units, more than zero.
    /// @param seatThaw_ Seconds; longer than any audit, which the court checks.
    constructor(IOpenToken token_, IUsageEscrow escrow_, uint56 seatBond_, uint64 seatThaw_) {
        require(
            address(token_) != address(0) && address(escrow_) != address(0) && seatBond_ > 0 && seatThaw_ > 0
                && seatThaw_ <= LONGEST_THAW,
            VerifierRosterBadParameter()
        );
        (token, escrow, seatBond, seatThaw) = (token_, escrow_, seatBond_, seatThaw_);
        _deployer = msg.sender;
    }

    /// @inheritdoc IVerifierRoster
    function wire(address court_) external {
        require(msg.sender == _deployer, VerifierRosterNotDeployer(msg.sender));
        require(court == address(0), VerifierRosterAlreadyWired());
        require(court_ != address(0), VerifierRosterBadParameter());
        court = court_;
        emit Wired(court_);
    }

    /// @inheritdoc IVerifierRoster
    function enrol(bytes32 readerKey) external returns (uint32 seat) {
        seat = seatCount++;
        _take(seat, readerKey);
    }

    /// @inheritdoc IVerifierRoster
    function takeOver(uint32 seat, bytes32 readerKey) external {
        Seat storage found = _seats[seat];
        bool free = found.from > 0 && found.bond == 0 && block.timestamp >= uint256(found.until) + 2 * seatThaw;
        require(free, VerifierRosterTaken(seat));
        _take(seat, readerKey);
    }

    /// @inheritdoc IVerifierRoster
    function leave(uint32 seat) external {
        Seat storage found = _seats[seat];
        require(
            found.holder == msg.sender && found.until == STANDING, VerifierRosterNotHolder(seat, msg.sender)
        );
        _retire(seat, found);
    }

    /// @inheritdoc IVerifierRoster
    function withdrawSeat(uint32 seat) external {
        Seat storage found = _seats[seat];
        require(found.holder == msg.sender, VerifierRosterNotHolder(seat, msg.sender));
        uint256 until = uint256(found.until) + seatThaw;
        require(block.timestamp >= until, VerifierRosterBondHeld(until));
        uint56 amount = found.bond;
        require(amount > 0, VerifierRosterNoBond(seat));
        found.bond = 0;
        emit SeatBondWithdrawn(seat, msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IVerifierRoster
    function seatOf(uint32 seat) external view returns (Seat memory found) {
        return _seats[seat];
    }

    /// @inheritdoc IVerifierRoster
    function holderOf(uint32 seat) external view returns (address holder) {
        return _seats[seat].holder;
    }

    /// @inheritdoc IVerifierRoster
    function draw(bytes32 seed, uint64 batchId, uint8 purpose, uint256 places, uint32 slots, uint40 at)
        external
        view
        returns (uint32[] memory seats, address[] memory holders)
    {
        (seats, holders) = (new uint32[](places), new address[](places));
        uint256 found = 0;
        uint256 tries = slots == 0 ? 0 : places * TRIES_PER_PLACE;
        for (uint32 i = 0; i < tries && found < places; ++i) {
            bytes32 word = keccak256(abi.encodePacked(TAG_SEAT, seed, batchId, purpose, i));
            uint32 number = uint32(uint256(word) % slots);
            Seat storage seat = _seats[number];
            (address holder, uint40 from, uint40 until) = (seat.holder, seat.from, seat.until);
            if (from > at || until <= at || _has(holders, found, holder)) continue;
            (seats[found], holders[found]) = (number, holder);
            ++found;
        }
        assembly ("memory-safe") {
            mstore(seats, found)
            mstore(holders, found)
        }
    }

    /* COURT */

    /// @inheritdoc IVerifierRoster
    function fine(uint32 seat, uint56 amount, uint16 paidBps, address payee) external returns (uint56 paid) {
        require(msg.sender == court, VerifierRosterNotCourt(msg.sender));
        Seat storage found = _seats[seat];
        if (amount > found.bond) amount = found.bond;
        if (amount == 0) return 0;
        found.bond -= amount;
        uint56 rest = amount / 2;
        paid = uint56(uint256(amount) * paidBps / FULL_BPS);
        if (paid > rest) paid = rest;
        emit SeatFined(seat, found.holder, amount, paid);
        if (found.until == STANDING && found.bond < seatBond / 2) _retire(seat, found);
        token.burn(amount - rest);
        if (paid > 0) token.safeTransfer(payee, paid);
        if (rest > paid) {
            token.forceApprove(address(escrow), rest - paid);
            escrow.addInsurance(rest - paid);
        }
    }

    /* PARTS */

    function _take(uint32 seat, bytes32 readerKey) private {
        require(readerKey != 0, VerifierRosterNoKey());
        _seats[seat] = Seat(msg.sender, uint40(block.timestamp), STANDING, readerKey, seatBond);
        ++activeSeats;
        emit SeatTaken(seat, msg.sender, readerKey);
        token.safeTransferFrom(msg.sender, address(this), seatBond);
    }

    function _retire(uint32 seat, Seat storage found) private {
        found.until = uint40(block.timestamp);
        --activeSeats;
        emit SeatLeft(seat, found.holder, block.timestamp + seatThaw);
    }

    function _has(address[] memory holders, uint256 count, address holder) private pure returns (bool yes) {
        for (uint256 i = 0; i < count; ++i) {
            if (holders[i] == holder) return true;
        }
        return false;
    }
}
