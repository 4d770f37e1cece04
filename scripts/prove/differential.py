"""Random calls of the contracts, answered by the node as well: a difference is a failure."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path

from prove import forge
from prove.campaign import ROOT, Campaign, Outcome, Part
from prove.cases import exports, messages, splits, trees
from prove.cases.calls import Call
from tallystick.commitments.keccak import keccak256
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, address

CHUNK, TARGET = 20_000, 250_000
EXPORTS = Part("exports", 10_000, "trees")
EXPORT_CHUNK = 500
CASES: dict[str, Callable[[random.Random, Domain], Iterator[Call]]] = {
    "trees": trees.cases,
    "splits": splits.cases,
    "digests": messages.digests,
    "signatures": messages.signatures,
    "feedback": messages.feedback,
    "wallets": messages.wallets,
}
RECORDS = Path("build", "prove", "differential")


def campaign() -> Campaign:
    node = ROOT / "offchain" / "tallystick"
    kernel = [
        *(node / "commitments").glob("*.py"),
        node / "domain" / "money.py",
        node / "domain" / "digests.py",
    ]
    export = node / "pipeline" / "claims" / "standard_export.py"
    own = [Path(__file__), exports.SCRIPT, *(Path(__file__).parent / "cases").glob("*.py")]
    tested = [*forge.tests_of("differential"), *kernel, export, *own]
    return Campaign("differential", [*(Part(name, TARGET) for name in CASES), EXPORTS], tested, work)


def work(part: Part, seed: int) -> Outcome:
    return compare_exports(seed, EXPORT_CHUNK) if part == EXPORTS else compare(part.name, seed, CHUNK)


def compare_exports(seed: int, count: int) -> Outcome:
    made = exports.some(seed, count)
    wrong = exports.differing(made)
    return Outcome(EXPORTS.name, seed, count, {"failures": len(wrong)}, f"first: {wrong[0]}" if wrong else "")


def compare(target: str, seed: int, count: int) -> Outcome:
    """One file of calls: made on the chain, answered here, compared."""
    draw = random.Random(f"{target} {seed}")
    domain = Domain(draw.randint(1, 2**40), verifying(target))
    calls = list(islice(CASES[target](draw, domain), count))
    answers = ask(target, domain.chain_id, [call.data for call in calls])
    wrong = differing(domain, calls, answers)
    note = f"first: call {wrong[0]} 0x{calls[wrong[0]].data.hex()}" if wrong else ""
    return Outcome(target, seed, count, {"failures": len(wrong)}, note)


def differing(domain: Domain, calls: Sequence[Call], answers: bytes) -> list[int]:
    """Indices of the calls whose answer is not the node's; ValueError where there is not an answer for each."""
    head = domain.chain_id.to_bytes(32, "big") + bytes(12) + bytes.fromhex(domain.escrow[2:])
    if answers[:64] != head or len(answers) != 64 + 32 * len(calls):
        raise ValueError("These answers are not to these calls.")
    return [i for i, call in enumerate(calls) if answers[64 + 32 * i : 96 + 32 * i] != stamp(call.answer)]


def stamp(answer: bytes | None) -> bytes:
    """What `Differential.t.sol` writes for an answer."""
    return bytes(32) if answer is None else keccak256(answer)


def ask(target: str, chain_id: int, calls: Sequence[bytes]) -> bytes:
    """What the chain answers, as `Differential.t.sol` writes it."""
    folder = ROOT / RECORDS
    folder.mkdir(parents=True, exist_ok=True)
    question, answers = folder / "calls.bin", folder / "answers.bin"
    question.write_bytes(b"".join(len(data).to_bytes(4, "big") + data for data in calls))
    answers.unlink(missing_ok=True)
    environment = {
        "PROVE_TARGET": target,
        "PROVE_CHAIN": str(chain_id),
        "PROVE_CALLS": str(question.relative_to(ROOT)),
        "PROVE_ANSWERS": str(answers.relative_to(ROOT)),
    }
    done = forge.test("^DifferentialTest$", environment=environment, seconds=600)
    if done.returncode != 0 or not answers.exists():
        raise forge.ForgeFailed(done.stdout + done.stderr)
    return answers.read_bytes()


@cache
def verifying(target: str) -> Address:
    """Where the tests deploy the contract that signatures of this target are bound to: the same in every run."""
    return address("0x" + ask(target, 1, [])[44:64].hex())
