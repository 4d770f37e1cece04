// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IParameters} from "../interfaces/IParameters.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";

/// @title Session keys of consumers
/// @dev Keys are EOAs: a contract's answer could change, and batches are judged by "was ever authorised".
abstract contract SignerBook is IUsageEscrow {
    /// @notice Says how much the escrow may hold at launch, and how long downtime extends a thaw.
    IParameters public immutable parameters;
    /// @inheritdoc IUsageEscrow
    uint64 public immutable thawPeriod;

    /// @dev What a key may still spend at an operator, if `round` is the key's.
    struct Cap {
        uint96 left;
        uint64 round;
    }

    mapping(address consumer => mapping(address signer => Signer found)) private _signers;
    mapping(address consumer => mapping(address signer => mapping(address operator => Cap cap))) private _caps;

    constructor(IParameters parameters_, uint64 thawPeriod_) {
        require(address(parameters_) != address(0) && thawPeriod_ > 0, UsageEscrowZeroParameter());
        parameters = parameters_;
        thawPeriod = thawPeriod_;
    }

    /// @inheritdoc IUsageEscrow
    function authorizeSigner(address signer) external {
        Signer storage found = _signers[msg.sender][signer];
        bool inForce = found.authorizedAt != 0 && found.revokedFrom == 0 && !found.capped;
        _checkKey(signer);
        require(!inForce, UsageEscrowBadSigner(signer));
        if (found.authorizedAt == 0) found.authorizedAt = uint64(block.timestamp);
        (found.revokedFrom, found.capped) = (0, false);
        emit SignerAuthorized(msg.sender, signer);
    }

    /// @inheritdoc IUsageEscrow
    function authorizeCapped(address signer, address operator, uint96 cap, uint64 expiresAt) external {
        Signer memory found = _signers[msg.sender][signer];
        Cap storage held = _caps[msg.sender][signer][operator];
        _checkKey(signer);
        require(cap > 0 && (expiresAt == 0 || expiresAt > block.timestamp), UsageEscrowBadSigner(signer));
        uint64 until = expiresAt == 0 ? 0 : expiresAt + thawPeriod;
        if (canSign(msg.sender, signer)) {
            // Operators hold vouchers against what is in force.
            bool wider = found.capped && cap >= _leftOf(held, found.round) && _isLater(until, found.revokedFrom);
            require(wider, UsageEscrowBadSigner(signer));
        } else {
            ++found.round; // what was left at others when the key ended stays ended
        }
        if (found.authorizedAt == 0) found.authorizedAt = uint64(block.timestamp);
        (found.revokedFrom, found.capped) = (until, true);
        _signers[msg.sender][signer] = found;
        (held.left, held.round) = (cap, found.round);
        emit SignerCapped(msg.sender, signer, operator, cap, expiresAt);
    }

    /// @inheritdoc IUsageEscrow
    function revokeSigner(address signer) external {
        Signer storage found = _signers[msg.sender][signer];
        uint64 from = uint64(block.timestamp) + thawPeriod;
        bool lasts = found.revokedFrom == 0 || found.revokedFrom > from;
        require(found.authorizedAt != 0 && lasts, UsageEscrowBadSigner(signer));
        found.revokedFrom = from;
        emit SignerRevoked(msg.sender, signer, from);
    }

    /// @inheritdoc IUsageEscrow
    function canSign(address consumer, address signer) public view returns (bool yes) {
        (yes,) = _check(consumer, signer);
    }

    /// @inheritdoc IUsageEscrow
    function wasSigner(address consumer, address signer) external view returns (bool yes) {
        return signer == consumer || _signers[consumer][signer].authorizedAt != 0;
    }

    /// @dev Whether the signer may sign now, and the round of its caps; zero where it has none.
    function _check(address consumer, address signer) internal view returns (bool yes, uint64 round) {
        if (signer == consumer) return (true, 0);
        Signer memory found = _signers[consumer][signer];
        yes = found.authorizedAt != 0 && (found.revokedFrom == 0 || !_isThawed(found.revokedFrom));
        return (yes, found.capped ? found.round : 0);
    }

    /// @dev Takes what the caller redeems from what a capped key may still spend there.
    function _spend(address consumer, address signer, uint64 round, uint256 due) internal {
        Cap storage held = _caps[consumer][signer][msg.sender];
        uint96 left = _leftOf(held, round);
        require(due <= left, UsageEscrowCapSpent(left, due));
        held.left = left - uint96(due);
    }

    function _leftOf(Cap storage held, uint64 round) private view returns (uint96 left) {
        return held.round == round ? held.left : 0;
    }

    function _checkKey(address signer) private view {
        require(signer != address(0) && signer != msg.sender, UsageEscrowBadSigner(signer));
    }

    /// @dev Zero is never.
    function _isLater(uint64 a, uint64 b) private pure returns (bool yes) {
        return a == 0 || (b != 0 && a >= b);
    }

    /// @dev Whether a thaw that was to end then is over; downtime of the chain, in which nobody could redeem, extends it.
    function _isThawed(uint64 endsAt) internal view returns (bool yes) {
        // Parameters are asked only where the answer can matter.
        return block.timestamp >= endsAt && block.timestamp >= parameters.endOf(endsAt - thawPeriod, thawPeriod);
    }

    /// @inheritdoc IUsageEscrow
    function signerOf(address consumer, address signer) external view returns (Signer memory found) {
        return _signers[consumer][signer];
    }

    /// @inheritdoc IUsageEscrow
    function leftOf(address consumer, address signer, address operator) external view returns (uint96 left) {
        return _leftOf(_caps[consumer][signer][operator], _signers[consumer][signer].round);
    }
}
