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
from chaosctl.cli.validate import validate

app = typer.Typer(
    name="chaosctl",
    help="What happens to this distributed system when a node dies, the network splits, or messages crawl?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for name, command in (
    ("run", run),
    ("report", report),
    ("compare", compare),
    ("sweep", sweep),
    ("explore", explore),
    ("check", check),
    ("replay", replay),
    ("shrink", shrink),
    ("validate", validate),
    ("list", list_),
    ("new", new),
    ("node", node),
):
    app.command(name)(command)
