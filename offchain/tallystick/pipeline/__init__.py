"""The stages, from records to records. They meet in `domain`; none knows another, a chain, SQL or HTTP."""

STAGES = (
    "datasets",
    "registration",
    "training",
    "evaluation",
    "models",
    "inference",
    "receipts",
    "attribution",
    "batches",
    "settlement",
    "claims",
    "auditing",
)
