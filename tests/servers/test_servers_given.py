"""A server that a run is given by a DSN is used, is not hurt, and is left as it was found."""

import pytest

from chaosctl.errors import BadInput, Missing
from chaosctl.node.sql_connection import dialect_of
from chaosctl.servers.given import VARIABLES

pytestmark = [pytest.mark.processes, pytest.mark.slow]

TEXT = """
name = "given"
duration = "1500ms"
grace = "1s"
[system]
pattern = "two-phase-commit"
nodes = 3
[system.options]
backend = "{kind}"
vote_timeout = "1s"
lock_timeout = "1s"
retry = "200ms"
inquiry = "200ms"
[workload]
rate = 10
clients = 3
timeout = "3s"
{fault}
[expect]
verdict = "pass"
runtimes = ["processes"]
why = "it is about a server"
"""
FAULT = '[[faults]]\nkind = "{}"\ntarget = "n2-db"\nat = "500ms"\nduration = "500ms"\n'

OURS = {
    "postgres": "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'chaosctl_%'",
    "mariadb": "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE 'chaosctl_%'",
}


@pytest.fixture
def given(server, monkeypatch):
    """Give the session's server to runs; yield its kind, and what counts the schemas of runs that are there."""
    kind, _, address = server.partition(":")
    dsn = f"host={address} user=postgres dbname=postgres" if kind == "postgres" else f"mysql://?socket={address}"
    monkeypatch.setenv(VARIABLES[kind], dsn)
    dialect = dialect_of(kind)(address, "test")
    if kind == "mariadb":  # A bootstrapped server finds this table of its own "from another system", once.
        raw = dialect.connect()
        raw.run("REPAIR TABLE mysql.proc")
        dialect.close(raw)

    def left():
        raw = dialect.connect()
        found = raw.execute(OURS[kind]).fetchone() if kind == "postgres" else raw.run(OURS[kind])[0]
        doubts = dialect.in_doubt(raw)
        dialect.close(raw)
        return found[0], [gid for gid in doubts if gid.startswith("chaosctl_")]

    return kind, left


def test_a_given_server_is_used_by_all_nodes_may_be_cut_off_and_keeps_nothing(given, on_processes):
    kind, left = given
    run = on_processes(TEXT.format(kind=kind, fault=FAULT.format("disconnect")))
    assert run.as_expected, run.why
    assert run.events("server_started") == []
    assert run.figure("database-in-doubt") is not None
    assert left() == (0, [])


@pytest.mark.parametrize("fault", ["crash", "pause"])
def test_a_given_server_is_not_a_run_s_to_hurt(fault, given, on_processes):
    with pytest.raises(BadInput, match=r"n2-db is given by CHAOSCTL_.*_DSN, and not this run's to hurt"):
        on_processes(TEXT.format(kind=given[0], fault=FAULT.format(fault)))


def test_a_given_server_that_does_not_answer_makes_the_verdict_unknown(given, on_processes, monkeypatch):
    kind, _ = given
    nobody = "host=@nobody" if kind == "postgres" else "mysql://?socket=@nobody"
    monkeypatch.setenv(VARIABLES[kind], nobody)
    with pytest.raises(Missing, match=r"unknown, not run: the server that CHAOSCTL_.*_DSN gives does not answer"):
        on_processes(TEXT.format(kind=kind, fault=""))
