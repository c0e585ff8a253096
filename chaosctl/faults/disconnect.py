"""Disconnect: a node loses the connections to its database server, while both go on."""

from typing import ClassVar, Literal

from chaosctl.faults.holds import Holds
from chaosctl.faults.nodes import NodeFault
from chaosctl.faults.occurrence import Occurrence
from chaosctl.node.pattern import node_of


class Disconnect(NodeFault):
    """Cuts nodes off from their database servers, which `target` names ("n2-db"): open connections break, none is made.

    What was under way may have been done or not, and the node can't ask. Messages between nodes are not touched.
    """

    hurts_nodes: ClassVar[bool] = False

    kind: Literal["disconnect"] = "disconnect"

    def hurts_servers(self) -> bool:
        """It may."""
        return True

    def apply(self, occurrence: Occurrence, holds: Holds) -> None:
        """Tell the servers' nodes that their connections are gone."""
        for server in occurrence.aim.targets:
            holds.tell(node_of(server), occurrence, {"type": "disconnect"})

    def heal(self, occurrence: Occurrence, holds: Holds) -> None:
        """Let them connect again."""
        for server in occurrence.aim.targets:
            holds.untell(node_of(server), occurrence, {"type": "disconnect", "heal": True})
