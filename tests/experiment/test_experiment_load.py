"""What loading promises for files that are right, and the rules that a list of bad files can't show."""

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from chaosctl.errors import BadInput
from chaosctl.experiment.load import load, load_file
from chaosctl.experiment.positions import locate
from chaosctl.experiment.reading import LARGEST

HEAD = 'name = "x"\nduration = "10s"\n[system]\npattern = "toy-election"\n'

WHOLE = """\
name = "split"
duration = "20s"

[system]
pattern = "toy-election"
nodes = 5
[system.options]
heartbeat = "20ms"
pauses = ["1s", "2m"]

[[network.links]]
from = "n1"
to = "c2"
latency = { distribution = "mixture", of = [
    { weight = 1, latency = { distribution = "constant", mean = "1ms" } },  # Usually.
    { weight = 0.5, latency = { distribution = "pareto", min = "1ms", alpha = 2 } },
] }

[[faults]]
kind = "crash"
target = ["leader", "n2"]
when = { message = "append_entries", from = "leader", nth = 3 }
restart_after = "2s"

[[faults]]
name = "split"
kind = "partition"
at = { random = ["1s", "2s"] }
duration = "5s"
groups = [["leader", "random"], ["rest"]]
"""


def complaints(text, catalogue, **more):
    with pytest.raises(BadInput) as raised:
        load(text, catalogue, **more)
    return raised.value.mistakes


def test_a_right_file_becomes_tables_with_durations_in_seconds(catalogue):
    experiment = load(WHOLE, catalogue)
    crash, split = experiment.faults
    assert experiment.system.options == {"heartbeat": 0.02, "pauses": [1.0, 120.0]}
    assert (crash.restart_after, crash.when.source, crash.when.nth) == (2.0, "leader", 3)
    assert (split.at, split.groups) == ((1.0, 2.0), [["leader", "random"], ["rest"]])
    assert [share.latency.distribution for share in experiment.network.links[0].latency.of] == ["constant", "pareto"]


@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(change, catalogue):
    assert load(change(WHOLE).encode(), catalogue) == load(WHOLE, catalogue)


def test_a_misspelt_kind_hides_no_other_mistake_in_its_fault(catalogue):
    text = HEAD + '[[faults]]\nkind = "crahs"\ntarget = "leadr"\nrestart_after = 2\nradius = 3\n'
    assert {mistake.path for mistake in complaints(text, catalogue)} == {
        "faults[0].kind",
        "faults[0].target",
        "faults[0].restart_after",
        "faults[0].radius",
    }


def test_a_misspelt_pattern_hides_no_mistake_in_its_options(catalogue):
    text = HEAD.replace("toy-election", "toy-elections") + 'options = { heartbeat = "fast" }\n'
    assert [mistake.path for mistake in complaints(text, catalogue)] == ["system.pattern", "system.options.heartbeat"]


def test_targets_are_not_judged_where_the_nodes_are_in_doubt(catalogue):
    text = HEAD + 'nodes = "seven"\n[[faults]]\nkind = "crash"\ntarget = "n7"\n'
    assert [mistake.path for mistake in complaints(text, catalogue)] == ["system.nodes"]


def test_mistakes_come_in_the_order_of_the_file(catalogue):
    text = HEAD + 'nodes = 0\n[expect]\nverdict = "maybe"\n[workload]\nkind = "bank"\n'
    assert [mistake.line for mistake in complaints(text, catalogue)] == [5, 7, 9]


@pytest.mark.slow
def test_a_file_of_thousands_of_mistakes_shows_a_hundred_and_counts_the_rest(catalogue):
    text = HEAD + "".join(f"nonsense_{number} = 1\n" for number in range(5000))
    mistakes = complaints(text, catalogue)
    assert len(mistakes) == 101
    assert "4900 more" in mistakes[-1].what


def test_a_long_chain_of_faults_is_refused_and_a_bearable_one_is_followed_to_its_end(catalogue):
    fault = '[[faults]]\nname = "f{0}"\nkind = "crash"\ntarget = "n1"\nat = "1ms"\nrestart_after = "1ms"\n'
    chain = [fault.format(number) + f'after = "f{number + 1}"\n' for number in range(499)]
    assert len(load(HEAD + "".join(chain) + fault.format(499), catalogue).faults) == 500
    assert "at most 500" in complaints(HEAD + "".join(chain) + fault.format(499) * 2, catalogue)[0].what


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(catalogue):
    assert "larger" in complaints("x" * (LARGEST + 1), catalogue)[0].what


