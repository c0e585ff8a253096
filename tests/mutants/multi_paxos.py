"""What people get wrong in Multi-Paxos (reference/consensus.md, section 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

MULTI_PAXOS = (
    Mutant(
        "multi-paxos",
        "next-free-local",
        (
            Edit(
                "LogProposer.lead",
                "self.last = self.settled = max([self.known, *reported])",
                "self.last = self.settled = self.known",
            ),
        ),
        "agreement",
        "multi-paxos/first-slot-only",
    ),
    Mutant(
        "multi-paxos",
        "promises-nothing",
        (
            Edit(
                "LogAcceptor.on_prepare_log",
                "accepted = [(slot, *entry) for slot, entry in self.accepted.items() if slot >= prepare.first]",
                "accepted: list = []",
            ),
        ),
        "agreement",
        "multi-paxos/first-slot-only",
    ),
    Mutant(
        "multi-paxos",
        "no-noop",
        (
            Edit(
                "LogProposer.lead",
                "await self.propose(slot, reported[slot][1] if slot in reported else NOOP)",
                "if slot in reported:\n    await self.propose(slot, reported[slot][1])",
            ),
        ),
        "progress",
        "multi-paxos/hole-and-crash",
    ),
    Mutant(
        "multi-paxos",
        "apply-gap",
        (
            Edit(
                "LogStore.apply_chosen",
                "while command := self.chosen.get(self.machine.slot + 1):",
                "while command := self.chosen.get(min((n for n in self.chosen if n > self.machine.slot), default=0)):",
            ),
            Edit(
                "LogStore.apply_chosen",
                "self.machine.apply(command)",
                """
                self.machine.slot = min(n for n in self.chosen if n > self.machine.slot) - 1
                self.machine.apply(command)
                """,
            ),
        ),
        "log-agreement",
        "multi-paxos/hole",
    ),
    Mutant(
        "multi-paxos",
        "accept-unsynced",
        (Edit("LogAcceptor.on_accept_slot", 'await self.store.sync("accept")', "pass"),),
        "linearizable",
        "multi-paxos/all-crash",
    ),
    Mutant(
        "multi-paxos",
        "no-dedup",
        (
            Edit(
                "Machine.apply",
                'if command.f != "noop" and not self.is_done(command.client, command.number):',
                'if command.f != "noop":',
            ),
        ),
        "linearizable",
        "multi-paxos/submitted-twice",
    ),
    Mutant(
        "multi-paxos",
        "no-reprepare",
        (
            Edit(
                "LogProposer.on_refused_log",
                'self.step_down("refused")',
                """
                self.round = refused.promised[0] + 1
                self.ballot = (self.round, self.node_id)
                self.spawn(partial(self.reign, self.ballot))
                """,
            ),
        ),
        "agreement",
        "multi-paxos/two-leaders",
    ),
    Mutant(
        "multi-paxos",
        "accept-any",
        (Edit("LogAcceptor.on_accept_slot", "if accept.ballot < self.promised:", "if False:"),),
        "promise-kept",
        "multi-paxos/two-leaders",
    ),
    Mutant(
        "multi-paxos",
        "half-quorum",
        (
            Edit(
                "LogProposer.needed", 'return int(self.options.acceptances_of(self.placement["acceptor"]))', "return 2"
            ),
        ),
        "linearizable",
        "multi-paxos/partition",
    ),
    Mutant(
        "multi-paxos",
        "counts-acceptances",
        (
            Edit(
                "LogProposer.on_accepted_slot",
                "self.acks[accepted.slot].add(accepted.src)",
                'self.acks[accepted.slot].add(f"{accepted.src} {len(self.acks[accepted.slot])}")',
            ),
        ),
        "agreement",
        "multi-paxos/minority-doubled",
    ),
    Mutant(
        "multi-paxos",
        "early-gc",
        (Edit("LogAcceptor.on_prepare_log", "cut = self.cut", "cut = 0"),),
        "agreement",
        "multi-paxos/away-and-first",
    ),
    Mutant(
        "multi-paxos",
        "unbound",
        (
            Edit(
                "LogAcceptor.on_prepare_log",
                "is_bound = self.now() < self.bound_until and self.bound_to != prepare.src",
                "is_bound = False",
            ),
        ),
        "linearizable",
        "multi-paxos/leased",
    ),
    Mutant(
        "multi-paxos",
        "comes-back-unbound",
        (
            Edit(
                "LogAcceptor.start",
                'self.bound_to, self.bound_until = "", self.now() + self.lasts() if self.promised > NO_BALLOT else 0.0',
                'self.bound_to, self.bound_until = "", 0.0',
            ),
        ),
        "linearizable",
        "multi-paxos/leased",
    ),
    Mutant(
        "multi-paxos",
        "no-drift",
        (
            Edit(
                "LogAcceptor.lasts",
                "return float(self.options.lease * (1 + self.options.drift))",
                "return float(self.options.lease)",
            ),
            Edit(
                "LogProposer.new_lease",
                "return MasterLease(needed, self.options.lease * (1 - self.options.drift))",
                "return MasterLease(needed, self.options.lease)",
            ),
        ),
        "linearizable",
        "multi-paxos/leased",
    ),
    Mutant(
        "multi-paxos",
        "lease-from-receipt",
        (
            Edit(
                "LogProposer.on_lease_granted",
                "self.lease.grant(granted.src, granted.number)",
                "self.lease.grant(granted.src, self.lease.ask(self.now()))",
            ),
        ),
        "linearizable",
        "multi-paxos/grants-late",
    ),
    Mutant(
        "multi-paxos",
        "tells-what-it-chose-itself",
        (
            Edit(
                "LogProposer.lead",
                "self.last = self.settled = max([self.known, *reported])",
                "self.last, self.settled = max([self.known, *reported]), 0",
            ),
        ),
        "linearizable",
        "multi-paxos/behind-and-reads",
    ),
    Mutant(
        "multi-paxos",
        "snapshot-without-clients",
        (
            Edit(
                "Machine.snapshot",
                "return Snapshot(self.slot, list(self.data.items()), list(self.done.values()))",
                "return Snapshot(self.slot, list(self.data.items()), [])",
            ),
        ),
        "linearizable",
        "multi-paxos/submitted-twice-over-a-snapshot",
    ),
)
