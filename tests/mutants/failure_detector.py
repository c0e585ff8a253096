"""What people get wrong with failure detectors, beyond the variants."""

from tests.mutants.mutant import Edit, Mutant

FAILURE_DETECTOR = (
    Mutant(
        "failure-detector",
        "collects-credit",
        (Edit("FixedTimeout.heard", "self.fresh_until = now + self.timeout", "self.fresh_until += self.timeout"),),
        "strong-completeness",
        "failure-detector/crash",
    ),
    Mutant(
        "failure-detector",
        "one-speaks-for-all",
        (
            Edit(
                "Monitor.on_heartbeat",
                "suspicion.hear(heartbeat.src, heartbeat.number)",
                """
                for each in self.suspicions.values():
                    each.hear(each.of, heartbeat.number)
                """,
            ),
        ),
        "strong-completeness",
        "failure-detector/crash",
    ),
    Mutant(
        "failure-detector",
        "looks-when-it-hears",
        (Edit("Monitor.start", "self.spawn(partial(self.watch, of))", "pass"),),
        "strong-completeness",
        "failure-detector/crash",
    ),
    Mutant(
        "failure-detector",
        "numbers-anew",
        (
            Edit("Watched.beat", "period = self.options.heartbeat", "period, number = self.options.heartbeat, 0"),
            Edit("Watched.beat", "number = round(self.now() / period) + 1", "number += 1"),
            Edit(
                "Watched.beat",
                "await self.sleep(max(number * period - self.now(), LEAST_WAIT))",
                "await self.sleep(period)",
            ),
        ),
        "eventual-accuracy",
        "failure-detector/crash",
        ('system.options.detector="nfd-s"',),
    ),
    Mutant(
        "failure-detector",
        "sure-of-an-even-rhythm",
        (
            Edit(
                "PhiAccrual.patience",
                "deviation = max(pstdev(self.gaps, mean), LEAST_DEVIATION * mean)",
                "deviation = pstdev(self.gaps, mean)",
            ),
        ),
        "mistake-rate",
        "failure-detector/even-rhythm",
    ),
    Mutant(
        "failure-detector",
        "learns-its-outage",
        (
            Edit(
                "PhiAccrual.heard",
                "self.gaps.append(min(now, self.fresh_until) - self.last)",
                "self.gaps.append(now - self.last)",
            ),
        ),
        "strong-completeness",
        "failure-detector/crash-after-outage",
    ),
    Mutant(
        "failure-detector",
        "believes-its-clock",
        (Edit("Suspicion.now", "if now < self.latest:", "if False:"),),
        "strong-completeness",
        "failure-detector/clock-set-back",
    ),
)
