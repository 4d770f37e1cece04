// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditCourt} from "../../../../contracts/audit/AuditCourt.sol";
import {Canaries} from "../../../../contracts/audit/Canaries.sol";
import {AuditFund} from "../../../../contracts/audit/AuditFund.sol";
import {VerifierRoster} from "../../../../contracts/audit/VerifierRoster.sol";
import {SumTree} from "../../../../contracts/libraries/SumTree.sol";
import {Audit, Outcome, Phase} from "../../../../contracts/types/Audit.sol";
import {Batch, BatchHeader, Opening} from "../../../../contracts/types/Batch.sol";
import {VM} from "../../Vm.sol";
import {Books} from "../money/Books.sol";
import {Dice} from "./Dice.sol";

/// @title One planted receipt in each batch, and what verifiers said of all of them
abstract contract Planting is Books {
    uint256 internal constant FAULTS = 0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;
    uint64 private constant FOREVER = type(uint64).max;

    uint64 public constant STEP = 10 minutes;
    uint64 public constant SEAT_THAW = 1 days;
    uint56 public constant FEE = 100;
    uint56 public constant SEAT_BOND = 10 ** 6;

    Dice public immutable dice = new Dice(true);
    VerifierRoster public immutable roster;
    AuditFund public immutable fund;
    Canaries public immutable canaries;
    AuditCourt public immutable court;

    Opening private _next;
    mapping(uint64 batchId => Opening opening) private _planted;
    /// Samples, both bits of each, that an excuse took out of the pair's answers, or out of a conviction alone.
    mapping(uint64 batchId => uint256 samples) public excused;
    mapping(uint64 batchId => bool yes) public isFound;
    /// What the pair and the panel have shown.
    mapping(uint64 batchId => uint256[2] faults) internal _pairSaid;
    mapping(uint64 batchId => uint256[7] faults) internal _panelSaid;
    mapping(uint64 batchId => uint32[2] seats) internal _pairSeats;
    /// Somebody passed what a panel found planted, and kept his bond.
    bool public isFineMissing;
    uint256 public finedForPassing;
    mapping(uint64 batchId => bool yes) public hasPanel;

    constructor() {
        roster = new VerifierRoster(_token, _escrow, SEAT_BOND, SEAT_THAW);
        fund = new AuditFund(_token, _registry);
        canaries = new Canaries(_registry, _escrow);
        court = new AuditCourt(_registry, roster, fund, dice, canaries, STEP, FEE);
        roster.wire(address(court));
        fund.wire(address(court));
        canaries.wire(address(court));
        system.setCourt(address(court));
    }

    /// @dev The tree has one leaf that can be opened; its neighbours are only sums. One batch in eight commits to nothing.
    function _plant(uint256 seed, BatchHeader memory header) internal {
        Opening storage made = _next;
        made.index = uint32(seed % header.receiptCount);
        (made.receipt.consumer, made.receipt.operator) = (consumers[0], header.operator);
        (made.receipt.servedAt, made.receipt.queryCommit) = (uint64(block.timestamp), bytes32(seed));
        made.receipt.cumulative = header.receiptCount == 1 ? header.total : uint128(1 + seed % header.total);
        bytes32 digest = _escrow.receiptDigest(made.receipt);
        bytes32 head = keccak256(abi.encodePacked(bytes1(0x0a), bytes32(0), digest));
        bytes32 leaf = keccak256(abi.encodePacked(bytes1(0x04), digest, head, keccak256(""), bytes32(0)));
        (header.receiptsRoot, made.path) =
            _rootOf(leaf, made.receipt.cumulative, made.index, header.total, SumTree.depth(header.receiptCount));
        if (seed % 8 == 0) return;
        bytes32 agreed = keccak256(_consent(digest));
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0x13), made.index, digest, FOREVER, agreed, bytes32(seed)));
        VM.prank(header.poster);
        canaries.commit(header.receiptsRoot, hash);
    }

    function _rootOf(bytes32 leaf, uint256 value, uint256 index, uint256 total, uint256 depth)
        private
        pure
        returns (bytes32 node, bytes memory path)
    {
        node = SumTree.leafNode(leaf, value);
        (uint256 sum, uint256 beside) = (value, total - value);
        for (uint256 level = 0; level < depth; ++level) {
            bytes32 sibling = keccak256(abi.encode(leaf, level));
            path = abi.encodePacked(path, sibling, uint128(beside));
            node = index >> level & 1 == 0
                ? SumTree.branch(node, sum, sibling, beside)
                : SumTree.branch(sibling, beside, node, sum);
            (sum, beside) = (total, 0);
        }
    }

    function _noteSubmitted(uint64 batchId) internal {
        _planted[batchId] = _next;
    }

    /// @dev False where the contracts refuse, as they mostly do.
    function _show(Batch memory b) internal returns (bool yes) {
        Opening memory opening = _planted[b.id];
        bytes memory consent = _consent(_escrow.receiptDigest(opening.receipt));
        bool wasJudged = _auditOf(b.id).phase == Phase.Judged;
        try canaries.show(b, opening, FOREVER, consent, opening.receipt.queryCommit) {}
        catch {
            return false;
        }
        uint256 samples = plantedIn(b.id);
        (excused[b.id], isFound[b.id]) = (samples, wasJudged);
        if (!wasJudged) return true;
        (_pairSaid[b.id][0], _pairSaid[b.id][1]) = (_pairSaid[b.id][0] & ~samples, _pairSaid[b.id][1] & ~samples);
        return true;
    }

    /// @dev Ends an audit that was judged or has a panel, and looks at whom the panel fined for what was planted.
    function _end(Batch memory b) internal {
        Audit memory audit = _auditOf(b.id);
        if (audit.phase == Phase.Judged) return court.close(b);
        hasPanel[b.id] = true;
        uint32[2] memory seats = _pairSeats[b.id];
        uint56[2] memory before = [roster.seatOf(seats[0]).bond, roster.seatOf(seats[1]).bond];
        court.closePanel(b);
        uint256 named = majorityOf(b.id);
        if (audit.outcome == Outcome.Unverified || named & excused[b.id] == 0) return;
        for (uint256 i = 0; i < 2; ++i) {
            bool isFined = before[i] == 0 || roster.seatOf(seats[i]).bond < before[i];
            if (_pairSaid[b.id][i] & named == 0 && !isFined) isFineMissing = true;
            if (_pairSaid[b.id][i] & named == 0) ++finedForPassing;
        }
    }

    function plantedIn(uint64 batchId) public view returns (uint256 samples) {
        uint32[] memory drawn = court.sampleOf(batchId);
        for (uint256 i = 0; i < drawn.length; ++i) {
            if (drawn[i] == _planted[batchId].index) samples |= 3 << 2 * i;
        }
    }

    /// @dev What a verdict must be by what was shown: the samples that convict.
    function accused(uint64 batchId) external view returns (uint256 faults) {
        return (hasPanel[batchId] ? majorityOf(batchId) : _pairSaid[batchId][0] & _pairSaid[batchId][1]) & ~excused[batchId];
    }

    function majorityOf(uint64 batchId) public view returns (uint256 faults) {
        for (uint256 bit = 1; bit < 256; bit += 2) {
            uint256 count = 0;
            for (uint256 place = 0; place < 7; ++place) {
                count += _panelSaid[batchId][place] >> bit & 1;
            }
            if (count >= 4) faults |= 1 << bit;
        }
    }

    function _noteSaid(uint64 batchId, uint256 place, uint256 faults, bool isPanel) internal {
        if (!isPanel) {
            _pairSaid[batchId][place] = faults;
            uint32[] memory seats = court.drawnOf(batchId);
            if (seats.length == 2) _pairSeats[batchId] = [seats[0], seats[1]];
            return;
        }
        _panelSaid[batchId][place] = isFound[batchId] ? faults & ~excused[batchId] : faults;
    }

    function _noteRetry(uint64 batchId) internal {
        delete _pairSaid[batchId];
        delete _pairSeats[batchId];
    }

    function _auditOf(uint64 batchId) internal view returns (Audit memory audit) {
        return court.auditOf(batchId);
    }

    function _consent(bytes32 digest) private view returns (bytes memory consent) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, canaries.consentDigest(digest, FOREVER));
        return abi.encodePacked(r, s, v);
    }
}
