"""Real database servers for tests: one for a session, in a folder of its own; skipped where none is installed."""

import os
import secrets
import signal
import subprocess
import time

import pytest

from chaosctl.node.pattern import BrokerChoice
from chaosctl.runtimes._tree import signal_tree
from chaosctl.servers import installed, load_server, missing_broker
from chaosctl.servers import server as servers


def until(is_so):
    """Wait for what other processes do."""
    for _ in range(1500):
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that in 30 s")


def need(*kinds):
    """Skip the test where a server or its driver is missing, with the word what to install; in CI that is a failure."""
    _skip_where(installed(kinds))


def need_broker(kind, sync="default"):
    """Skip the test where a message broker or its client is missing; as above."""
    _skip_where(missing_broker(BrokerChoice(kind, sync)))


def _skip_where(missing):
    if missing:
        if os.environ.get("CHAOSCTL_SERVERS") == "required":
            pytest.fail(f"{missing} (or: make servers)")
        pytest.skip(missing)


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    """Hide every server that the machine has."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(servers, "PLACES", ())


@pytest.fixture(scope="session", params=["postgres", "mariadb"])
def server(request, tmp_path_factory):
    """Return a running server as `settings.database` has it."""
    kind = request.param
    need(kind)
    folder, address = tmp_path_factory.mktemp(kind) / "data", f"@:chaosctl-test-{secrets.token_hex(6)}"
    it = load_server(kind)
    it.make(folder)
    process = subprocess.Popen(it.command(folder, address), cwd=folder, stderr=subprocess.DEVNULL)
    try:
        until(lambda: it.is_ready(address))
        yield f"{kind}:{address}"
    finally:
        signal_tree(process.pid, signal.SIGKILL)
        process.wait(20)
