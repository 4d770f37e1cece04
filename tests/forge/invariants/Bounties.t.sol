// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BountyBoard} from "../../../contracts/agents/BountyBoard.sol";
import {IBountyBoard} from "../../../contracts/interfaces/agents/IBountyBoard.sol";
import {IContentRegistry} from "../../../contracts/interfaces/IContentRegistry.sol";
import {ModelRegistry} from "../../../contracts/registry/ModelRegistry.sol";
import {OpenToken} from "../../../contracts/token/OpenToken.sol";
import {Verdict} from "../../../contracts/types/Verdict.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title Every data set there is, and none withdrawn
contract Sets {
    function kindOf(bytes32) external pure returns (uint8) {
        return 1;
    }

    function retiredAtOf(bytes32) external pure returns (uint64) {
        return 0;
    }
}

/// @title Two posters and two tuners, and a judge who may say anything or nothing
contract BountyHandler is Targets {
    uint256 internal constant PEOPLE = 2;
    bytes32 internal constant MANIFEST = "manifest";

    OpenToken public token = new OpenToken(address(this), 10 ** 15);
    ModelRegistry public models = new ModelRegistry(IContentRegistry(address(new Sets())));
    BountyBoard public board;
    bytes32 public base;
    bytes32 public evaluation;
    bytes32[] public adapters;
    mapping(bytes32 modelId => address owner) public ownerOf;
    mapping(bytes32 modelId => bool passed) public passed;
    mapping(address who => uint256 amount) public paid;
    mapping(address who => uint256 amount) public got;
    /// What was paid although it should not have been, or refused although it should.
    uint256 public wrong;
    uint256 private _now = 1_000;

    constructor() {
        board = new BountyBoard(token, models);
        base = models.registerBase("base", 0);
        models.registerManifest(MANIFEST, 1, 1);
        evaluation = models.commitEvaluation("sealed");
        VM.roll(block.number + 1);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            token.transfer(person(i), 10 ** 12);
            VM.prank(person(i));
            token.approve(address(board), type(uint256).max);
        }
    }

    modifier timed() {
        VM.warp(_now);
        _;
    }

    function wait(uint256 seed) external {
        _now += seed % 40;
    }

    function post(uint256 seed) external timed {
        uint128 budget = uint128(1 + (seed >> 8) % 1_000);
        int32 gain = int32(int256((seed >> 64) % 30_000)) - 10_000;
        uint40 deadline = uint40(_now + 1 + (seed >> 96) % 60);
        VM.prank(person(seed));
        board.post("set", evaluation, base, gain, budget, deadline, deadline + 1 + uint40((seed >> 128) % 60));
        paid[person(seed)] += budget;
    }

    function tune(uint256 seed) external timed {
        if (adapters.length == 30) return;
        address owner = person(seed);
        bytes32 digest = keccak256(abi.encode(seed, adapters.length));
        VM.prank(owner);
        bytes32 made = models.registerAdapter(base, new bytes32[](0), digest, 0, MANIFEST, 1, evaluation);
        adapters.push(made);
        ownerOf[made] = owner;
    }

    function judge(uint256 seed) external timed {
        if (adapters.length == 0) return;
        bytes32 modelId = adapters[seed % adapters.length];
        int32 low = int32(int256((seed >> 32) % 60_000)) - 30_000;
        try models.reportVerdict(Verdict(modelId, base, "report", low, low, 1)) {} catch {}
    }

    function submit(uint256 seed) external timed {
        if (adapters.length == 0 || board.bountyCount() == 0) return;
        bytes32 modelId = adapters[seed % adapters.length];
        VM.prank(ownerOf[modelId]);
        try board.submit(_some(seed), modelId) {} catch {}
    }

    function award(uint256 seed) external timed {
        if (adapters.length == 0 || board.bountyCount() == 0) return;
        (uint64 id, bytes32 modelId) = (_some(seed), adapters[seed % adapters.length]);
        IBountyBoard.Bounty memory bounty = board.bountyOf(id);
        Verdict memory told = models.verdictOf(modelId);
        bool fits = bounty.status == IBountyBoard.BountyStatus.Open && _now <= bounty.judgedUntil
            && board.tunerOf(id, modelId) != address(0) && told.examples > 0 && told.lowGain >= bounty.leastGain;
        try board.award(id, modelId) {
            if (!fits) ++wrong;
            got[ownerOf[modelId]] += bounty.budget;
        } catch {
            if (fits) ++wrong;
        }
    }

    function refund(uint256 seed) external timed {
        if (board.bountyCount() == 0) return;
        uint64 id = _some(seed);
        IBountyBoard.Bounty memory bounty = board.bountyOf(id);
        bool fits = bounty.status == IBountyBoard.BountyStatus.Open && _now > bounty.judgedUntil;
        try board.refund(id) {
            if (!fits) ++wrong;
            got[bounty.poster] += bounty.budget;
        } catch {
            if (fits) ++wrong;
        }
    }

    function person(uint256 seed) public pure returns (address) {
        return address(uint160(0xB0 + seed % PEOPLE));
    }

    function people() external pure returns (uint256) {
        return PEOPLE;
    }

    function later() external view returns (uint256) {
        return _now + 1_000;
    }

    function _some(uint256 seed) private view returns (uint64) {
        return uint64(1 + (seed >> 16) % board.bountyCount());
    }
}

contract BountyInvariants is Targets {
    BountyHandler private _h;
    BountyBoard private _board;

    function setUp() external {
        _h = new BountyHandler();
        _board = _h.board();
        _target(address(_h));
    }

    /// Whole: the board holds exactly what open bounties promise, and people have what they paid less what they got.
    function invariant_whole() external view {
        uint256 open = 0;
        for (uint64 id = 1; id <= _board.bountyCount(); ++id) {
            IBountyBoard.Bounty memory bounty = _board.bountyOf(id);
            if (bounty.status == IBountyBoard.BountyStatus.Open) open += bounty.budget;
        }
        assert(_h.token().balanceOf(address(_board)) == open);
        for (uint256 i = 0; i < _h.people(); ++i) {
            address who = _h.person(i);
            assert(_h.token().balanceOf(who) == 10 ** 12 - _h.paid(who) + _h.got(who));
        }
    }

    /// Free: every award and refund happened exactly when its condition was met; and whatever is open ends some day.
    function invariant_free() external {
        assert(_h.wrong() == 0);
        VM.warp(_h.later());
        for (uint64 id = 1; id <= _board.bountyCount(); ++id) {
            if (_board.bountyOf(id).status == IBountyBoard.BountyStatus.Open) _board.refund(id);
        }
        assert(_h.token().balanceOf(address(_board)) == 0);
    }
}
