// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ILeafDemands} from "../../../contracts/interfaces/datasets/ILeafDemands.sol";
import {IOpenToken} from "../../../contracts/interfaces/IOpenToken.sol";
import {IUsageEscrow} from "../../../contracts/interfaces/IUsageEscrow.sol";
import {DatasetRegistry} from "../../../contracts/registry/DatasetRegistry.sol";
import {OpenToken} from "../../../contracts/token/OpenToken.sol";
import {Dataset, DatasetParameters, Fault, RecordProof, Reveal} from "../../../contracts/types/Dataset.sol";
import {SumTree} from "../../../contracts/libraries/SumTree.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title An insurance pool
contract Insurance {
    IOpenToken private immutable _token;

    constructor(IOpenToken token) {
        _token = token;
    }

    function addInsurance(uint128 amount) external {
        _token.transferFrom(msg.sender, address(this), amount);
    }
}

/// @title Three owners of data sets of one record, some of which claim to have two, and copy each other's
contract DatasetHandler is Targets {
    struct Entry {
        address owner;
        address registrant;
        bytes32 salt;
        bytes32 content;
        bytes32 root;
        uint32 count;
        uint64 order;
        uint256 block_;
        bytes32 id;
        uint64 retiredAt;
        uint64 withdrawnAt;
        uint64 convictedAt;
    }

    uint256 public constant OWNERS = 3;
    uint64 public constant DELAY = 3;
    uint64 public constant EXPIRY = 60;
    uint64 public constant HOLDING = 500;
    uint64 public constant WINDOW = 80;
    uint256 internal constant CONTENTS = 5;

    OpenToken public token;
    DatasetRegistry public registry;
    Entry[] private _entries;
    uint256 private _now = 1_000;
    uint256 private _height = 1_000;

    constructor() {
        token = new OpenToken(address(this), type(uint56).max);
        address pool = address(new Insurance(IOpenToken(address(token))));
        DatasetParameters memory p = DatasetParameters(DELAY, EXPIRY, 1_000, 100, HOLDING, 501, WINDOW);
        registry = new DatasetRegistry(IOpenToken(address(token)), IUsageEscrow(pool), p);
        for (uint256 i = 0; i < OWNERS; ++i) {
            token.transfer(person(i), 10 ** 15);
            VM.prank(person(i));
            token.approve(address(registry), type(uint256).max);
        }
    }

    modifier timed() {
        VM.warp(_now);
        VM.roll(_height);
        _;
        _note();
    }

    function commit(uint8 who, uint256 content, bool lies) external timed {
        address owner = person(who % OWNERS);
        bytes32 salt = keccak256(abi.encode(_entries.length));
        bytes32 record = bytes32(content % CONTENTS + 1);
        bytes32 leaf = keccak256(abi.encodePacked(bytes1(0x08), uint32(0), record, salt));
        bytes32 root = SumTree.leafNode(leaf, 1);
        bytes32 commitment = registry.commitmentOf(owner, root, salt);
        VM.prank(owner);
        uint64 order = registry.commit(commitment);
        _entries.push(Entry(owner, owner, salt, record, root, lies ? 2 : 1, order, _height, 0, 0, 0, 0));
    }

    function reveal(uint256 seed) external timed {
        (bool any, uint256 index) = _pick(seed, false);
        if (!any) return;
        Entry storage e = _entries[index];
        if (_height < e.block_ + DELAY) VM.roll(_height = e.block_ + DELAY);
        if (_height >= e.block_ + EXPIRY) return;
        VM.prank(e.owner);
        e.id = registry.reveal(Reveal(e.root, bytes32(0), e.salt, 0, e.count, 1));
    }

    function forfeit(uint256 seed) external timed {
        (bool any, uint256 index) = _pick(seed, false);
        if (!any || _height < _entries[index].block_ + EXPIRY || !_isOpen(_entries[index])) return;
        registry.forfeitCommitment(_entries[index].registrant, commitmentAt(index));
    }

    function withdrawBond(uint256 seed) external timed {
        (bool any, uint256 index) = _pick(seed, true);
        if (!any || !_mayLeave(index)) return;
        VM.prank(_entries[index].owner);
        registry.withdrawBond(_entries[index].id);
    }

    function demand(uint8 who, uint256 seed) external timed {
        (bool any, uint256 index) = _pick(seed, true);
        if (!any) return;
        bytes32 id = _entries[index].id;
        uint32 leaf = _entries[index].count - 1;
        if (registry.dataset(id).fault != Fault.None || registry.demandOf(id, leaf).demander != address(0)) return;
        VM.prank(person(who % OWNERS));
        registry.demandLeaf(id, leaf);
    }

    function open(uint256 seed) external timed {
        (bool any, uint256 index) = _pick(seed, true);
        if (!any || _entries[index].count > 1) return;
        ILeafDemands.Demand memory found = registry.demandOf(_entries[index].id, 0);
        if (found.demander == address(0) || _now >= found.until) return;
        registry.openLeaf(proofAt(index), _entries[index].content);
    }

    function closeDemand(uint256 seed) external timed {
        (bool any, uint256 index) = _pick(seed, true);
        if (!any) return;
        ILeafDemands.Demand memory found = registry.demandOf(_entries[index].id, _entries[index].count - 1);
        if (found.demander == address(0) || _now < found.until) return;
        registry.closeDemand(_entries[index].id, _entries[index].count - 1);
    }

    function accuse(uint256 one, uint256 other) external timed {
        (bool any, uint256 first) = _pick(one, true);
        (, uint256 second) = _pick(other, true);
        if (!any || !isCopy(first, second)) return;
        VM.prank(person(one % OWNERS));
        registry.proveDuplicate(proofAt(first), proofAt(second), _entries[first].content);
    }

    function end(uint256 seed, bool withdrawn) external timed {
        (bool any, uint256 index) = _pick(seed, true);
        if (!any) return;
        Entry storage e = _entries[index];
        if ((withdrawn ? registry.withdrawnAtOf(e.id) : registry.retiredAtOf(e.id)) != 0) return;
        VM.prank(e.owner);
        if (withdrawn) registry.withdrawAsset(e.id);
        else registry.retireAsset(e.id);
    }

    function give(uint256 seed, uint8 to) external timed {
        (bool any, uint256 index) = _pick(seed, true);
        if (!any) return;
        VM.prank(_entries[index].owner);
        registry.transferAsset(_entries[index].id, _entries[index].owner = person(to % OWNERS));
    }

    function pass(uint8 time) external timed {
        _now += time;
        _height += time / 8;
    }

    function count() external view returns (uint256) {
        return _entries.length;
    }

    function entry(uint256 index) external view returns (Entry memory) {
        return _entries[index];
    }

    function commitmentAt(uint256 index) public view returns (bytes32) {
        Entry storage e = _entries[index];
        return registry.commitmentOf(e.registrant, e.root, e.salt);
    }

    /// @notice Whether the second is a later copy of the first, and neither was convicted as one.
    function isCopy(uint256 first, uint256 second) public view returns (bool) {
        (Entry storage a, Entry storage b) = (_entries[first], _entries[second]);
        if (a.id == 0 || b.id == 0 || a.order >= b.order || a.content != b.content) return false;
        return registry.dataset(a.id).fault != Fault.Duplicate && registry.dataset(b.id).fault != Fault.Duplicate;
    }

    function proofAt(uint256 index) public view returns (RecordProof memory) {
        Entry storage e = _entries[index];
        return RecordProof(e.id, e.registrant, 0, e.salt, "");
    }

    function person(uint256 index) public pure returns (address) {
        return address(uint160(0xDA7A00 + index));
    }

    function _mayLeave(uint256 index) private view returns (bool) {
        Dataset memory found = registry.dataset(_entries[index].id);
        bool held = _now < registry.registeredAtOf(_entries[index].id) + HOLDING;
        return found.fault == Fault.None && found.openDemands == 0 && found.bond > 0 && !held;
    }

    function _isOpen(Entry storage e) private view returns (bool) {
        return registry.openCommitment(e.registrant, registry.commitmentOf(e.registrant, e.root, e.salt)).order != 0;
    }

    /// @dev One that is revealed, or one that still could be.
    function _pick(uint256 seed, bool isRevealed) private view returns (bool any, uint256 index) {
        uint256 length = _entries.length;
        for (uint256 i = 0; i < length; ++i) {
            index = (seed % length + i) % length;
            if (isRevealed ? _entries[index].id != 0 : _entries[index].id == 0 && _isOpen(_entries[index])) {
                return (true, index);
            }
        }
        return (false, 0);
    }

    /// @dev Remembers dates when they are first seen.
    function _note() private {
        for (uint256 i = 0; i < _entries.length; ++i) {
            Entry storage e = _entries[i];
            if (e.id == 0) continue;
            if (e.retiredAt == 0) e.retiredAt = registry.retiredAtOf(e.id);
            if (e.withdrawnAt == 0) e.withdrawnAt = registry.withdrawnAtOf(e.id);
            if (e.convictedAt == 0) e.convictedAt = registry.dataset(e.id).convictedAt;
        }
    }
}

