"""The pattern `split-brain`: one account on all members, and the rule that decides what happens when they are cut."""

from chaosctl.node.pattern import Duration, Pattern, majority
from chaosctl.patterns.election.bully import BullyOptions
from chaosctl.patterns.election.bully_member import Member
from chaosctl.patterns.replication.split_brain_account import Account
from chaosctl.patterns.replication.split_brain_broken import AnswersFirst, LongestWins, NoFence


class SplitBrainOptions(BullyOptions, frozen=True):
    """What `bully` takes, for members and copies alike, and the account's own.

    `opening`: how much money there is at first. `gather`: how long a new leader waits for what the others have.
    """

    opening: int = 1000
    gather: Duration = 0.04


SPLIT_BRAIN = Pattern(
    name="split-brain",
    summary="One replicated account: both halves of a cut cluster pay out, or the smaller one refuses",
    roles={"member": Member, "account": Account},
    workloads=("account",),
    checks=(
        "acknowledged-kept",
        "statement-order",
        "never-overdrawn",
        "minority-silent",
        "election-safety",
        "leader-in-the-end",
        "leader-agreed",
    ),
    options=SplitBrainOptions,
    leader_event="became_leader",
    stepped_down_event="stepped_down",
    election_messages=("election", "answer", "coordinator"),
    grace=1.0,
    broken={"answers-first": AnswersFirst, "longest-wins": LongestWins, "no-fence": NoFence},
    sometimes=("took_over",),  # Nothing is discarded but where both sides serve.
    quorum=majority,
)
