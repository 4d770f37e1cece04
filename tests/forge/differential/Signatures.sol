// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IUsageEscrow} from "../../../contracts/interfaces/IUsageEscrow.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {Voucher} from "../../../contracts/types/Voucher.sol";

/// @title Who signed a message, by the digest of the escrow and the recovery that it uses
contract Signatures {
    IUsageEscrow private immutable _escrow;

    constructor(IUsageEscrow escrow) {
        _escrow = escrow;
    }

    function voucherSigner(Voucher calldata voucher, bytes calldata signature) external view returns (address signer) {
        return ECDSA.recoverCalldata(_escrow.voucherDigest(voucher), signature);
    }

    function receiptSigner(Receipt calldata receipt, bytes calldata signature) external view returns (address signer) {
        return ECDSA.recoverCalldata(_escrow.receiptDigest(receipt), signature);
    }
}
