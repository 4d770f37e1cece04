"""The pages in the order of the flow: from data to money, then whoever checks it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`noun` is path, module and icon; `about` one line for whoever hovers or listens."""

    noun: str
    title: str
    about: str
    group: str


PLACES = (
    Place("overview", "Overview", "The flow with live numbers, and what needs you", ""),
    Place("data", "Data", "Check, register and license data sets", "Make"),
    Place("train", "Train", "Recipes, memory, the queue, and each training live", "Make"),
    Place("evaluate", "Evaluate", "Sealed sets, adapters side by side, and the gate", "Make"),
    Place("models", "Models", "Lineage, versions, what serves, and its monitors", "Make"),
    Place("chat", "Chat", "Ask, see the price before, and who earned by each answer", "Sell"),
    Place("usage", "Usage", "Receipts, deposits and batches", "Sell"),
    Place("rewards", "Rewards", "What was earned, and claims", "Sell"),
    Place("audit", "Audit", "Recompute what others claim", "Check"),
    Place("network", "Network", "Operators, slashes, parameters and votes", "Check"),
    Place("agents", "Agents", "Registered agents, their word and their caps", "Check"),
)
