"""Writing: what was loaded reads back as the same experiment."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaosctl.experiment.dump import dump
from chaosctl.experiment.load import load
from chaosctl.experiment.values import duration_text, parse_duration, toml_text

DURATIONS = st.sampled_from(["1ns", "35ms", "0.1ms", "1.5s", "7s", "2m", "1h"])
SHORT = st.sampled_from(["1ms", "10ms", "1.234567s"])
MOMENTS = SHORT | st.just({"random": ["1ms", "2s"]})
LATENCIES = st.one_of(
    st.fixed_dictionaries({"distribution": st.just("constant"), "mean": SHORT}),
    st.just({"distribution": "uniform", "min": "1ms", "max": "3ms"}),
    st.just({"distribution": "lognormal", "median": "1ms", "sigma": 0.5}),
    st.just(
        {
            "distribution": "mixture",
            "of": [{"weight": 2, "latency": {"distribution": "exponential", "mean": "1ms"}}],
        }
    ),
)
WHENS = st.sampled_from(
    [
        {"message": "append_entries", "from": "leader", "nth": 3},
        {"event": "became_leader", "probability": 0.25},
        {"point": "n1/voter.vote:pre#1"},
    ]
)
TARGETS = st.sampled_from(["leader", "n1", ["n1", "random"]])
CRASHES = st.fixed_dictionaries(
    {"kind": st.just("crash"), "target": TARGETS},
    optional={"at": MOMENTS, "when": WHENS, "restart_after": SHORT, "disk": st.sampled_from(["keep", "wipe"])},
)
DELAYS = st.fixed_dictionaries(
    {"kind": st.just("delay"), "latency": LATENCIES},
    optional={
        "match": st.just({"from": "n1", "to": "n2", "nth": 2, "count": 1}),
        "every": st.just("1s"),
        "duration": SHORT,
    },
)
PARTITIONS = st.fixed_dictionaries(
    {"kind": st.just("partition"), "groups": st.just([["leader", "random"], ["rest"]])}, optional={"at": MOMENTS}
)
ANYTHING = st.recursive(
    st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
STEPS = st.fixed_dictionaries(
    {"node": st.just("n1"), "f": st.just("who-leads"), "at": SHORT}, optional={"value": ANYTHING}
)
EXPERIMENTS = st.fixed_dictionaries(
    {
        "name": st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True),
        "duration": st.sampled_from(["5s", "2m"]),
        "system": st.fixed_dictionaries(
            {"pattern": st.just("toy-election")},
            optional={
                "nodes": st.sampled_from([5, ["n1", "n2", "node-3"]]),
                "broken": st.just("forgets-votes"),
                "roles": st.just({"voter": ["n1", "n2"]}),
                "options": st.fixed_dictionaries(
                    {},
                    optional={
                        "heartbeat": DURATIONS,
                        "pauses": st.lists(DURATIONS, max_size=2),
                        "mode": st.just("fast"),
                    },
                ),
            },
        ),
    },
    optional={
        "description": st.text(max_size=20),
        "seed": st.integers(0, 2**63 - 1),
        "grace": DURATIONS,
        "network": st.fixed_dictionaries(
            {},
            optional={
                "latency": LATENCIES,
                "loss": st.floats(0, 1),
                "links": st.lists(
                    st.fixed_dictionaries(
                        {"from": st.just("n1"), "loss": st.just(0.5)}, optional={"latency": LATENCIES}
                    ),
                    max_size=2,
                ),
            },
        ),
        "disk": st.fixed_dictionaries({"sync": DURATIONS}),
        "workload": st.fixed_dictionaries(
            {}, optional={"clients": st.integers(1, 9), "script": st.lists(STEPS, max_size=2)}
        ),
        "faults": st.lists(CRASHES | DELAYS | PARTITIONS, max_size=3),
        "expect": st.fixed_dictionaries(
            {},
            optional={
                "checks": st.just(["progress"]),
                "thresholds": st.just([{"metric": "availability", "side": "n1", "min": 0.95}]),
            },
        ),
    },
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(data=EXPERIMENTS)
def test_what_is_dumped_loads_as_the_same_experiment(data, catalogue):
    text = "".join(f"{key} = {toml_text(value)}\n" for key, value in data.items())
    experiment = load(text, catalogue)
    assert load(dump(experiment), catalogue) == experiment


def test_an_override_is_in_what_is_dumped(catalogue):
    text = 'name = "x"\nduration = "10s"\n[system]\npattern = "toy-election"\n'
    changed = load(text, catalogue, overrides=["system.options.heartbeat=80ms"])
    assert 'heartbeat = "80ms"' in dump(changed)


@given(seconds=st.floats(0, 3_600_000, allow_subnormal=False))
def test_a_duration_is_written_so_that_it_reads_back_exactly(seconds):
    assert parse_duration(duration_text(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (0.05, "50ms"), (0.035, "35ms"), (1.5, "1.5s"), (90.0, "1.5m"), (7200.0, "2h"), (1e-9, "1ns")],
)
def test_a_duration_is_written_as_a_person_would(seconds, text):
    assert duration_text(seconds) == text
