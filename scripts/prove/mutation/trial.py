"""One mutant on one stand: does it compile, does it change the code, does a test notice."""

import json
from collections import Counter, defaultdict

from prove.mutation.channels import TIME
from prove.mutation.compiler import Codes, NotSolidity
from prove.mutation.killers import killers, ordered
from prove.mutation.mutants import Mutant
from prove.mutation.stand import Stand

BASELINE_SECONDS, PATIENCE, AT_LEAST = 1_800, 4, 60
KILLS: dict[str, Counter[str]] = defaultdict(Counter)
"""Which tests killed mutants of a file, in this process."""


class BaselineFailed(Exception):
    """A test fails without any mutant, so that nothing could be learnt from it."""


def judge(stand: Stand, mutant: Mutant) -> tuple[str, str]:
    """killed, survived, stillborn (it does not compile) or equivalent (to the same code), and by what."""
    source = (stand.tree / mutant.path).read_text(encoding="utf-8")
    try:
        codes = stand.compiler.codes(mutant.path, mutant.applied(source))
    except NotSolidity:
        return "stillborn", "compiler"
    if codes == stand.compiler.unchanged(mutant.path):
        return "equivalent", "compiler"
    tests = killers(mutant.path, stand.tests)
    seconds = _baseline(stand, mutant.path, tests)
    limit = max(AT_LEAST, PATIENCE * sum(seconds[name] for name in tests))
    kills = KILLS[mutant.path]
    waiting = ordered(tests, mutant.function, seconds, kills)
    while waiting:
        failed = stand.run(codes, waiting, limit).failed
        if not failed:
            break
        if failed == TIME or _fails_again(stand, codes, failed):
            kills[failed] += 1
            return "killed", failed
        waiting = waiting[waiting.index(failed) + 1 :]
    return "survived", f"{len(tests)} tests"


def _fails_again(stand: Stand, codes: Codes, test: str) -> bool:
    """On a busy machine a test of a chain may fail once for no reason of the mutant's."""
    again = stand.run(codes, [test], AT_LEAST)
    return again.failed != ""


def _baseline(stand: Stand, path: str, tests: list[str]) -> dict[str, float]:
    """Seconds of each test on the contracts as they are; what passed once on a tree is not asked again."""
    file = stand.tree / "build" / "baseline.json"
    known: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
    unknown = [name for name in tests if name not in known]
    if unknown:
        found = stand.run(stand.compiler.unchanged(path), unknown, BASELINE_SECONDS)
        if found.failed:
            raise BaselineFailed(f"{found.failed}: {found.why}")
        known = {**(json.loads(file.read_text()) if file.exists() else {}), **found.seconds}
        file.write_text(json.dumps(known))
    return known
