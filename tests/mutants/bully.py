"""What people get wrong in the bully election (reference/consensus.md, section 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

BULLY = (
    Mutant(
        "bully",
        "no-wait",
        (Edit("Member.elect", "await self.sleep(self.options.answer_timeout)", "pass"),),
        "elections",
        "bully/no-fault",
    ),
    Mutant(
        "bully",
        "trusting",
        (
            Edit(
                "Member.elect",
                "await self.sleep(self.options.suspect)  # Another election, should no announcement follow.",
                "await self.sleep(1_000_000)",
            ),
        ),
        "availability",
        "bully/dies-after-its-answer",
    ),
    Mutant(
        "bully",
        "proud-rejoin",
        (
            Edit(
                "Member.start",
                'self.coordinator = ""',
                'self.coordinator = self.node_id if self.term and self.term % len(self.members) == self.rank else ""',
            ),
            Edit("Member.start", "self.serving = False", "self.serving = bool(self.coordinator)"),
        ),
        "one-effective-leader",
        "bully/comes-back-proud",
    ),
    Mutant(
        "bully",
        "minority-serves",
        (Edit("Member.is_enough", 'if self.options.rule == "none":', "if True:"),),
        "minority-silent",
        "bully/leader-in-minority",
    ),
    Mutant(
        "bully",
        "untermed",
        (
            Edit(
                "Member.on_coordinator",
                "await self.follow(announced.src, announced.term)",
                "await self.follow(announced.src, max(announced.term, self.term))",
            ),
        ),
        "election-safety",
        "bully/late-announcement",
    ),
    Mutant(
        "bully",
        "serves-from-memory",
        (
            Edit(
                "Member.on_who_leads",
                "if self.serving and self.rounds.ask(request):",
                """
                if self.serving:
                    await self.reply(request, WhoLeadsOk(leader=self.node_id, term=self.term))
                elif False:
                """,
            ),
        ),
        "one-effective-leader",
        "bully/slow-clock",
    ),
    Mutant(
        "bully",
        "term-in-memory",
        (Edit("Member.start", 'self.term = self.store.get("term", int, 0)', "self.term = 0"),),
        "terms-grow",
        "bully/back-to-the-deposed",
    ),
    Mutant(
        "bully",
        "obeys-unsynced",
        (Edit("Member.adopt", 'await self.store.sync("term")', "pass"),),
        "terms-grow",
        "bully/back-to-the-deposed",
    ),
    Mutant(
        "bully",
        "keeps-serving",
        (Edit("Member.adopt", 'await self.stop_serving("newer-term")', "pass"),),
        "leader-in-the-end",
        "bully/leader-crash",
    ),
    Mutant(
        "bully",
        "serves-unheard",
        (Edit("Member.suspect", 'await self.stop_serving("no-majority")', "pass"),),
        "dual-leader-time",
        "bully/leader-in-minority",
    ),
)
