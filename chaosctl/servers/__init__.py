"""Real databases and message brokers that a run starts for itself: how each is made, started, and found ready.

Imports `node` alone.

Nothing here runs anything on its own: the runner makes a server's folder, and starts its command as it starts nodes.
"""

from chaosctl.servers.brokers import BrokerServer, load_broker, missing_broker
from chaosctl.servers.server import Server, copy_owned, installed, load_server

__all__ = ["BrokerServer", "Server", "copy_owned", "installed", "load_broker", "load_server", "missing_broker"]
