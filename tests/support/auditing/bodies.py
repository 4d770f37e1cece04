"""What the data sets of the settled world say."""

from collections.abc import Sequence

BODIES: dict[str, Sequence[dict[str, str]]] = {
    "alice": [
        {"question": "Where do the terns nest?", "answer": "On the spit."},
        {"question": "When?", "answer": "May."},
    ],
    "ines": [
        {"question": "How deep is the channel?", "answer": "Nine metres."},
        *({"question": f"What lies at berth {n}?", "answer": f"Barge {n * 7}."} for n in range(40)),
    ],
    "petra": [{"title": "Tides", "text": "High water comes twice a day."}],
}
