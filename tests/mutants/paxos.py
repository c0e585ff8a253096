"""What people get wrong in single-decree Paxos (reference/consensus.md, section 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

PAXOS = (
    Mutant(
        "paxos",
        "first-value",
        (
            Edit(
                "Proposer.pick_value",
                "return max(reported, key=lambda proposal: proposal.ballot).value",
                "return reported[0].value",
            ),
        ),
        "agreement",
        "paxos/two-values-reported",
    ),
    Mutant(
        "paxos",
        "lowest-value",
        (
            Edit(
                "Proposer.pick_value",
                "return max(reported, key=lambda proposal: proposal.ballot).value",
                "return min(reported, key=lambda proposal: proposal.ballot).value",
            ),
        ),
        "adoption",
        "paxos/two-values-reported",
    ),
    Mutant(
        "paxos",
        "majority-value",
        (
            Edit(
                "Proposer.pick_value",
                "return max(reported, key=lambda proposal: proposal.ballot).value",
                """
                values = [proposal.value for proposal in reported]
                return max(values, key=values.count)
                """,
            ),
        ),
        "agreement",
        "paxos/two-values-reported",
    ),
    Mutant(
        "paxos",
        "proposes-nothing",
        (Edit("Proposer.pick_value", "return self.waiting[0].value", 'return "nothing"'),),
        "validity",
        "paxos/no-fault",
    ),
    Mutant(
        "paxos",
        "no-accepted",
        (
            Edit(
                "Acceptor.on_prepare",
                "await self.reply(prepare, Promise(ballot=prepare.ballot, accepted=accepted))",
                "await self.reply(prepare, Promise(ballot=prepare.ballot))",
            ),
        ),
        "agreement",
        "paxos/own-value",
    ),
    Mutant(
        "paxos",
        "accept-silent",
        (
            Edit(
                "Acceptor.on_accept",
                "self.promised, self.accepted = accept.ballot, Proposal(accept.ballot, accept.value)",
                "self.accepted = Proposal(accept.ballot, accept.value)",
            ),
        ),
        "agreement",
        "paxos/late-accept-below",
    ),
    Mutant(
        "paxos",
        "accept-old-ballot",
        (
            Edit(
                "Acceptor.on_accept",
                "self.promised, self.accepted = accept.ballot, Proposal(accept.ballot, accept.value)",
                """
                first = accept.ballot if self.accepted is None else self.accepted.ballot
                self.promised, self.accepted = accept.ballot, Proposal(first, accept.value)
                """,
            ),
        ),
        "agreement",
        "paxos/accepted-twice",
    ),
    Mutant(
        "paxos",
        "accept-unsynced",
        (
            Edit(
                "Acceptor.on_accept",
                'await self.store.sync("accept")  # Both or neither, and before anybody counts us.',
                "pass",
            ),
        ),
        "agreement",
        "paxos/acceptor-forgets",
    ),
    Mutant(
        "paxos",
        "volatile-accepted",
        (
            Edit(
                "Acceptor.start",
                'self.accepted: Proposal | None = self.store.get("accepted", Proposal | None, None)',
                "self.accepted: Proposal | None = None",
            ),
        ),
        "agreement",
        "paxos/acceptor-forgets",
    ),
    Mutant(
        "paxos",
        "lowers-promise",
        (
            Edit(
                "Acceptor.on_prepare",
                "if prepare.ballot < self.promised:  # An equal ballot is the same prepare once more: answer it again.",
                "if False:",
            ),
        ),
        "promise-kept",
        "paxos/late-prepare-below",
    ),
    Mutant(
        "paxos",
        "accept-strict",
        (Edit("Acceptor.may_accept", "return ballot >= self.promised", "return ballot > self.promised"),),
        "progress",
        "paxos/no-fault",
    ),
    Mutant(
        "paxos",
        "remind-unsynced",
        (Edit("Acceptor.on_remind", 'await self.store.sync("remind")', "pass"),),
        "learned-is-chosen",
        "paxos/reminded-too-early",
    ),
    Mutant(
        "paxos",
        "volatile-ballot",
        (Edit("Proposer.start", 'self.round: int = self.store.get("round", int, 0)', "self.round: int = 0"),),
        "one-value-a-ballot",
        "paxos/round-forgotten",
    ),
    Mutant(
        "paxos",
        "round-unsynced",
        (Edit("Proposer.prepare", 'await self.store.sync("round")', "pass"),),
        "one-value-a-ballot",
        "paxos/round-forgotten",
    ),
    Mutant(
        "paxos",
        "no-id",
        (
            Edit(
                "Proposer.prepare",
                "self.phase, self.ballot, self.promises = PREPARING, (self.round, self.node_id), {}",
                'self.phase, self.ballot, self.promises = PREPARING, (self.round, ""), {}',
            ),
        ),
        "one-value-a-ballot",
        "paxos/same-round",
    ),
    Mutant(
        "paxos",
        "stale-promises",
        (
            Edit(
                "Proposer.on_promise",
                "if self.phase != PREPARING or promise.ballot != self.ballot:",
                "if self.phase != PREPARING:",
            ),
        ),
        "adoption",
        "paxos/stale-promise",
    ),
    Mutant(
        "paxos",
        "stale-acceptances",
        (
            Edit(
                "Proposer.on_accepted",
                "if self.phase != ACCEPTING or accepted.ballot != self.ballot:",
                "if self.phase != ACCEPTING:",
            ),
        ),
        "learned-is-chosen",
        "paxos/stale-acceptance",
    ),
    Mutant(
        "paxos",
        "proposes-again",
        (
            Edit(
                "Proposer.on_promise",
                "if self.phase != PREPARING or promise.ballot != self.ballot:",
                "if self.phase == IDLE or promise.ballot != self.ballot:",
            ),
        ),
        "one-value-a-ballot",
        "paxos/third-promise-late",
    ),
    Mutant(
        "paxos",
        "repeats-own-value",
        (
            Edit(
                "Proposer.retransmit",
                "await self.tell_acceptors(Accept(ballot=ballot, value=self.value))",
                "await self.tell_acceptors(Accept(ballot=ballot, value=self.waiting[0].value))",
            ),
        ),
        "one-value-a-ballot",
        "paxos/accept-repeated",
    ),
    Mutant(
        "paxos",
        "counts-promises",
        (
            Edit(
                "Proposer.on_promise",
                "self.promises[promise.src] = promise.accepted",
                'self.promises[f"{promise.src} {len(self.promises)}"] = promise.accepted',
            ),
        ),
        "adoption",
        "paxos/promise-doubled",
    ),
    Mutant(
        "paxos",
        "counts-acceptances",
        (
            Edit(
                "Proposer.on_accepted",
                "self.accepted_by.add(accepted.src)",
                'self.accepted_by.add(f"{accepted.src} {len(self.accepted_by)}")',
            ),
        ),
        "learned-is-chosen",
        "paxos/acceptance-doubled",
    ),
    Mutant(
        "paxos",
        "half-quorum",
        (
            Edit(
                "Proposer.needed",
                'return int(self.options.acceptances_of(self.placement["acceptor"]))',
                'return len(self.placement["acceptor"]) // 2',
            ),
            Edit(
                "Proposer.needed_promises",
                'return int(self.options.promises_of(self.placement["acceptor"]))',
                'return len(self.placement["acceptor"]) // 2',
            ),
        ),
        "agreement",
        "paxos/two-halves",
    ),
    Mutant(
        "paxos",
        "no-backoff",
        (Edit("Proposer.on_refused", "await self.sleep(self.random.uniform(0, self.backoff))", "pass"),),
        "progress",
        "paxos/duel",
    ),
    Mutant(
        "paxos",
        "learner-counter",
        (Edit("Learner.on_learn", "acceptors.add(learn.src)", 'acceptors.add(f"{learn.src} {len(acceptors)}")'),),
        "learned-is-chosen",
        "paxos/acceptance-doubled",
    ),
    Mutant(
        "paxos",
        "learner-across-ballots",
        (
            Edit(
                "Learner.on_learn",
                "acceptors = self.acceptors_of.setdefault(learn.ballot, set())",
                "acceptors = self.acceptors_of.setdefault((0, str(learn.value)), set())",
            ),
        ),
        "learned-is-chosen",
        "paxos/same-value-two-ballots",
    ),
    Mutant(
        "paxos",
        "learner-half",
        (
            Edit(
                "Learner.needed",
                'return int(self.options.acceptances_of(self.placement["acceptor"]))',
                'return len(self.placement["acceptor"]) // 2',
            ),
        ),
        "learned-is-chosen",
        "paxos/two-of-four",
    ),
    Mutant(
        "paxos",
        "learner-forgets",
        (
            Edit(
                "Learner.start",
                "self.learned: Value | None = None",
                """
                self.learned: Value | None = None
                self.is_back = self.store.get("been-here", bool, False)
                self.store.put("been-here", True)
                await self.store.sync()
                """,
            ),
            Edit(
                "Learner.needed",
                'return int(self.options.acceptances_of(self.placement["acceptor"]))',
                'return 1 if self.is_back else int(self.options.acceptances_of(self.placement["acceptor"]))',
            ),
        ),
        "integrity",
        "paxos/old-news",
    ),
)

PAXOS_CONTROLS = (
    Mutant(
        "paxos",
        "promises-below-without-lowering",
        (
            Edit(
                "Acceptor.on_prepare",
                "if prepare.ballot < self.promised:  # An equal ballot is the same prepare once more: answer it again.",
                "if False:",
            ),
            Edit("Acceptor.keep_promise", "self.promised = ballot", "self.promised = max(self.promised, ballot)"),
            Edit(
                "Acceptor.keep_promise",
                'self.store.put("promised", ballot)',
                'self.store.put("promised", self.promised)',
            ),
        ),
    ),
    Mutant(
        "paxos",
        "refuses-the-same-prepare-again",
        (
            Edit(
                "Acceptor.on_prepare",
                "if prepare.ballot < self.promised:  # An equal ballot is the same prepare once more: answer it again.",
                "if prepare.ballot <= self.promised:",
            ),
        ),
    ),
    Mutant(
        "paxos",
        "no-id-compared-strictly",
        (
            Edit(
                "Proposer.prepare",
                "self.phase, self.ballot, self.promises = PREPARING, (self.round, self.node_id), {}",
                'self.phase, self.ballot, self.promises = PREPARING, (self.round, ""), {}',
            ),
            Edit(
                "Acceptor.on_prepare",
                "if prepare.ballot < self.promised:  # An equal ballot is the same prepare once more: answer it again.",
                "if prepare.ballot <= self.promised:",
            ),
        ),
    ),
)
"""Changes that look wrong and are harmless (reference/consensus.md, "Not broken"): none of these may be convicted."""
