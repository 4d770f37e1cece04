"""The demo's data: facts about the invented Orlen estuary, and the questions asked about them.

alice (tide mills), ines (clock and bell towers) and omar (boats) hold question and answer records for
training; petra (harbour rules) and tomas (field guide) hold texts for retrieval; mallory is alice's file
with every tenth record reworded. The twelve towns, and many families, mills, towers and boats, recur.
questions holds what the demo serves and what stays sealed for measuring; `record` is a line number from 0.
Written for this project; dedicated to the public domain under CC0-1.0.
"""

from importlib import resources
from pathlib import Path

from tallystick.errors import NotFound

TRAINING = ("alice", "ines", "omar")
RETRIEVAL = ("petra", "tomas")
COPIED = "mallory"
QUESTIONS = "questions"
NAMES = (*TRAINING, *RETRIEVAL, COPIED, QUESTIONS)


def path(name: str) -> Path:
    """The JSONL file of one set, by its name with or without `.jsonl`."""
    stem = name.removesuffix(".jsonl")
    if stem not in NAMES:
        raise NotFound(f"There is no demo data set '{name}'.", f"Choose one of: {', '.join(NAMES)}.")
    return Path(str(resources.files(__name__).joinpath(f"{stem}.jsonl")))
