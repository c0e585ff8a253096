"""`chaosctl test`: try a node without a file, by Maelstrom's options."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from chaosctl.errors import BadInput


def try_node(
    bin_: Annotated[str, typer.Option("--bin", help="The node's program; what follows -- are its arguments.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments of the node.")] = None,
    *,
    workload: Annotated[str, typer.Option("--workload", "-w", help="echo, broadcast, g-set, ...")] = "lin-kv",
    node_count: Annotated[int | None, typer.Option(min=1, help="n0 to n(N-1); absent: n1 to n5.")] = None,
    nodes: Annotated[str | None, typer.Option(help="Their names: a,b,c.")] = None,
    concurrency: Annotated[str, typer.Option(help="Clients; 2n is two a node.")] = "2n",
    time_limit: Annotated[str, typer.Option(help="How long the load lasts; bare numbers are seconds.")] = "60",
    rate: Annotated[float, typer.Option(min=0.01, help="Operations a second over all clients.")] = 5.0,
    latency: Annotated[str, typer.Option(help="Between nodes; bare numbers are milliseconds.")] = "0",
    latency_dist: Annotated[str, typer.Option(help="constant, uniform or exponential.")] = "constant",
    nemesis: Annotated[str, typer.Option(help="partition,kill,pause: some of them.")] = "",
    nemesis_interval: Annotated[str | None, typer.Option(help="A fault's length, and the gap; seconds.")] = None,
    topology: Annotated[str | None, typer.Option(help="Of broadcast: line, grid, tree2, tree3, tree4, total.")] = None,
    availability: Annotated[str | None, typer.Option(help='The least share that ends ok, or "total".')] = None,
    consistency_models: Annotated[str, typer.Option(help="Of the txn workloads: a,b.")] = "strict-serializable",
    key_count: Annotated[int | None, typer.Option(min=1, help="Keys in use at a time.")] = None,
    max_txn_length: Annotated[int | None, typer.Option(min=1, help="Of the txn workloads.")] = None,
    max_writes_per_key: Annotated[int | None, typer.Option(min=1, help="Of the txn workloads.")] = None,
    settle: Annotated[str | None, typer.Option(help="Silence before the final reads; absent: 10 s.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The seed; drawn where absent.")] = None,
    print_: Annotated[bool, typer.Option("--print", help="Print the experiment file that this stands for.")] = False,
    results: Annotated[Path, typer.Option(help="Where results go.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what nodes write to stderr.")] = False,
) -> None:
    """Try a node of your own by a workload, under faults, and exit by verdict; the options are Maelstrom's.

    Example: chaosctl test -w broadcast --bin ./node.py --node-count 5 --time-limit 20 --nemesis partition,kill
    """
    from chaosctl.experiment.maelstrom import Options, experiment_text, seconds  # noqa: PLC0415

    names = _names(node_count, nodes)
    of_workload: dict[str, Any] = {"topology": topology, "keys": key_count, "longest": max_txn_length}
    of_workload |= {"writes_a_key": max_writes_per_key, "cas": 0.2 if workload == "lin-kv" else None}
    text = experiment_text(
        Options(
            workload=workload,
            command=[bin_ if "/" in bin_ or not Path(bin_).is_file() else f"./{bin_}", *(arguments or [])],
            nodes=names,
            time_limit=seconds("--time-limit", time_limit, "s"),
            rate=rate,
            latency=seconds("--latency", latency, "ms"),
            distribution=latency_dist,
            nemeses=[word.strip() for word in nemesis.split(",") if word.strip()],
            interval=seconds("--nemesis-interval", nemesis_interval, "s") if nemesis_interval else None,
            clients=_clients(concurrency, len(names)),
            availability=availability,
            settle=seconds("--settle", settle, "s") if settle else None,
            models=[word.strip() for word in consistency_models.split(",")],
            workload_options={key: value for key, value in of_workload.items() if value is not None},
        )
    )
    if print_:
        typer.echo(text, nl=False)
        return
    raise typer.Exit(_run(text, results, seed=seed, as_json=as_json, verbose=verbose))


def _run(text: str, results: Path, *, seed: int | None, **shown: bool) -> Any:
    from chaosctl.catalogue import catalogue  # noqa: PLC0415
    from chaosctl.cli.run import show  # noqa: PLC0415
    from chaosctl.cli.running import plan_of, run_one  # noqa: PLC0415
    from chaosctl.experiment.load import load  # noqa: PLC0415

    where = Path("chaosctl-test")
    plan = plan_of(load(text, catalogue(), file=str(where)), where, seed=seed, simulate=False)
    finished = run_one(plan, results, simulate=False, verbose=shown["verbose"])
    show(finished, as_json=shown["as_json"])
    return finished.exit_code


def _names(count: int | None, names: str | None) -> list[str]:
    if count is not None and names is not None:
        raise BadInput("--node-count and --nodes: choose one")
    if names is not None:
        return [name.strip() for name in names.split(",")]
    return [f"n{i}" for i in range(count)] if count is not None else [f"n{i}" for i in range(1, 6)]


def _clients(concurrency: str, nodes: int) -> int:
    if not (match := re.fullmatch(r"([1-9][0-9]{0,4})(n?)", concurrency)):
        raise BadInput(f"--concurrency: must be a number such as 10, or 2n for two a node, not {concurrency}")
    return int(match[1]) * (nodes if match[2] else 1)
