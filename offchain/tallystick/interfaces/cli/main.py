"""The root command and its runner: flags to settings, errors to exit codes. Imports commands as they run."""

import json
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import click

from tallystick.errors import InvalidInput, NodeError
from tallystick.interfaces.cli.noun import LazyGroup
from tallystick.interfaces.cli.session import Session
from tallystick.settings import SETTINGS

_HERE = "tallystick.interfaces.cli"
COMMANDS = {
    "demo": (f"{_HERE}.demo", "The whole story on this machine: data to paid, traced, claimed answers."),
    "init": (f"{_HERE}.init", "Make this node's folders and a settings file."),
    "doctor": (f"{_HERE}.doctor", "Examine this machine and say how to mend what is wrong."),
    "config": (f"{_HERE}.config", "Show the settings and where each came from."),
    "keys": (f"{_HERE}.keys", "Make and list signing keys."),
    "dataset": (f"{_HERE}.dataset", "Check, prepare, register and license data sets."),
    "evaluation": (f"{_HERE}.evaluation", "Seal questions to judge adapters by, before training."),
    "model": (f"{_HERE}.model", "Prepare, train, evaluate, promote and export models."),
    "job": (f"{_HERE}.job", "List, follow, stop and resume trainings, and work through their queue."),
    "serve": (f"{_HERE}.serve", "Serve a registered model over the OpenAI-compatible API."),
    "node": (f"{_HERE}.node", "Run the node by itself; its status, outbox and index."),
    "studio": (f"{_HERE}.studio", "Open the web studio on this node, or on what `make demo` left."),
    "pay": (f"{_HERE}.pay", "Deposit, allot, and run the local pay proxy."),
    "agent": (f"{_HERE}.agent", "Register, list and show agents, and say how they did."),
    "bounty": (f"{_HERE}.bounty", "Post, list, submit to and close bounties for adapters."),
    "ask": (f"{_HERE}.ask", "Ask one question and pay for the answer."),
    "receipt": (f"{_HERE}.receipt", "List, show and open receipts."),
    "feedback": (f"{_HERE}.feedback", "Say whether an answer was good, and what it should have been."),
    "monitor": (f"{_HERE}.monitor", "Show monitors and alarms of served answers, acknowledge, run."),
    "retrain": (f"{_HERE}.retrain", "Propose, run and show retrainings from consented feedback."),
    "trace": (f"{_HERE}.trace", "Walk a receipt back to its data, verifying every hash."),
    "why": (f"{_HERE}.why", "Say why an asset was paid for an answer, or why not."),
    "batch": (f"{_HERE}.batch", "Close, show, finalise and replace settlement batches."),
    "settle": (f"{_HERE}.settle", "Take the next settlement steps that are due."),
    "audit": (f"{_HERE}.audit", "Recompute what others claim on-chain."),
    "content": (f"{_HERE}.content", "Show, check, mend and let go of the files that this node has to keep."),
    "watch": (f"{_HERE}.watch", "Follow every operator, recompute what they claim, convict what is false."),
    "verifier": (
        f"{_HERE}.verifier",
        "Take a seat among the verifiers, and answer for what it is drawn for.",
    ),
    "challenge": (f"{_HERE}.challenge", "Demand that leaves be published, answer, and end what is over."),
    "rewards": (f"{_HERE}.rewards", "Show, claim and export rewards."),
    "stake": (f"{_HERE}.stake", "Deposit, delegate, thaw and show stake."),
    "vote": (f"{_HERE}.vote", "Show motions, wrap OPEN into votes, vote, and carry out what passed."),
    "network": (f"{_HERE}.network", "Show operators, slashes, parameters with their bounds, and pauses."),
    "redteam": (f"{_HERE}.redteam", "Attack the system, and see what that earns."),
    "completion": (f"{_HERE}.completion", "Print the completion script of a shell."),
}
EXIT_CODES = (
    "Exit codes: 0 done, 1 other failure, 2 wrong input, 3 content unlike its hash, 4 not found, 5 conflict, "
    "6 not authorised, 7 too little money, 8 a service is down, 9 our own books disagree, 130 interrupted."
)


def _root(context: click.Context, /, verbose: int, **flags: Any) -> None:
    context.obj.flags = {setting.key: flags[setting.key.replace(".", "_")] for setting in SETTINGS}
    context.obj.verbose = verbose
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s %(message)s")
    if not verbose:
        # Whoever imports it first is told of a kernel package for other CPUs, which is missing nowhere here.
        logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel("ERROR")
        # Libraries tell developers what a next version renames, and draw bars of their own.
        warnings.simplefilter("ignore", FutureWarning)
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


def _options() -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option(
            [f"--{s.key.replace('.', '-').replace('_', '-')}", s.key.replace(".", "_")],
            metavar="VALUE",
            help=s.about,
        )
        for s in SETTINGS
    ]
    options.append(
        click.Option(["-v", "--verbose"], count=True, help="Log to standard error; twice for more.")
    )
    return options


cli = LazyGroup(
    "tallystick",
    table=COMMANDS,
    callback=click.pass_context(_root),
    params=[
        *_options(),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=lambda c, _, v: _version(c) if v else None,
            help="Show the version.",
        ),
    ],
    help="Pays whoever an AI answer came from, with proofs.",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(context: click.Context) -> None:
    from importlib.metadata import version

    click.echo(version("tallystick"))
    context.exit()


def run(arguments: Sequence[str], session: Session) -> int:
    """The exit code of one command line."""
    session.as_json = "--json" in arguments
    try:
        _check_text(arguments)
        code = cli.main(list(arguments), prog_name="tallystick", obj=session, standalone_mode=False)
        return code if isinstance(code, int) else 0
    except NodeError as error:
        _report(session, type(error).__name__, error.message, error.hint)
        return error.exit_code
    except click.ClickException as error:
        where = getattr(error, "ctx", None)
        _report(
            session, "Usage", error.format_message(), f"See `{where.command_path} --help`." if where else ""
        )
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        _report(
            session, "Interrupted", "Interrupted.", str(error.__cause__ or error)
        )  # click wraps the latter
        return 130
    except BrokenPipeError:
        # The reader has gone, as with `| head`; without this the interpreter complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.filename is None:
            raise
        _report(
            session,
            type(error).__name__,
            f"{error.filename}: {error.strerror}.",
            "Check that path, who may use it, and the room on its disk.",
        )
        return 1


def _check_text(arguments: Sequence[str]) -> None:
    """Bytes that are no text would be found out only where they are stored or hashed."""
    for argument in arguments:
        try:
            argument.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InvalidInput(
                f"{argument!a} is no UTF-8 text.", "Type it in a UTF-8 terminal, or rename the file."
            ) from error


def _report(session: Session, kind: str, message: str, hint: str) -> None:
    if session.as_json:
        click.echo(json.dumps({"error": {"kind": kind, "message": message, "hint": hint}}, indent=2))
        return
    red = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    click.echo(click.style("error: ", fg="red") * red + "error: " * (not red) + message, err=True)
    if hint:
        click.echo(f"  {hint}", err=True)


def main() -> None:
    sys.exit(run(sys.argv[1:], Session()))