contract DatasetInvariants is Targets {
    DatasetHandler private _h;
    DatasetRegistry private _registry;

    function setUp() external {
        _h = new DatasetHandler();
        _registry = _h.registry();
        _target(address(_h));
    }

    /// Bonds: the registry holds what its commitments, data sets and demands have paid in.
    function invariant_bonds() external {
        uint256 booked = 0;
        for (uint256 i = 0; i < _h.count(); ++i) {
            DatasetHandler.Entry memory e = _h.entry(i);
            if (_registry.openCommitment(e.registrant, _h.commitmentAt(i)).order != 0) {
                assert(e.id == 0);
                booked += _registry.bondBase();
            }
            if (e.id == 0) continue;
            Dataset memory found = _registry.dataset(e.id);
            assert(found.bond == 0 || found.bond == _registry.bondOf(found.count));
            assert(found.fault == Fault.None || found.bond == 0);
            bool demanded = _registry.demandOf(e.id, e.count - 1).demander != address(0);
            assert(found.openDemands == (demanded ? 1 : 0));
            booked += found.bond + found.openDemands * _registry.demandBond();
        }
        assert(_h.token().balanceOf(address(_registry)) == booked);
        // Live: in time everything leaves, and nothing stays behind.
        VM.warp(block.timestamp + 1_000);
        VM.roll(block.number + 1_000);
        for (uint256 i = 0; i < _h.count(); ++i) {
            _leave(i);
        }
        assert(_h.token().balanceOf(address(_registry)) == 0);
    }

    /// Dates: when something was retired, withdrawn or convicted is written once, and each of them retires.
    function invariant_dates() external {
        for (uint256 i = 0; i < _h.count(); ++i) {
            DatasetHandler.Entry memory e = _h.entry(i);
            if (e.id == 0) continue;
            uint64 retiredAt = _registry.retiredAtOf(e.id);
            assert(retiredAt == e.retiredAt && _registry.withdrawnAtOf(e.id) == e.withdrawnAt);
            Dataset memory found = _registry.dataset(e.id);
            assert(found.convictedAt == e.convictedAt && (found.fault == Fault.None) == (e.convictedAt == 0));
            assert(e.withdrawnAt == 0 || (retiredAt != 0 && retiredAt <= e.withdrawnAt));
            assert(e.convictedAt == 0 || (retiredAt != 0 && retiredAt <= e.convictedAt));
            assert(_registry.ownerOf(e.id) == e.owner);
            // Live: its owner can withdraw it as long as that did not happen.
            if (e.withdrawnAt != 0) continue;
            VM.prank(e.owner);
            _registry.withdrawAsset(e.id);
        }
    }

    /// Priority: who committed first comes first, nothing is revealed before its time, and of two the earlier convicts the later.
    function invariant_priority() external {
        uint256 length = _h.count();
        assert(_registry.commitCount() == length);
        for (uint256 i = 0; i < length; ++i) {
            DatasetHandler.Entry memory e = _h.entry(i);
            assert(e.order == i + 1);
            if (e.id == 0) continue;
            Dataset memory found = _registry.dataset(e.id);
            assert(found.order == e.order && found.count == e.count);
            assert(found.revealedBlock >= e.block_ + _h.DELAY() && found.revealedBlock < e.block_ + _h.EXPIRY());
        }
        for (uint256 j = 1; j < length; ++j) {
            for (uint256 i = 0; i < j; ++i) {
                if (!_h.isCopy(i, j)) continue;
                (bytes32 content, bool done) = (_h.entry(i).content, false);
                try _registry.proveDuplicate(_h.proofAt(j), _h.proofAt(i), content) {
                    done = true;
                } catch {}
                assert(!done);
                // Live: the other way round it is a proof.
                _registry.proveDuplicate(_h.proofAt(i), _h.proofAt(j), content);
                assert(_registry.dataset(_h.entry(j).id).fault == Fault.Duplicate);
                return;
            }
        }
    }

    function _leave(uint256 index) private {
        DatasetHandler.Entry memory e = _h.entry(index);
        if (_registry.openCommitment(e.registrant, _h.commitmentAt(index)).order != 0) {
            _registry.forfeitCommitment(e.registrant, _h.commitmentAt(index));
        }
        if (e.id == 0) return;
        if (_registry.dataset(e.id).openDemands > 0) _registry.closeDemand(e.id, e.count - 1);
        if (_registry.dataset(e.id).bond == 0) return;
        VM.prank(e.owner);
        _registry.withdrawBond(e.id);
    }
}