@pytest.mark.parametrize(
    ("target", "pattern", "is_right"),
    [
        ("leader", "toy-election", True),
        ("leader", "toy-consensus", False),
        ("acceptor", "toy-consensus", True),
        ("acceptor", "toy-election", False),
        ("n3", "toy-election", True),
        ("n4", "toy-election", False),
        ("minority", "toy-consensus", True),
        ("rest", "toy-election", False),
        ("c1", "toy-election", False),
    ],
)
def test_a_target_is_a_node_a_role_a_choice_or_a_leader_that_the_pattern_has(target, pattern, is_right, catalogue):
    text = HEAD.replace("toy-election", pattern) + f'[[faults]]\nkind = "crash"\ntarget = "{target}"\n'
    if is_right:
        assert load(text, catalogue).faults[0].target == target
    else:
        assert [mistake.path for mistake in complaints(text, catalogue)] == ["faults[0].target"]


@pytest.mark.parametrize("point", ["voter.vote:pre", "n1/voter.send.request_vote:post#2"])
def test_a_named_point_may_carry_its_node_and_its_occurrence(point, catalogue):
    text = HEAD + f'[[faults]]\nkind = "crash"\ntarget = "n1"\nwhen = {{ point = "{point}" }}\n'
    assert load(text, catalogue).faults[0].when.point == point


def test_a_command_may_send_any_message(catalogue):
    text = 'name = "x"\nduration = "5s"\n[system]\ncommand = ["./node"]\n[workload]\nkind = "register"\n'
    text += '[[faults]]\nkind = "crash"\ntarget = "random"\nwhen = { message = "whatever" }\n'
    assert load(text, catalogue).system.command == ["./node"]


def test_a_fault_after_one_that_ends_in_time_may_begin(catalogue):
    first = '[[faults]]\nname = "a"\nkind = "crash"\ntarget = "n1"\nat = "2s"\nrestart_after = "3s"\n'
    after = '[[faults]]\nkind = "crash"\ntarget = "n2"\nafter = "a"\nat = "{at}"\n'
    assert load(HEAD + first + after.format(at="4s"), catalogue)
    assert complaints(HEAD + first + after.format(at="5s"), catalogue)[0].path == "faults[1].at"


@pytest.mark.parametrize("kind", ["absent", "folder"])
def test_a_path_that_is_no_file_is_the_users_mistake(kind, tmp_path, catalogue):
    (tmp_path / "leader-crash.toml").write_text(HEAD)
    path = tmp_path if kind == "folder" else tmp_path / "leader-cras.toml"
    with pytest.raises(BadInput, match=r"leader-crash\.toml"):
        load_file(path, catalogue)


@pytest.mark.slow
@settings(max_examples=200)
@given(text=st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_a_file_holds_the_user_gets_mistakes_and_no_traceback(text, catalogue):
    with pytest.raises(BadInput):
        load(text, catalogue)


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["5s", "n1", "leader"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_wrong_value_anywhere_is_a_mistake_with_a_place_or_is_right(data, catalogue):
    paths = [path for path in locate(WHOLE).values if len(path) > 0]
    path = data.draw(st.sampled_from(paths))
    value = data.draw(VALUES)
    override = f"{dotted(path)}={written(value)}"
    try:
        load(WHOLE, catalogue, overrides=[override])
    except BadInput as refused:
        mistakes = refused.mistakes
    else:
        mistakes = []
    assert all(mistake.what and mistake.path for mistake in mistakes)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    cut=st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30)),
    insert=st.sampled_from(["", '"', "[", "=", "\n", "5", "{"]),
)
def test_a_damaged_file_is_refused_on_a_line_that_it_has_or_is_right(cut, insert, catalogue):
    start, length = cut
    text = WHOLE[:start] + insert + WHOLE[start + length :]
    try:
        load(text, catalogue)
    except BadInput as refused:
        mistakes = refused.mistakes
    else:
        mistakes = []
    assert all(0 <= mistake.line <= len(text.split("\n")) for mistake in mistakes)


def dotted(path):
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def written(value):
    from chaosctl.experiment.values import toml_text  # noqa: PLC0415 - what is tested is the loader

    text = toml_text(value)
    tomli.loads(f"v = {text}")
    return text
