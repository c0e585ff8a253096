"""What people get wrong with leaders, workers and standbys (reference/consensus.md, section 6), beyond the variants."""

from tests.mutants.mutant import Edit, Mutant

LEADER_WORKERS = (
    Mutant(
        "leader-workers",
        "self-promotes",
        (
            Edit(
                "Supervisor.needed",
                'return 1 if self.options.standby == "none" else majority(len(self.arbiters))',
                "return 1",
            ),
        ),
        "one-leader-serves",
        "leader-workers/partition",
    ),
    Mutant(
        "leader-workers",
        "ack-early",
        (
            Edit(
                "Replication.commit",
                "acknowledged: set[str] = set()",
                """
                acknowledged: set[str] = set()
                if entries[0].run:
                    for standby in self.roster.behind(acknowledged):
                        self.supervisor.spawn(lambda standby=standby: self.append(standby, entries))
                    return True
                """,
            ),
        ),
        "recovery-point",
        "leader-workers/slow-standby",
    ),
    Mutant(
        "leader-workers",
        "fail-back",
        (
            Edit(
                "Supervisor.may_follow",
                'if by == "itself" and newest.leader not in ("", self.node_id):',
                "if False:",
            ),
        ),
        "manual-means-manual",
        "leader-workers/comes-back-unaware",
    ),
    Mutant(
        "leader-workers",
        "cold-no-replay",
        (Edit("Reign.begin", "if is_switch and is_cold:", "if False:"),),
        "recovery-point",
        "leader-workers/cold-automatic",
    ),
    Mutant(
        "leader-workers",
        "cold-asks-nobody",
        (
            Edit(
                "Reign.knows_all",
                'return bool(self.options.standby != "cold" or len(self.recalled) == len(self.supervisor.workers))',
                "return True",
            ),
        ),
        "recovery-point",
        "leader-workers/cold-partition",
    ),
    Mutant(
        "leader-workers",
        "cold-releases-early",
        (
            Edit(
                "Reign.take",
                'if held.task in (self.covered if self.options.standby == "cold" else self.credited):',
                "if held.task in self.credited:",
            ),
        ),
        "recovery-point",
        "leader-workers/cold-automatic",
    ),
    Mutant(
        "leader-workers",
        "results-in-memory",
        (Edit("Worker.work", 'self.store.put(f"held/{task}", held)', "pass"),),
        "recovery-point",
        "leader-workers/workers-restart",
    ),
    Mutant(
        "leader-workers",
        "epoch-in-memory",
        (Edit("Worker.start", "self.epoch, self.leader = obeyed", 'self.epoch, self.leader = 0, ""'),),
        "obedience",
        "leader-workers/late-orders",
    ),
    Mutant(
        "leader-workers",
        "credits-unsynced",
        (Edit("Replication.commit", 'await self.supervisor.store.sync("commit")', "await self.supervisor.sleep(0)"),),
        "recovery-point",
        "leader-workers/dies-as-it-answers",
    ),
    Mutant(
        "leader-workers",
        "never-reassigns",
        (Edit("Reign.reassign_late", "self.supervisor.spawn(partial(self.hand_out, task))", "pass"),),
        "no-task-lost",
        "leader-workers/worker-crash",
    ),
    Mutant(
        "leader-workers",
        "reassigns-what-is-done",
        (
            Edit(
                "Reign.assign",
                "still_open = [task for task in tasks if task in new or not known[task].run]",
                "still_open = tasks",
            ),
        ),
        "one-effect-a-task",
        "leader-workers/late-results",
    ),
    Mutant(
        "leader-workers",
        "stale-standby-leads",
        (
            Edit(
                "Supervisor.may_follow",
                'return self.options.standby != "hot" or not newest.leader or self.node_id in newest.in_sync',
                "return True",
            ),
        ),
        "recovery-point",
        "leader-workers/dropped-standby",
    ),
    Mutant(
        "leader-workers",
        "drops-its-standby-alone",
        (
            Edit(
                "Roster.behind",
                "owed = {*self.view.in_sync, *self.target.in_sync, *self.sessions}",
                "owed = {*self.sessions}",
            ),
        ),
        "one-effect-a-task",
        "leader-workers/cut-off-at-work",
    ),
    Mutant(
        "leader-workers",
        "promises-twice",
        (
            Edit(
                "Arbiter.may_promise",
                "return epoch > self.promised[0] or (epoch, candidate) == self.promised",
                "return epoch >= self.promised[0]",
            ),
        ),
        "election-safety",
        "leader-workers/two-orders",
    ),
    Mutant(
        "leader-workers",
        "promise-in-memory",
        (
            Edit(
                "Arbiter.start",
                'self.promised: tuple[int, str] = self.store.get("promised", tuple[int, str], (0, ""))',
                'self.promised = (0, "")',
            ),
        ),
        "election-safety",
        "leader-workers/two-orders",
    ),
    Mutant(
        "leader-workers",
        "one-order-for-ever",
        (Edit("Supervisor.stand", "self.is_ordered = False", "pass"),),
        "manual-means-manual",
        "leader-workers/ordered-back",
    ),
    Mutant(
        "leader-workers",
        "believes-itself-alone",
        (
            Edit(
                "Campaign.may_claim",
                'if self.by in {"detector", "election"} and suspecting < supervisor.needed():',
                "if False:",
            ),
        ),
        "elections",
        "leader-workers/cut-from-standby",
    ),
    Mutant(
        "leader-workers",
        "believes-its-clock",
        (Edit("ForwardClock.now", "self.passed += max(now - self.last, 0.0)", "self.passed += now - self.last"),),
        "no-task-lost",
        "leader-workers/clock-set-back",
    ),
)
