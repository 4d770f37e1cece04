// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessAuthority} from "../../../contracts/access/AccessAuthority.sol";
import {IDatasetRegistry} from "../../../contracts/interfaces/datasets/IDatasetRegistry.sol";
import {IPriorArt} from "../../../contracts/interfaces/datasets/IPriorArt.sol";
import {SumTree} from "../../../contracts/libraries/SumTree.sol";
import {PriorArt} from "../../../contracts/registry/PriorArt.sol";
import {OpenToken} from "../../../contracts/token/OpenToken.sol";
import {Dataset, Fault, RecordProof} from "../../../contracts/types/Dataset.sol";
import {VM} from "../Vm.sol";
import {Targets} from "./Targets.sol";

/// @title Data sets that were registered at dates of the test's choice
contract Dated {
    uint32 public immutable count;
    mapping(bytes32 datasetId => uint64 at) public registeredAtOf;

    constructor(uint32 count_) {
        count = count_;
    }

    function register(bytes32 root, uint64 at) external {
        registeredAtOf[root] = at;
    }

    function assetIdOf(address, uint8, bytes32 content) external pure returns (bytes32 assetId) {
        return content;
    }

    function dataset(bytes32) external view returns (Dataset memory found) {
        return Dataset(0, count, 0, 0, 0, 0, Fault.None, 0);
    }
}

/// @title Two who claim and dispute, votes that may say anything, and sets that repeat one text of sixteen records
contract CorporaHandler is Targets {
    uint32 public constant RECORDS = 16;
    uint256 public constant SETS = 3;
    uint256 internal constant PEOPLE = 2;
    uint256 internal constant MOST = 24;
    uint64 internal constant WINDOW = 1 hours;
    uint56 internal constant BOND = 1_001;

    OpenToken public token = new OpenToken(address(this), 10 ** 15);
    Dated public dated = new Dated(RECORDS);
    PriorArt public art;
    bytes32[] public corpora;
    bytes32[] public sets;
    mapping(bytes32 corpusId => IPriorArt.Status last) public lastOf;
    mapping(bytes32 datasetId => uint64 at) public wentOut;
    /// What was taken although it should not have been, or refused although it should.
    uint256 public wrong;
    uint256 private _now = 10_000;
    bytes32[] private _salts;

    constructor() {
        address authority = address(new AccessAuthority(address(this)));
        art = new PriorArt(authority, token, IDatasetRegistry(address(dated)), BOND, WINDOW, 0);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            token.transfer(person(i), 10 ** 12);
            VM.prank(person(i));
            token.approve(address(art), type(uint256).max);
        }
        for (uint256 i = 0; i < SETS; ++i) {
            _salts.push(bytes32(i + 1));
            (bytes32 root,) = _open(0, bytes32(i + 1));
            sets.push(root);
            dated.register(root, uint64(10_000 + i * 3 hours));
        }
    }

    modifier timed() {
        VM.warp(_now);
        _;
    }

    function wait(uint256 seed) external {
        _now += seed % (seed % 5 == 0 ? 8 hours : 40 minutes);
    }

    function claim(uint256 seed) external timed {
        if (corpora.length == MOST) return;
        (bytes32 root,) = _open(0, 0);
        uint40 published = uint40(_within(seed, 9_000, _now));
        VM.prank(person(seed >> 64));
        try art.claim(root, RECORDS, published, 0) returns (bytes32 made) {
            if (lastOf[made] != IPriorArt.Status.None) ++wrong;
            corpora.push(made);
            lastOf[made] = IPriorArt.Status.Claimed;
        } catch {
            if (lastOf[keccak256(abi.encode(root, RECORDS, published))] == IPriorArt.Status.None) ++wrong;
        }
    }

    function dispute(uint256 seed) external timed {
        (bytes32 id, IPriorArt.Corpus memory found, bool any) = _some(seed);
        if (!any) return;
        bool fits = found.status == IPriorArt.Status.Claimed && _now < found.claimedAt + WINDOW;
        VM.prank(person(seed >> 64));
        try art.dispute(id, 0) {
            _moved(id, IPriorArt.Status.Disputed, fits);
        } catch {
            if (fits) ++wrong;
        }
    }

    function list(uint256 seed) external timed {
        (bytes32 id, IPriorArt.Corpus memory found, bool any) = _some(seed);
        if (!any) return;
        bool fits = found.status == IPriorArt.Status.Claimed && _now >= found.claimedAt + WINDOW;
        try art.list(id) {
            _moved(id, IPriorArt.Status.Listed, fits);
        } catch {
            if (fits) ++wrong;
        }
    }

    function decide(uint256 seed) external timed {
        (bytes32 id, IPriorArt.Corpus memory found, bool any) = _some(seed);
        if (!any) return;
        bool listed = (seed >> 64) % 2 == 0;
        bool fits = found.status == IPriorArt.Status.Disputed;
        try art.decide(id, listed) {
            _moved(id, listed ? IPriorArt.Status.Listed : IPriorArt.Status.Refused, fits);
        } catch {
            if (fits) ++wrong;
        }
    }

    function lapse(uint256 seed) external timed {
        (bytes32 id, IPriorArt.Corpus memory found, bool any) = _some(seed);
        if (!any) return;
        bool fits = found.status == IPriorArt.Status.Disputed && _now >= found.disputedAt + 6 * WINDOW;
        try art.lapse(id) {
            _moved(id, IPriorArt.Status.Refused, fits);
        } catch {
            if (fits) ++wrong;
        }
    }

    function exclude(uint256 seed) external timed {
        (bytes32 id, IPriorArt.Corpus memory found, bool any) = _some(seed);
        if (!any) return;
        uint32 index = uint32((seed >> 64) % RECORDS);
        uint256 which = (seed >> 96) % SETS;
        bytes32 datasetId = sets[which];
        bool fits = found.status == IPriorArt.Status.Listed && found.publishedAt < dated.registeredAtOf(datasetId)
            && !art.isRecordExcluded(datasetId, index);
        (, bytes memory known) = _open(index, 0);
        (, bytes memory copied) = _open(index, _salts[which]);
        uint32 had = art.excludedOf(datasetId);
        try art.exclude(
            id,
            RecordProof(0, address(0), index, 0, known),
            RecordProof(datasetId, address(0), index, _salts[which], copied),
            contentOf(index)
        ) {
            if (!fits) ++wrong;
            if (had * 10 < RECORDS && (had + 1) * 10 >= RECORDS) wentOut[datasetId] = uint64(_now);
        } catch {
            if (fits) ++wrong;
        }
    }

    function person(uint256 seed) public pure returns (address) {
        return address(uint160(0xB0 + seed % PEOPLE));
    }

    function contentOf(uint32 index) public pure returns (bytes32) {
        return keccak256(abi.encode("public", index));
    }

    function corporaCount() external view returns (uint256) {
        return corpora.length;
    }

    function later() external view returns (uint256) {
        return _now + 7 * WINDOW;
    }

    /// @dev Root of the text's record tree under a salt, and one record's path.
    function _open(uint32 index, bytes32 salt) private pure returns (bytes32 root, bytes memory path) {
        bytes32[] memory row = new bytes32[](RECORDS);
        for (uint32 i = 0; i < RECORDS; ++i) {
            row[i] = SumTree.leafNode(keccak256(abi.encodePacked(bytes1(0x08), i, contentOf(i), salt)), 1);
        }
        uint256 at = index;
        for ((uint256 size, uint256 sum) = (RECORDS, 1); size > 1; (size, sum, at) = (size / 2, sum * 2, at / 2)) {
            path = bytes.concat(path, row[at ^ 1], bytes16(uint128(sum)));
            for (uint256 i = 0; i < size / 2; ++i) {
                row[i] = SumTree.branch(row[2 * i], sum, row[2 * i + 1], sum);
            }
        }
        root = row[0];
    }

    function _some(uint256 seed) private view returns (bytes32 id, IPriorArt.Corpus memory found, bool any) {
        if (corpora.length == 0) return (id, found, false);
        id = corpora[(seed >> 16) % corpora.length];
        return (id, art.corpus(id), true);
    }

    function _moved(bytes32 id, IPriorArt.Status to, bool fits) private {
        if (!fits) ++wrong;
        lastOf[id] = to;
    }
}

