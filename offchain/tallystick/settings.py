"""The table of settings: name, default, how it is read, one line about it. Knows no file, no environment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tallystick.parsing import (
    content_endpoint,
    database,
    hidden_sources,
    hidden_url,
    hidden_urls,
    host,
    hosts,
    key_name,
    one_of,
    optional_path,
    optional_url,
    other_key,
    path,
    vector_index,
    whole,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """`default` is written as a user would write it; `{home}` in a value stands for the data folder."""

    key: str
    default: str | int
    parse: Callable[[str], Any]
    about: str


_PRICE = whole(0, 10**15)
_SECONDS = whole(0, 86_400)
_MEGABYTES = whole(1, 1_000_000)

SETTINGS: tuple[Setting, ...] = (
    Setting("home", "~/.local/share/tallystick", path, "Folder for this node's data."),
    Setting("rpc_url", "http://127.0.0.1:8545", hidden_url, "JSON-RPC endpoint of the chain."),
    Setting(
        "rpc_fallbacks",
        "",
        hidden_urls,
        "Further endpoints of the same chain, for when that one fails; by spaces.",
    ),
    Setting("deployment", "", optional_path, "JSON file with the contracts' addresses; empty: by chain id."),
    Setting(
        "ipfs", "embedded", content_endpoint, "'embedded', or a multiaddr like /ip4/127.0.0.1/tcp/5001/http."
    ),
    Setting(
        "database",
        "{home}/node.sqlite3",
        database,
        "Receipts, batches and transactions: a SQLite file, or postgresql://user@host/name.",
    ),
    Setting("keystore", "{home}/keys", path, "Folder of encrypted keys, readable by their owner alone."),
    Setting("key", "node", key_name, "Name of the key that signs."),
    Setting("password_file", "", optional_path, "File with the password of that key; empty: ask."),
    Setting("model", "{home}/models/smollm2-135m-instruct", path, "Folder of the base model."),
    Setting("embedder", "", optional_path, "Folder of the sentence encoder; empty: the packaged one."),
    Setting(
        "vectors",
        "embedded",
        vector_index,
        "'embedded', or the URL of a Qdrant server for passages' vectors.",
    ),
    Setting("api_host", "127.0.0.1", host, "Where the HTTP API listens."),
    Setting("api_port", 8700, whole(1, 65535), "Port of the HTTP API, 1 to 65535."),
    Setting("x402", "off", one_of("off", "on"), "Whether answers are also sold for x402 payments."),
    Setting(
        "operator_url", "http://127.0.0.1:8700", hidden_url, "Operator that `ask` and the pay proxy talk to."
    ),
    Setting("prices.tokens_in", 200_000, _PRICE, "Base units of OPEN per 1,000 tokens read."),
    Setting("prices.tokens_out", 600_000, _PRICE, "Base units of OPEN per 1,000 tokens written."),
    Setting(
        "serving.engine", "batched", one_of("batched", "single"), "Many answers in a step, or one at a time."
    ),
    Setting(
        "serving.server", "", optional_url, "OpenAI-compatible server that answers in our place; empty: none."
    ),
    Setting(
        "serving.server_is", "vllm", one_of("vllm", "other"), "Whether it takes what vLLM adds to that API."
    ),
    Setting("serving.server_key_file", "", optional_path, "File with its API key; empty: it asks for none."),
    Setting("serving.at_once", 64, whole(1, 4096), "Most answers of one length class under way at once."),
    Setting("serving.queue", 256, whole(1, 100_000), "Most requests that wait; half for one consumer."),
    Setting("serving.longest", 4096, whole(16, 1_000_000), "Most tokens of prompt and answer together."),
    Setting("serving.cache_mb", 1536, _MEGABYTES, "Memory for keys and values, reserved at the start."),
    Setting("serving.bank", 32, whole(1, 4096), "Adapters that can answer at the same moment."),
    Setting("serving.rank", 128, whole(1, 1024), "Highest rank of an adapter that is served."),
    Setting("serving.bank_mb", 2048, _MEGABYTES, "Most memory for the adapters of the bank."),
    Setting("serving.host_mb", 1024, _MEGABYTES, "Most memory for adapters that wait beside the bank."),
    Setting("serving.disk_mb", 65_536, _MEGABYTES, "Most bytes on disk of all adapters that are served."),
    Setting(
        "monitor.sample",
        1_000_000,
        whole(0, 1_000_000),
        "Answers of a million whose features are noted; 0: none.",
    ),
    Setting(
        "monitor.features",
        "hashed",
        one_of("hashed", "embedded"),
        "Questions as keyed hashes, or as embeddings, from which text can be guessed back.",
    ),
    Setting(
        "monitor.reference",
        600,
        whole(100, 1_000_000),
        "First answers of a model that monitors compare with.",
    ),
    Setting(
        "monitor.acknowledge",
        "loop",
        one_of("loop", "person"),
        "Who lets a retraining that passed its gate be promoted past the alarms that it answers.",
    ),
    Setting(
        "monitor.retrain_days",
        0,
        whole(0, 10_000),
        "Days after which a retraining is due without an alarm; 0: never.",
    ),
    Setting("monitor.recipe", "default", str, "Recipe of retrainings, by name or TOML file."),
    Setting(
        "risk.agreement",
        700_000,
        whole(0, 1_000_000),
        "Tokens of a million for which a 4-bit model must name what its fp32 reference names.",
    ),
    Setting(
        "risk.cautious_cap",
        1_000_000_000,
        _PRICE,
        "Base units that a 4-bit model without a good report may have in batches that are not final.",
    ),
    Setting(
        "risk.lowered_cap",
        100_000_000,
        _PRICE,
        "The same for a model that disagrees with its reference, or that has an open alarm.",
    ),
    Setting("risk.answer_cap", 10_000_000, _PRICE, "Most base units of one answer of such a model."),
    Setting(
        "outbox.confirmations",
        1,
        whole(0, 1_000),
        "Blocks on top of a transaction before a command is done; on a development chain 0.",
    ),
    Setting(
        "outbox.finality",
        64,
        whole(0, 100_000),
        "Blocks after which a transaction is watched no longer; on a development chain 0.",
    ),
    Setting("outbox.fee_cap", 500, whole(1, 9_000_000_000), "Most that a unit of gas may cost, in gwei."),
    Setting(
        "outbox.day_cap",
        0,
        whole(0, 10**24),
        "Most wei that a key's new transactions may cost in fees in a day (UTC); 0: no bound.",
    ),
    Setting(
        "outbox.day_cap_spares",
        "nothing",
        one_of("nothing", "defence", "conviction", "both"),
        "What goes on past `outbox.day_cap`: defence (answers to demands and audits), conviction, both, nothing.",
    ),
    Setting(
        "outbox.replace_after",
        60,
        whole(1, 86_400),
        "Seconds without being mined after which a transaction is offered a tenth more.",
    ),
    Setting("outbox.timeout", 120, whole(1, 86_400), "Seconds that a command waits for its transaction."),
    Setting("daemon.index", 5, _SECONDS, "Seconds between two looks for new contract events; 0: never."),
    Setting(
        "daemon.outbox", 30, _SECONDS, "Seconds between two looks at transactions on their way; 0: never."
    ),
    Setting("daemon.settle", 60, _SECONDS, "Seconds between two looks for settlement steps; 0: never."),
    Setting("daemon.monitors", 300, _SECONDS, "Seconds between two runs of the monitors; 0: never."),
    Setting("daemon.content", 0, _SECONDS, "Seconds between two repairs of what has to be kept; 0: never."),
    Setting("daemon.watch", 0, _SECONDS, "Seconds between two looks of the watchtower; 0: never."),
    Setting("daemon.audits", 0, _SECONDS, "Seconds between two looks at audits of own batches; 0: never."),
    Setting("daemon.verify", 0, _SECONDS, "Seconds between two looks of the verifier; 0: never."),
    Setting("daemon.grace", 30, whole(1, 3_600), "Most seconds for the running step when the node stops."),
    Setting("daemon.survey", 60, _SECONDS, "Seconds between two looks at stake, head and gas; 0: never."),
    Setting("metrics.host", "127.0.0.1", host, "Where a running node tells its numbers and readiness."),
    Setting("metrics.port", 8702, whole(0, 65535), "Port for that; 0: none."),
    Setting("log.format", "text", one_of("text", "json"), "Log lines for people, or one JSON object each."),
    Setting(
        "log.level",
        "info",
        one_of("error", "warning", "info", "debug"),
        "Least level that servers and the running node log; other commands log warnings, more with -v.",
    ),
    Setting("log.file", "", optional_path, "File that servers log to; empty: standard error."),
    Setting("log.megabytes", 50, whole(1, 10_000), "Size at which that file is rotated."),
    Setting("log.files", 10, whole(1, 1_000), "How many rotated files are kept."),
    Setting(
        "audits.relay",
        "",
        optional_url,
        "URL of a drand relay with the network's hash, where seeds need signatures; empty: others publish.",
    ),
    Setting(
        "audits.canaries",
        0,
        whole(0, 1_000_000),
        "Of a million answers to payers who consent, how many are planted; above 0 every batch is committed to.",
    ),
    Setting(
        "audits.consent_days",
        0,
        whole(0, 365),
        "Days that what this node pays for may be planted by its operator; 0: never.",
    ),
    Setting("roles.payments", "", other_key, "Key that takes x402 payments to the chain; empty: `key`."),
    Setting("roles.claims", "", other_key, "Key that pays for the gas of claims; empty: `key`."),
    Setting("roles.vouchers", "", other_key, "Session key that signs vouchers; empty: `key`."),
    Setting("roles.reader", "", other_key, "Key that opens private data sets; empty: one out of `key`."),
    Setting(
        "watch.convict",
        "profit",
        one_of("profit", "always", "never"),
        "Whether false claims are convicted: where it pays, also at a loss, or only reported.",
    ),
    Setting(
        "watch.least_profit", 0, _PRICE, "Base units of OPEN that a conviction must bring beyond its cost."
    ),
    Setting(
        "watch.coin_worth",
        2_000_000_000,
        _PRICE,
        "Base units of OPEN that one coin of the chain is worth, to weigh gas against a reward.",
    ),
    Setting("watch.commit", "on", one_of("on", "off"), "Whether a bonded commitment precedes a proof."),
    Setting(
        "watch.demands", 24, whole(0, 1_000), "Most leaves that are demanded of one batch, one at a time."
    ),
    Setting(
        "watch.most_bonds",
        100_000_000,
        whole(0, 10**15),
        "Gwei that may stand in open demands together.",
    ),
    Setting(
        "watch.patience", 3_600, _SECONDS, "Seconds for a file to appear before a leaf of it is demanded."
    ),
    Setting(
        "watch.level",
        "L1",
        one_of("L0", "L1", "L2", "L3"),
        "How deep answers with an opening are checked: L1 sources; L2 and L3 run the model.",
    ),
    Setting("watch.openings", "", optional_path, "Folder of openings, to hold batches against; empty: none."),
    Setting(
        "content.sources",
        "",
        hidden_sources,
        "Where content is read that `ipfs` has not: multiaddrs and URLs of gateways, by spaces.",
    ),
    Setting("content.pinning", "", hidden_urls, "Pinning services that hold what is kept, too; by spaces."),
    Setting("content.pinning_token_file", "", optional_path, "File with the token that they gave us."),
    Setting(
        "content.keep_days",
        90,
        whole(0, 36_500),
        "Days for which a file is kept after nobody can demand it any more.",
    ),
    Setting(
        "calibration_seconds",
        300,
        whole(0, 86_400),
        "Most seconds for a model's calibration when it is registered; 0: none, the default blend stands.",
    ),
    Setting(
        "drift",
        1_000,
        whole(0, 1_000_000),
        "Most that a promoted adapter may lie from its base on general text, in thousandths of a nat a token.",
    ),
    Setting(
        "studio.host",
        "127.0.0.1",
        host,
        "Where the studio listens; others than this machine see it elsewhere.",
    ),
    Setting("studio.names", "", hosts, "Names that the studio answers to besides its address; by spaces."),
    Setting("studio.port", 8710, whole(1, 65535), "Port of the studio."),
    Setting("studio.session", 28_800, whole(60, 2_592_000), "Seconds that a sign-in to the studio lasts."),
    Setting("threads", 2, whole(1, 1024), "CPU threads for the model, 1 to 1024."),
)