/// @title That random calls get to every end that a data set can come to
contract DatasetReachTest is Targets {
    function test_reach() external {
        DatasetHandler h = new DatasetHandler();
        uint256 draw = 1;
        for (uint256 i = 0; i < 400; ++i) {
            draw = uint256(keccak256(abi.encode(draw)));
            _act(h, draw % 13, draw >> 16);
        }
        DatasetRegistry registry = h.registry();
        uint256[3] memory faults;
        (uint256 forfeited, uint256 withdrawn, uint256 demanded) = (0, 0, 0);
        for (uint256 i = 0; i < h.count(); ++i) {
            DatasetHandler.Entry memory e = h.entry(i);
            if (e.id == 0) {
                if (registry.openCommitment(e.registrant, h.commitmentAt(i)).order == 0) ++forfeited;
                continue;
            }
            Dataset memory found = registry.dataset(e.id);
            ++faults[uint8(found.fault)];
            if (found.fault == Fault.None && found.bond == 0) ++withdrawn;
            demanded += found.openDemands;
        }
        assert(faults[0] > 0 && faults[1] > 0 && faults[2] > 0 && forfeited > 0 && withdrawn > 0 && demanded > 0);
    }

    function _act(DatasetHandler h, uint256 kind, uint256 a) private {
        if (kind < 2) h.commit(uint8(a), a >> 8, a & 1 << 64 != 0);
        else if (kind < 5) h.reveal(a);
        else if (kind == 5) h.forfeit(a);
        else if (kind == 6) h.withdrawBond(a);
        else if (kind == 7) h.demand(uint8(a), a >> 8);
        else if (kind == 8) h.open(a);
        else if (kind == 9) h.closeDemand(a);
        else if (kind == 10) h.accuse(a & 0xffff, (a >> 16) & 0xffff);
        else if (kind == 11) h.end(a, a & 1 << 64 != 0);
        else h.pass(uint8(a));
    }
}
