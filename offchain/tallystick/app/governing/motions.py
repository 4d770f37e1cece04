"""Motions as people see them, how they vote on them, and how a motion that passed is carried out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from tallystick.domain.ids import Address, Hash
from tallystick.errors import Conflict, InsufficientFunds, InvalidInput, NotFound
from tallystick.ports import Chain, ParameterSet
from tallystick.ports.governing.votes import Ballot, Count, Motion, Voter

# States that nothing leads out of.
OVER = ("canceled", "defeated", "expired", "executed")
# Steps of a motion that passed: into the timelock, and out of it.
QUEUE, EXECUTE = "queue", "execute"


@dataclass(frozen=True, slots=True)
class Change:
    """A parameter that a motion would change."""

    name: str
    now: int
    then: int


@dataclass(frozen=True, slots=True)
class Act:
    """One call of a motion in words; arguments are named text."""

    contract: str
    function: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SeenMotion:
    """Votes are base units of wrapped OPEN; `needed` of them must be for or abstaining, None before the vote begins.

    `changes` are against the parameters in force. `due_at` is when it may be carried out, 0 before it is queued.
    """

    motion_id: Hash
    text: str
    state: str
    proposer: Address
    vote_begins_at: int
    vote_ends_at: int
    due_at: int
    in_favour: int
    against: int
    abstaining: int
    needed: int | None
    changes: tuple[Change, ...]
    acts: tuple[Act, ...]
    tx_hash: Hash

    @property
    def is_over(self) -> bool:
        return self.state in OVER


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands to a motion: whether it voted, and what its vote weighs, base units."""

    account: Address
    has_voted: bool
    weight: int


@dataclass(frozen=True, slots=True)
class CastVote:
    motion_id: Hash
    ballot: str
    weight: int
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class MovedMotion:
    motion_id: Hash
    state: str
    tx_hash: Hash


@dataclass(frozen=True, slots=True)
class ChangedVotes:
    """What an account holds and votes with afterwards, base units of wrapped OPEN."""

    account: Address
    wrapped: int
    votes: int
    votes_with: Address | None
    tx_hash: Hash


def seen(chain: Chain, motion: Motion) -> SeenMotion:
    count: Count = chain.governance.count_of(motion)
    return SeenMotion(
        motion_id=motion.motion_id,
        text=motion.text,
        state=chain.governance.state_of(motion.motion_id),
        proposer=motion.proposer,
        vote_begins_at=motion.vote_begins_at,
        vote_ends_at=motion.vote_ends_at,
        due_at=chain.governance.due_at(motion.motion_id),
        in_favour=count.in_favour,
        against=count.against,
        abstaining=count.abstaining,
        needed=count.needed,
        changes=_changes(chain.parameters.current(), motion),
        acts=tuple(Act(d.contract or d.target, d.function or "unknown", d.arguments) for d in motion.deeds),
        tx_hash=motion.tx_hash,
    )


def _changes(now: ParameterSet, motion: Motion) -> tuple[Change, ...]:
    sets = [deed.sets for deed in motion.deeds if deed.sets is not None]
    pairs = ((f.name, getattr(now, f.name), getattr(then, f.name)) for then in sets for f in fields(then))
    return tuple(Change(*pair) for pair in pairs if pair[0] != "version" and pair[1] != pair[2])


def found(motions: Sequence[Motion], motion_id: Hash) -> Motion:
    one = next((m for m in motions if m.motion_id == motion_id), None)
    if one is None:
        raise NotFound(
            f"There is no motion 0x{motion_id.hex()}.", "`tallystick vote list` has those that there are."
        )
    return one


def standing(chain: Chain, motion: Motion, account: Address) -> Standing:
    voting = chain.governance
    return Standing(account, voting.has_voted(motion.motion_id, account), voting.weight_of(motion, account))


def check_ballot(chain: Chain, motion: Motion, account: Address) -> Standing:
    """Conflict where no vote is taken now or the account voted; InsufficientFunds where it would weigh nothing."""
    state, mine = chain.governance.state_of(motion.motion_id), standing(chain, motion, account)
    if state != "active":
        raise Conflict(f"The motion is {state}: no vote is taken.", "Votes are cast while it is active.")
    if mine.has_voted:
        raise Conflict(f"{account} voted on it.", "A vote cannot be changed.")
    if not mine.weight:
        raise InsufficientFunds(
            "The vote would weigh nothing: it counts what was wrapped and delegated before the vote began.",
            "Wrap OPEN with `tallystick vote wrap` for the motions to come.",
        )
    return mine


