// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IAttributionRegistry} from "../interfaces/IAttributionRegistry.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Batches} from "../libraries/Batches.sol";
import {SumTree} from "../libraries/SumTree.sol";
import {Batch, BatchHeader, CreditOpening, Edge, Opening, SignedVoucher} from "../types/Batch.sol";
import {Receipt, hashReceipt} from "../types/Receipt.sol";
import {Voucher, hashVoucher} from "../types/Voucher.sol";

/// @title What every referee of batches does: checks a header, opens receipts and credits, and convicts
/// @dev An opening that does not lead to the header's root reverts, so that a proof speaks of the batch alone.
abstract contract BatchProofs {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant DOMAIN_NAME = keccak256("Tallystick");
    bytes32 private constant DOMAIN_VERSION = keccak256("1");
    bytes1 private constant TAG_LINES = 0x03;
    bytes1 private constant TAG_RECEIPT = 0x04;
    bytes1 private constant TAG_CREDIT = 0x05;
    bytes1 private constant TAG_HEAD = 0x0a;

    /// @notice Keeps the batches and hears the verdicts.
    IAttributionRegistry public immutable registry;
    /// @notice Makes the digests; knows signers and lane levels.
    IUsageEscrow public immutable escrow;
    uint256 private immutable _chainId;
    bytes32 private immutable _knownDomain;

    /// @notice Header and stamp are not those of this batch.
    error BatchProofsWrongBatch(uint64 batchId);
    /// @notice An opening does not lead to the batch's root, or opens another place than the proof needs.
    error BatchProofsBadOpening();
    /// @notice The lines are not those of the receipt.
    error BatchProofsWrongLines();
    /// @notice The voucher is not the one that the receipt's leaf carries.
    error BatchProofsWrongVoucher();

    /// @param registry_ The AttributionRegistry.
    /// @param escrow_ The UsageEscrow.
    constructor(IAttributionRegistry registry_, IUsageEscrow escrow_) {
        (registry, escrow) = (registry_, escrow_);
        (_chainId, _knownDomain) = (block.chainid, _domainOf(address(escrow_)));
    }

    /// @dev `registry.convict(batch, msg.sender, kind)`, with the batch handed on as it came: the registry reverts where header
    /// and stamp are not the batch's.
    function _convict(Batch calldata batch, bytes32 kind) internal {
        address target = address(registry);
        bytes32 selector = IAttributionRegistry.convict.selector;
        uint256 size = Batches.SIZE;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, selector)
            calldatacopy(add(start, 4), batch, size)
            mstore(add(start, add(4, size)), caller())
            mstore(add(start, add(36, size)), kind)
            if iszero(call(gas(), target, 0, start, add(68, size), 0, 0)) {
                returndatacopy(start, 0, returndatasize())
                revert(start, returndatasize())
            }
        }
    }

    /* RECEIPTS */

    /// @dev Reverts unless the receipt stands in the batch with its own fee as its value.
    function _openReceipt(BatchHeader calldata header, Opening calldata opening)
        internal
        view
        returns (bytes32 digest, bytes32 head)
    {
        Receipt calldata receipt = opening.receipt;
        require(receipt.cumulative > receipt.previous, BatchProofsBadOpening());
        return _openReceiptAt(header, opening, receipt.cumulative - receipt.previous);
    }

    function _openReceiptAt(BatchHeader calldata header, Opening calldata opening, uint256 value)
        internal
        view
        returns (bytes32 digest, bytes32 head)
    {
        digest = _digestOf(opening.receipt);
        head = _headAfter(opening.receipt, digest);
        _openReceiptLeaf(header, opening, value, digest, head);
    }

    function _openReceiptLeaf(
        BatchHeader calldata header,
        Opening calldata opening,
        uint256 value,
        bytes32 digest,
        bytes32 head
    ) internal pure {
        bytes32 leaf = keccak256(
            abi.encodePacked(TAG_RECEIPT, digest, head, keccak256(opening.operatorSignature), opening.voucherHash)
        );
        bool valid = SumTree.verify(
            header.receiptsRoot,
            header.total,
            header.receiptCount,
            opening.index,
            leaf,
            value,
            opening.path
        );
        require(valid, BatchProofsBadOpening());
    }

    /// @dev As the escrow makes it, whose domain this is.
    function _digestOf(Receipt calldata receipt) internal view returns (bytes32 digest) {
        return MessageHashUtils.toTypedDataHash(_domain(), hashReceipt(receipt));
    }

    /// @dev As the escrow makes it, whose domain this is.
    function _digestOf(Voucher calldata voucher) internal view returns (bytes32 digest) {
        return MessageHashUtils.toTypedDataHash(_domain(), hashVoucher(voucher));
    }

    function _domain() private view returns (bytes32 separator) {
        return block.chainid == _chainId ? _knownDomain : _domainOf(address(escrow));
    }

    function _domainOf(address verifier) private view returns (bytes32 separator) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, DOMAIN_NAME, DOMAIN_VERSION, block.chainid, verifier));
    }

    function _checkLines(Opening calldata opening) internal pure {
        bytes32 linesHash = keccak256(abi.encodePacked(TAG_LINES, opening.lines));
        require(linesHash == opening.receipt.linesHash, BatchProofsWrongLines());
    }

    function _headAfter(Receipt calldata receipt, bytes32 digest) internal pure returns (bytes32 head) {
        return keccak256(abi.encodePacked(TAG_HEAD, receipt.previousHead, digest));
    }

    /// @dev Reverts unless it is the voucher that the leaf carries.
    function _checkVoucher(Opening calldata opening, SignedVoucher calldata shown)
        internal
        view
        returns (bytes32 digest)
    {
        digest = _digestOf(shown.voucher);
        bytes32 hash = keccak256(abi.encodePacked(digest, keccak256(shown.signature)));
        require(hash == opening.voucherHash, BatchProofsWrongVoucher());
    }

    function _sameLane(Receipt calldata a, Receipt calldata b) internal pure returns (bool yes) {
        return a.consumer == b.consumer && a.lane == b.lane;
    }

    /* CREDITS */

    function _openCredit(BatchHeader calldata header, CreditOpening calldata credit) internal pure {
        bytes32 leaf = keccak256(
            abi.encodePacked(TAG_CREDIT, credit.assetId, credit.receiptIndex, credit.lineIndex)
        );
        bool valid = SumTree.verify(
            header.creditsRoot,
            header.total,
            header.creditCount,
            credit.index,
            leaf,
            credit.amount,
            credit.path
        );
        require(valid, BatchProofsBadOpening());
    }

    /// @dev Whether credit `a` comes strictly before the key.
    function _isBefore(CreditOpening calldata a, bytes32 assetId, uint32 receiptIndex, uint16 lineIndex)
        internal
        pure
        returns (bool yes)
    {
        if (a.assetId != assetId) return a.assetId < assetId;
        if (a.receiptIndex != receiptIndex) return a.receiptIndex < receiptIndex;
        return a.lineIndex < lineIndex;
    }

    /// @dev Whether credit `a` comes strictly after the key.
    function _isAfter(CreditOpening calldata a, bytes32 assetId, uint32 receiptIndex, uint16 lineIndex)
        internal
        pure
        returns (bool yes)
    {
        if (a.assetId != assetId) return a.assetId > assetId;
        if (a.receiptIndex != receiptIndex) return a.receiptIndex > receiptIndex;
        return a.lineIndex > lineIndex;
    }

    /// @dev Opens both sides of a place between credits; `hasBefore` and `hasAfter` say which exist.
    function _openEdge(BatchHeader calldata header, Edge calldata edge)
        internal
        pure
        returns (bool hasBefore, bool hasAfter)
    {
        uint32 position = edge.position;
        require(position <= header.creditCount, BatchProofsBadOpening());
        (hasBefore, hasAfter) = (position > 0, position < header.creditCount);
        uint256 wanted = (hasBefore ? 1 : 0) + (hasAfter ? 1 : 0);
        require(edge.around.length == wanted, BatchProofsBadOpening());
        for (uint256 i = 0; i < wanted; ++i) {
            uint256 index = hasBefore ? uint256(position) - 1 + i : uint256(position);
            require(edge.around[i].index == index, BatchProofsBadOpening());
            _openCredit(header, edge.around[i]);
        }
    }

    /// @dev Sum of all credits of assets below `assetId`, itself included where `through`, from the edge there.
    function _sumBelow(BatchHeader calldata header, Edge calldata edge, bytes32 assetId, bool through)
        internal
        pure
        returns (uint256 sum)
    {
        (bool hasBefore, bool hasAfter) = _openEdge(header, edge);
        if (hasBefore) require(_isBelow(edge.around[0].assetId, assetId, through), BatchProofsBadOpening());
        if (!hasAfter) return header.total;
        CreditOpening calldata next = edge.around[edge.around.length - 1];
        require(!_isBelow(next.assetId, assetId, through), BatchProofsBadOpening());
        return SumTree.prefixSum(next.index, next.path);
    }

    function _isBelow(bytes32 found, bytes32 assetId, bool through) internal pure returns (bool yes) {
        return found < assetId || (through && found == assetId);
    }
}
