"""All commands in the order in which `--help` shows them; each stands in a module of its own."""

import typer

from chaosctl.cli.check import check
from chaosctl.cli.compare import compare
from chaosctl.cli.explore import explore
from chaosctl.cli.list import list_
from chaosctl.cli.new import new
from chaosctl.cli.node import node
from chaosctl.cli.replay import replay
from chaosctl.cli.report import report
from chaosctl.cli.run import run
from chaosctl.cli.shrink import shrink
from chaosctl.cli.sweep import sweep
from chaosctl.cli.test import try_node
from chaosctl.cli.validate import validate

app = typer.Typer(
    name="chaosctl",
    help="What happens to this distributed system when a node dies, the network splits, or messages crawl?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for name, command, short in (
    ("run", run, "Run experiments, and exit by verdict."),
    ("test", try_node, "Try a node of your own, by Maelstrom's options."),
    ("report", report, "Show a run: verdict, timeline, figures, evidence."),
    ("compare", compare, "Run variants or values side by side, same seeds."),
    ("sweep", sweep, "Run many seeds in simulation; show what fails."),
    ("explore", explore, "Try every single fault at every point and message."),
    ("check", check, "Judge recorded runs again with today's checks."),
    ("replay", replay, "Run a recorded simulation again, byte for byte."),
    ("shrink", shrink, "Find the smallest experiment that still fails."),
    ("validate", validate, "Check experiment files, and draw their schedules."),
    ("list", list_, "Show patterns, faults, checks, experiments and more."),
    ("new", new, "Write an experiment file to start from."),
    ("node", node, "Be a pattern's node on stdin and stdout."),
):
    app.command(name, short_help=short)(command)