def cast(chain: Chain, motion: Motion, account: Address, ballot: Ballot, why: str) -> CastVote:
    mine = check_ballot(chain, motion, account)
    done = chain.governance.cast(motion.motion_id, ballot, why.strip())
    return CastVote(motion.motion_id, ballot.name.lower(), mine.weight, done.tx_hash)


def carry(chain: Chain, motion: Motion) -> MovedMotion:
    """One step of a motion that passed: into the timelock, or out of it once its delay is over. Anybody may."""
    voting = chain.governance
    done = voting.queue(motion) if next_step(chain, motion) == QUEUE else voting.carry_out(motion)
    return MovedMotion(motion.motion_id, voting.state_of(motion.motion_id), done.tx_hash)


def next_step(chain: Chain, motion: Motion) -> str:
    """`queue` or `execute`; Conflict where neither may be done now."""
    voting = chain.governance
    state, due = voting.state_of(motion.motion_id), voting.due_at(motion.motion_id)
    if state == "succeeded":
        return QUEUE
    if state == "queued" and chain.now() >= due:
        return EXECUTE
    if state == "queued":
        raise Conflict(f"The motion waits in the timelock until {due}.", "Carry it out then.")
    raise Conflict(f"The motion is {state}: nothing is to be done.", "One that passed can be carried.")


def propose(chain: Chain, account: Address, changes: Mapping[str, int], text: str) -> MovedMotion:
    """A motion to put the parameters in force with these changes, as the next version."""
    motion_id, done = chain.governance.propose(*proposed(chain, account, changes, text))
    return MovedMotion(motion_id, chain.governance.state_of(motion_id), done.tx_hash)


def proposed(
    chain: Chain, account: Address, changes: Mapping[str, int], text: str
) -> tuple[Address, bytes, str]:
    """What such a motion calls with what, and its text; refused where the account could not move it."""
    if not text.strip():
        raise InvalidInput("A motion needs its reasons.", "Say with --why what it is for.")
    now = chain.parameters.current()
    names = {field.name for field in fields(now)} - {"version"}
    if unknown := sorted(set(changes) - names):
        raise InvalidInput(f"There is no parameter {unknown[0]!r}.", f"One of {', '.join(sorted(names))}.")
    changed = {name: value for name, value in changes.items() if getattr(now, name) != value}
    if not changed:
        raise InvalidInput("The motion would change nothing.", "Name a parameter with another value.")
    bounds = chain.parameters.bounds()
    for name, value in changed.items():
        least, most = bounds[name]
        if not least <= value <= most:
            raise InvalidInput(
                f"{name} cannot be {value}: it is bound to {least} .. {most}.", "No vote leaves the bounds."
            )
    voting = chain.governance
    held, threshold = voting.voter(account).votes, voting.rules().threshold
    if held < threshold:
        raise InsufficientFunds(
            f"To propose takes {threshold} votes; {account} has {held}.",
            "Wrap more with `tallystick vote wrap`.",
        )
    wanted = replace(now, version=now.version + 1, **changed)
    return *chain.parameters.setting(wanted), text.strip()


def wrap(chain: Chain, account: Address, amount: int) -> ChangedVotes:
    """OPEN one for one into votes, which count for motions that are proposed from now on."""
    chain.token.approve(chain.governance.votes_address, amount)
    done = chain.governance.wrap(account, amount)
    return _changed(chain.governance.voter(account), done.tx_hash)


def unwrap(chain: Chain, account: Address, amount: int) -> ChangedVotes:
    check_wrapped(chain, account, amount)
    done = chain.governance.unwrap(account, amount)
    return _changed(chain.governance.voter(account), done.tx_hash)


def check_wrapped(chain: Chain, account: Address, amount: int) -> None:
    held = chain.governance.voter(account).wrapped
    if held < amount:
        raise InsufficientFunds(f"{account} has {held} base units wrapped.", "Unwrap at most that.")


def delegate(chain: Chain, account: Address, to: Address) -> ChangedVotes:
    done = chain.governance.delegate(to)
    return _changed(chain.governance.voter(account), done.tx_hash)


def _changed(voter: Voter, tx_hash: Hash) -> ChangedVotes:
    return ChangedVotes(voter.account, voter.wrapped, voter.votes, voter.votes_with, tx_hash)
