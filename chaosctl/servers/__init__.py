"""Real databases that a run starts for itself: how each is made, started, and found ready. Imports `node` alone.

Nothing here runs anything on its own: the runner makes a server's folder, and starts its command as it starts nodes.
"""

from chaosctl.servers.server import Server, installed, load_server

__all__ = ["Server", "installed", "load_server"]
