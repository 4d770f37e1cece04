"""Answers that did not come from their passages: would any passage pass the bar, with decoys below it and without?

`python -m bench.attributed.scoring.unused 0 19` asks those of the questions that no passage has to do with. What passes
is counted by the gate and the cap of the context channel; each answer is printed, as a person has to say which
of them did use a passage.
"""

import json
import sys
from collections.abc import Sequence

from bench.attributed.corpora import UNRELATED
from bench.attributed.laboratory import BASE
from bench.attributed.scoring.model import adapted
from bench.attributed.scoring.scenes import scene

SEED, TOKENS, PLAIN_FORM = 7_000, 24, "(none)"


def main(arguments: Sequence[str]) -> None:
    from tallystick.pipeline.attribution.context.channel import floor_of
    from tallystick.pipeline.attribution.context.prompts import Scored
    from tallystick.pipeline.inference.engine import Engine

    model, chat = adapted(BASE, threads=1)
    engine = Engine(model, chat)
    for number in range(*(int(a) for a in arguments)):
        passages, asked = scene(SEED + number).passages, [{"role": "user", "content": UNRELATED[number]}]
        prompt = engine.encode_prompt(asked, [p.text for p in passages])
        answer = [t.token_id for t in engine.generate(prompt, TOKENS)]
        scored, floor = Scored(engine, asked, answer), floor_of(len(answer))
        plain, full = scored.plain(), scored.after(passages)
        best = max(scored.after([p]) for p in passages)
        starts = {"form": scored._value([PLAIN_FORM]), "decoys": scored.after_decoys()}
        passed = {name: min(full, best) - max(plain, start) > floor for name, start in starts.items()}
        told = {"question": UNRELATED[number], "answer": chat.decode(answer), "passed": passed}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
