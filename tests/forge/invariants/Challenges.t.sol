// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChallengeBook} from "../../../contracts/challenges/ChallengeBook.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title The book of bonds alone: whether a leaf exists, and who is silent, is the matter of its two heirs
contract OpenBook is ChallengeBook {
    function open(uint64 id, uint8 kind, uint32 index, uint64 window) external payable {
        _open(id, kind, index, window);
    }

    function answer(uint64 id, uint8 kind, uint32 index) external {
        _answer(id, kind, index);
    }

    function close(uint64 id, uint8 kind, uint32 index, bool convicted) external {
        _close(id, kind, index, convicted);
    }
}

/// @title Three people who challenge, answer, close and withdraw, at any fee of the chain
contract ChallengeHandler is Targets {
    uint256 public constant PEOPLE = 3;
    uint64 public constant IDS = 3;
    uint32 public constant LEAVES = 4;
    uint64 internal constant WINDOW = 100;

    OpenBook public book = new OpenBook();
    mapping(address by => uint256 amount) public sent;
    mapping(address by => uint256 amount) public received;
    /// Bonds that went from the challenger to another.
    mapping(address by => uint256 amount) public won;
    mapping(address by => uint256 amount) public lost;
    uint256 public opened;
    uint256 private _now = 1_000;

    constructor() {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            VM.deal(person(i), type(uint128).max);
        }
    }

    modifier timed() {
        VM.warp(_now);
        _;
    }

    function challenge(uint256 who, uint256 seed, uint32 more) external timed {
        (uint64 id, uint32 index) = _leaf(seed);
        if (book.challengeOf(id, 0, index).deadline != 0) return;
        address by = person(who % PEOPLE);
        uint256 value = book.bondOf(id) + more;
        VM.prank(by);
        book.open{value: value}(id, 0, index, WINDOW);
        sent[by] += value;
        ++opened;
    }

    function answer(uint256 who, uint256 seed) external timed {
        (uint64 id, uint32 index) = _leaf(seed);
        ChallengeBook.Challenge memory found = book.challengeOf(id, 0, index);
        if (found.challenger == address(0) || _now >= found.deadline) return;
        address by = person(who % PEOPLE);
        VM.prank(by);
        book.answer(id, 0, index);
        won[by] += found.bond;
        lost[found.challenger] += found.bond;
    }

    function close(uint256 seed, bool convicted) external timed {
        (uint64 id, uint32 index) = _leaf(seed);
        ChallengeBook.Challenge memory found = book.challengeOf(id, 0, index);
        if (found.challenger == address(0) || (convicted && _now < found.deadline)) return;
        book.close(id, 0, index, convicted);
    }

    function withdraw(uint256 who) external timed {
        address by = person(who % PEOPLE);
        uint256 owed = book.owedTo(by);
        if (owed == 0) return;
        VM.prank(by);
        book.withdraw();
        received[by] += owed;
    }

    function pass(uint8 time, uint64 fee) external timed {
        VM.warp(_now += time);
        VM.fee(fee);
    }

    function person(uint256 index) public pure returns (address) {
        return address(uint160(0xC0DE00 + index));
    }

    function _leaf(uint256 seed) private pure returns (uint64 id, uint32 index) {
        return (uint64(seed % IDS), uint32((seed >> 8) % LEAVES));
    }
}

contract ChallengeInvariants is Targets {
    ChallengeHandler private _h;
    OpenBook private _book;

    function setUp() external {
        _h = new ChallengeHandler();
        _book = _h.book();
        _target(address(_h));
    }

    /// Bonds: the book holds the bonds of open challenges and what it owes, and counts what is open.
    function invariant_bonds() external {
        uint256 booked = 0;
        for (uint64 id = 0; id < _h.IDS(); ++id) {
            uint256 open = 0;
            for (uint32 index = 0; index < _h.LEAVES(); ++index) {
                ChallengeBook.Challenge memory found = _book.challengeOf(id, 0, index);
                if (found.challenger == address(0)) {
                    assert(found.bond == 0);
                    continue;
                }
                (booked, open) = (booked + found.bond, open + 1);
            }
            assert(_book.openOf(id) == open);
        }
        for (uint256 i = 0; i < _h.PEOPLE(); ++i) {
            booked += _book.owedTo(_h.person(i));
        }
        assert(address(_book).balance == booked);
        // Live: every challenge can be closed, everyone withdraws, and then the book is empty.
        _closeAll();
        for (uint256 i = 0; i < _h.PEOPLE(); ++i) {
            if (_book.owedTo(_h.person(i)) == 0) continue;
            VM.prank(_h.person(i));
            _book.withdraw();
        }
        assert(address(_book).balance == 0);
    }

    /// Shares: nobody is owed a unit that was not sent by him, or won by an answer; an answer is final.
    function invariant_shares() external {
        // Live: after the deadline every open challenge convicts.
        VM.warp(block.timestamp + 1 days);
        _closeAll();
        for (uint256 i = 0; i < _h.PEOPLE(); ++i) {
            address by = _h.person(i);
            assert(_h.received(by) + _book.owedTo(by) + _h.lost(by) == _h.sent(by) + _h.won(by));
        }
    }

    function _closeAll() private {
        for (uint64 id = 0; id < _h.IDS(); ++id) {
            for (uint32 index = 0; index < _h.LEAVES(); ++index) {
                ChallengeBook.Challenge memory found = _book.challengeOf(id, 0, index);
                if (found.challenger == address(0)) continue;
                _book.close(id, 0, index, block.timestamp >= found.deadline);
            }
        }
    }
}
