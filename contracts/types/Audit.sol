// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Where the audit of a batch stands.
enum Phase {
    None,
    /// Drawn verifiers fetch the batch and sign that they hold it.
    Signing,
    /// Receipts and two verifiers are drawn; the operator hands out openings.
    Delivering,
    /// Both verifiers commit to their answers.
    Answering,
    Revealing,
    /// Both have answered; anyone may appeal with a bond.
    Judged,
    /// A larger draw commits to its answers.
    PanelAnswering,
    PanelRevealing,
    Closed
}

/// @notice What two verifiers said, or the panel after them.
enum Outcome {
    None,
    Clean,
    /// They disagree; a panel decides.
    Split,
    Guilty,
    /// Nobody was there to check it: the batch stands on the proofs of consistency alone.
    Unverified
}

/// @notice The audit of one batch, in three slots.
struct Audit {
    /// Who posted the batch, bears its bond and delivers openings.
    address poster;
    /// When this phase began.
    uint40 since;
    /// When the batch's window began; zero before.
    uint40 startedAt;
    Phase phase;
    Outcome outcome;
    /// The beacon's round of the draw in force.
    uint64 round;
    /// The draw knows the seats of that moment.
    uint40 drawnAt;
    uint32 slots;
    uint32 receipts;
    uint16 samples;
    uint8 attempt;
    /// Places that have done what the phase asks, a bit each.
    uint8 done;
    /// Whether the batch replaces a convicted one, whose poster has no openings.
    bool isReplacement;
    /// Whether the panel was asked for a bond.
    bool isAppealed;
    /// Receipts that the budget pays two verifiers for.
    uint16 affordable;
}

/// @notice Who answered first, and the round by which receipts and seats were drawn.
struct Pair {
    uint64 round;
    uint32 first;
    uint32 second;
}

/// @notice One verifier's place in every draw.
struct Seat {
    address holder;
    uint40 from;
    /// First moment at which it is drawn no more; the greatest value while it stands.
    uint40 until;
    /// X25519 key that openings are wrapped to.
    bytes32 readerKey;
    uint56 bond;
}
