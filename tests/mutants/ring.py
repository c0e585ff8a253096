"""What people get wrong in an election on a ring (reference/consensus.md, section 6), beyond its broken variants."""

from tests.mutants.mutant import Edit, Mutant

RING = (
    Mutant(
        "ring",
        "forwards-all",
        (
            Edit(
                "RingMember.weigh",
                "highest = max(token.candidate, self.node_id, key=rank)",
                "highest = token.candidate",
            ),
        ),
        "messages-per-election",
        "ring/no-fault",
    ),
    Mutant(
        "ring",
        "fixed-successor",
        (
            Edit("RingMember.pass_on", "self.skipped.add(node)", "pass"),
            Edit("RingMember.pass_on", "continue", "return"),
        ),
        "availability",
        "ring/member-crash",
    ),
    Mutant(
        "ring",
        "no-retry",
        (
            Edit("RingMember.suspect", 'self.leader = ""', 'led, self.leader = self.leader, ""'),
            Edit(
                "RingMember.suspect",
                "await self.initiate()",
                """
                if led or not self.round:
                    await self.initiate()
                """,
            ),
        ),
        "availability",
        "ring/lost-with-its-bearer",
    ),
    Mutant(
        "ring",
        "token-for-ever",
        (
            Edit(
                "RingMember.weigh",
                "if highest not in self.forwarded:  # A second time round it has lost its way: its candidate is dead.",
                "if True:",
            ),
        ),
        "messages-per-election",
        "ring/candidate-dies",
    ),
    Mutant(
        "ring",
        "minority-serves",
        (Edit("RingMember.is_enough", "return len(members) >= majority(len(self.members))", "return True"),),
        "minority-silent",
        "ring/leader-in-minority",
    ),
    Mutant(
        "ring",
        "term-in-memory",
        (Edit("RingMember.start", 'self.term = self.store.get("term", int, 0)', "self.term = 0"),),
        "terms-grow",
        "ring/back-to-the-deposed",
    ),
    Mutant(
        "ring",
        "obeys-unsynced",
        (
            Edit(
                "RingMember.adopt",
                'await self.store.sync("term")  # Obeyed and forgotten, an older leader would be obeyed again.',
                "pass",
            ),
        ),
        "terms-grow",
        "ring/back-to-the-deposed",
    ),
    Mutant(
        "ring",
        "keeps-serving",
        (Edit("RingMember.adopt", 'await self.stop_serving("newer-term")', "pass"),),
        "leader-in-the-end",
        "ring/leader-pause",
    ),
)
