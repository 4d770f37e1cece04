"""StandardMerkleTree exports of random rewards, judged by OpenZeppelin's own library in Node."""

import json
import random
import subprocess
from collections.abc import Sequence
from itertools import islice
from typing import Any

from prove.campaign import ROOT
from prove.cases.calls import account, number
from tallystick.domain.ids import Address, AssetId
from tallystick.domain.reward import CumulativeLeaf
from tallystick.pipeline.claims.standard_export import standard_export

SCRIPT = ROOT / "scripts" / "prove" / "standard_tree.js"


def exports(draw: random.Random) -> Any:
    """Without end."""
    while True:
        people = [Address(account(draw)) for _ in range(draw.randint(1, 40))]
        leaves = [
            CumulativeLeaf(AssetId(draw.randbytes(32)), 0, number(draw, 120))
            for _ in range(draw.randint(1, 60))
        ]
        yield standard_export(leaves, {leaf.asset_id: draw.choice(people) for leaf in leaves})


def some(seed: int, count: int) -> list[dict[str, Any]]:
    return list(islice(exports(random.Random(f"exports {seed}")), count))


def differing(made: Sequence[dict[str, Any]]) -> list[int]:
    """Indices of the exports that the library would not have made; ValueError where it did not judge each."""
    lines = "\n".join(json.dumps(export) for export in made)
    command = ["node", str(SCRIPT)]
    done = subprocess.run(command, input=lines, cwd=ROOT, capture_output=True, text=True, check=False)
    answers = done.stdout.splitlines()
    if done.returncode != 0 or len(answers) != len(made):
        raise ValueError(f"The library did not judge every export: {done.stderr}")
    return [
        i for i, (export, root) in enumerate(zip(made, answers, strict=True)) if export["tree"][0] != root
    ]
