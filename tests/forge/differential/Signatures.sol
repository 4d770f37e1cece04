// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IUsageEscrow} from "../../../contracts/interfaces/IUsageEscrow.sol";
import {Recovery} from "../../../contracts/libraries/Recovery.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {Voucher} from "../../../contracts/types/Voucher.sol";

/// @title Who signed a message, by the digest of the escrow and as a referee and the escrow recover
contract Signatures {
    IUsageEscrow private immutable _escrow;

    constructor(IUsageEscrow escrow) {
        _escrow = escrow;
    }

    function voucherSigner(Voucher calldata voucher, bytes calldata signature) external view returns (address signer) {
        signer = Recovery.signerOf(_escrow.voucherDigest(voucher), signature);
        require(signer != address(0), "no signature");
    }

    function receiptSigner(Receipt calldata receipt, bytes calldata signature) external view returns (address signer) {
        return ECDSA.recoverCalldata(_escrow.receiptDigest(receipt), signature);
    }
}