contract CorporaInvariants is Targets {
    CorporaHandler private _h;
    PriorArt private _art;

    function setUp() external {
        _h = new CorporaHandler();
        _art = _h.art();
        _target(address(_h));
    }

    /// Books: it holds a bond for each claim that waits and two for each dispute. Live: whatever waits can be listed some day,
    /// whatever is disputed lapses, and nothing is left in it.
    function invariant_books() external {
        uint256 owed = 0;
        for (uint256 i = 0; i < _h.corporaCount(); ++i) {
            IPriorArt.Status status = _art.corpus(_h.corpora(i)).status;
            if (status == IPriorArt.Status.Claimed) owed += _art.bond();
            if (status == IPriorArt.Status.Disputed) owed += 2 * uint256(_art.bond());
        }
        assert(_h.token().balanceOf(address(_art)) == owed);
        VM.warp(_h.later());
        for (uint256 i = 0; i < _h.corporaCount(); ++i) {
            bytes32 id = _h.corpora(i);
            IPriorArt.Status status = _art.corpus(id).status;
            if (status == IPriorArt.Status.Claimed) _art.list(id);
            if (status == IPriorArt.Status.Disputed) _art.lapse(id);
        }
        assert(_h.token().balanceOf(address(_art)) == 0);
    }

    /// Standing: a corpus and a record stand where the last act put them, and a set is out since its tenth was. Live: every
    /// act was taken exactly when it might be.
    function invariant_standing() external view {
        assert(_h.wrong() == 0);
        for (uint256 i = 0; i < _h.corporaCount(); ++i) {
            assert(_art.corpus(_h.corpora(i)).status == _h.lastOf(_h.corpora(i)));
        }
        for (uint256 i = 0; i < _h.SETS(); ++i) {
            bytes32 id = _h.sets(i);
            uint32 excluded = 0;
            for (uint32 index = 0; index < _h.RECORDS(); ++index) {
                if (_art.isRecordExcluded(id, index)) ++excluded;
            }
            assert(_art.excludedOf(id) == excluded && _art.outSince(id) == _h.wentOut(id));
            assert((_art.outSince(id) != 0) == (excluded * 10 >= _h.RECORDS()));
            assert(_art.isEligibleAt(id, 2 ** 39) == (_art.outSince(id) == 0));
        }
    }
}
