"""One mutant on one stand: does it compile, does it change the code, does a test notice."""

import json
import os
from collections import Counter, defaultdict
from dataclasses import replace

from prove.mutation.channels import TIME
from prove.mutation.compiler import Codes, NotSolidity
from prove.mutation.killers import killers, ordered
from prove.mutation.mutants import Mutant
from prove.mutation.stand import Run, Stand

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
    failed = _noticed(stand, codes, ordered(tests, mutant.function, seconds, kills), limit).failed
    if not failed:
        return "survived", f"{len(tests)} tests"
    kills[failed] += 1
    return "killed", failed


def _noticed(stand: Stand, codes: Codes, tests: list[str], limit: float) -> Run:
    """The first test that fails twice: on a busy machine one of a chain may fail for no reason of the code's."""
    seconds: dict[str, float] = {}
    while tests:
        found = stand.run(codes, tests, limit)
        seconds |= found.seconds
        if found.failed in ("", TIME) or found.twice:
            return replace(found, seconds=seconds)
        again = stand.run(codes, [found.failed], AT_LEAST)
        if again.failed:
            return replace(again, failed=found.failed, seconds=seconds)
        tests = tests[tests.index(found.failed) + 1 :]
    return Run("", "", seconds)


def _baseline(stand: Stand, path: str, tests: list[str]) -> dict[str, float]:
    """Seconds of each test on the contracts as they are; what passed once on a tree is not asked again."""
    file = stand.tree / "build" / "baseline.json"
    known: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
    unknown = [name for name in tests if name not in known]
    if unknown:
        found = _noticed(stand, stand.compiler.unchanged(path), unknown, BASELINE_SECONDS)
        if found.failed:
            raise BaselineFailed(f"{found.failed}: {found.why}")
        known = {**(json.loads(file.read_text()) if file.exists() else {}), **found.seconds}
        part = file.with_suffix(f".{os.getpid()}.{stand.name}")
        part.write_text(json.dumps(known))
        part.replace(file)
    return known
