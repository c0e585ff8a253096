"""What people get wrong in leases with fencing tokens (reference/consensus.md, section 6), beyond its variants."""

from tests.mutants.mutant import Edit, Mutant

LEASE = (
    Mutant(
        "lease",
        "volatile-token",
        (Edit("Grantor.start", 'self.highest = self.store.get("highest", int, 0)', "self.highest = 0"),),
        "terms-grow",
        "lease/grantors-restart",
    ),
    Mutant(
        "lease",
        "grants-unsynced",
        (Edit("Grantor.on_ask", 'await self.store.sync("grant")', "pass"),),
        "leases-disjoint",
        "lease/grantors-restart",
    ),
    Mutant(
        "lease",
        "amnesiac",
        (Edit("Grantor.start", "self.is_silent = self.highest > 0", "self.is_silent = False"),),
        "leases-disjoint",
        "lease/grantors-restart",
    ),
    Mutant(
        "lease",
        "no-drift",
        (
            Edit(
                "Grantor.lasts",
                "return float(self.options.duration * (1 + self.options.drift))",
                "return float(self.options.duration)",
            ),
            Edit(
                "Holder.until",
                "return float(self.asked_at + self.options.duration * (1 - self.options.drift))",
                "return float(self.asked_at + self.options.duration)",
            ),
        ),
        "leases-disjoint",
        "lease/slow-holder",
    ),
    Mutant(
        "lease",
        "blind-release",
        (Edit("Grantor.on_release", "self.forget(release.token)", 'self.lease = (0, "")'),),
        "leases-disjoint",
        "lease/gives-back",
    ),
    Mutant(
        "lease",
        "blind-expiry",
        (Edit("Grantor.expire", "self.forget(token)", 'self.lease = (0, "")'),),
        "leases-disjoint",
        "lease/renewed",
    ),
    Mutant(
        "lease",
        "grants-to-all",
        (
            Edit(
                "Grantor.on_ask",
                'if self.is_silent or ask.token <= self.highest or holder not in ("", ask.src):',
                "if self.is_silent or ask.token <= self.highest:",
            ),
        ),
        "leases-disjoint",
        "lease/gives-back",
    ),
    Mutant(
        "lease",
        "two-of-five",
        (
            Edit(
                "Holder.on_granted",
                "if len(self.grants) < majority(len(self.grantors)) or self.token == granted.token or left <= 0:",
                "if len(self.grants) < 2 or self.token == granted.token or left <= 0:",
            ),
        ),
        "quorum-backed",
        "lease/gives-back",
    ),
    Mutant(
        "lease",
        "late-grants-count",
        (Edit("Holder.on_granted", "if granted.token != self.asked:", "if False:"),),
        "quorum-backed",
        "lease/late-grant",
    ),
    Mutant(
        "lease",
        "holds-on",
        (
            Edit("Holder.stop_after", "if self.leading and self.token == token:", "if False:"),
            Edit("Holder.on_who_leads", "if self.leading and self.now() < self.expires:", "if self.leading:"),
        ),
        "minority-silent",
        "lease/minority-silent",
    ),
    Mutant(
        "lease",
        "resource-forgets",
        (
            Edit(
                "Resource.start",
                'self.highest, self.position = self.store.get("done", tuple[int, int], (0, 0))',
                'self.highest, self.position = 0, self.store.get("done", tuple[int, int], (0, 0))[1]',
            ),
        ),
        "one-effective-leader",
        "lease/resource-restarts",
    ),
)
