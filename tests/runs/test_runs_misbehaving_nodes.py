"""A node that misbehaves is named, with what it did; the runner goes on reading it, and the run goes on."""

import itertools
import signal

import pytest
from leftovers import MARK, left_after
from misbehaving import BURST, IMPOLITE
from whole_program import experiment

from chaosctl.errors import RunBroke
from chaosctl.history.read import read_run
from chaosctl.reports import summary
from chaosctl.runtimes import members

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def problem_events(run, problem):
    """Return (node, line) of the recorded events of a problem."""
    return [(event["node"], event.get("line", "")) for event in run.events(problem)]


def counted(run):
    """Return how often each node had each problem, as run.json says it."""
    return read_run(run.finished.folder).about["problems"]


def answering(run):
    """Return the nodes whose clients got answers."""
    return {row.node for row in run.finished.recording.operations if row.type == "ok"}


def told(run):
    """Return what the report says of problems that are the nodes' own, and not this machine's."""
    found = summary.problems(read_run(run.finished.folder))
    return "\n".join(problem for problem in found if not problem.startswith("latency has no value"))


def test_a_polite_node_has_no_problems(run_nodes):
    run = run_nodes("")
    assert (run.verdict, counted(run), told(run)) == ("pass", {}, "")


def test_lines_that_are_no_messages_are_counted_and_the_node_is_read_on(run_nodes):
    run = run_nodes("nonsense", "n2")
    assert counted(run) == {"n2": {"malformed-line": len(IMPOLITE)}}
    assert problem_events(run, "malformed-line")[0] == ("n2", "hello")
    assert run.verdict == "pass"
    assert run.outcomes("echo").count("ok") == len(run.outcomes("echo"))


def test_an_over_long_line_is_one_problem_and_the_node_is_read_on(run_nodes):
    run = run_nodes("long-line", "n1")
    assert counted(run) == {"n1": {"line-too-long": 1}}
    assert problem_events(run, "line-too-long")[0][1].startswith("yyyy")
    assert run.verdict == "pass"


def test_a_message_to_nobody_is_a_problem_of_its_sender(run_nodes):
    run = run_nodes("to-nobody", "n1")
    assert counted(run) == {"n1": {"unknown-destination": 1}}
    assert [event["why"] for event in run.events("unknown-destination")] == ["nobody is called 'n99'"]
    assert run.verdict == "pass"


def test_a_message_in_a_name_that_nobody_has_is_a_problem_of_who_wrote_it(run_nodes):
    run = run_nodes("as-nobody", "n2")
    assert counted(run)["n2"] == {"unknown-source": 1}
    assert [event["why"] for event in run.events("unknown-source")] == ["nobody is called 'n99'"]


def test_a_body_that_is_no_object_is_no_answer(run_nodes):
    run = run_nodes("answer-no-object", "n2")
    assert set(counted(run)) == {"n2"}
    assert {"ok", "fail"} == set(run.outcomes("echo"))


def test_an_answer_that_lacks_something_is_a_problem_of_its_node(run_nodes):
    run = run_nodes("answer-nothing", "n2")
    assert counted(run) == {"n2": {"malformed-answer": run.outcomes("echo").count("info")}}
    assert run.events("malformed-answer")[0]["why"].endswith("an echo_ok without `echo`")


def test_a_wrong_answer_is_convicted(run_nodes):
    run = run_nodes("wrong", "n2")
    assert (run.verdict, run.violated) == ("fail", {"echo"})


def test_a_node_that_exits_by_itself_leaves_nothing_proven_and_is_named(run_nodes):
    run = run_nodes("die", "n2")
    assert run.verdict == "unknown"
    assert "n2 died" in run.why
    assert "status 7" in run.why
    assert counted(run) == {"n2": {"died": 1}}
    assert "n2: died 1x" in told(run)
    assert (run.finished.folder / "nodes" / "n2" / "stderr.log").read_text() == "the disk is \x1b[5mon fire\n"


def test_a_node_that_hangs_is_named_with_how_many_operations_it_left_without_an_answer(run_nodes):
    run = run_nodes("hang", "n2", duration="1500ms")
    assert run.outcomes("echo").count("ok") > 5  # n1 was served on.
    assert counted(run) == {}  # It said nothing wrong.
    assert told(run).startswith("n2: is up and silent: no answer to ")


def test_verbose_shows_what_nodes_write_to_stderr_while_the_run_goes_on(program):
    file = program.write(experiment("speak", duration="30s"))
    process = program.start("run", "--verbose", file)
    shown = [process.stderr.readline() for _ in range(2)]
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert sorted(shown) == ["n1: one echo \\x1b[5mseen\n", "n2: one echo \\x1b[5mseen\n"]


def test_an_unfinished_last_line_is_a_problem(run_nodes):
    run = run_nodes("half-line", "n1")
    assert problem_events(run, "unfinished-line") == [("n1", '{"src": "n1", "de')]
    assert run.verdict == "unknown"


def test_a_node_that_may_exit_is_started_again_and_goes_on_serving(run_nodes):
    run = run_nodes("one-shot", "n2", on_exit="restart", duration="600ms")
    assert run.verdict == "pass"
    assert counted(run)["n2"]["died"] >= 2
    incarnations = [event["incarnation"] for event in run.events("ready") if event["node"] == "n2"]
    assert incarnations[:3] == [0, 1, 2]


def test_a_node_that_exits_at_once_is_not_started_more_than_ten_times_a_second(run_nodes):
    run = run_nodes("one-shot", on_exit="restart", nodes=1, duration="900ms")
    starts = [row.time for row in run.finished.recording.events if row.event == "started"]
    gaps = [late - early for early, late in itertools.pairwise(starts)]
    assert len(gaps) >= 3
    assert min(gaps) > 95_000_000


def test_a_run_none_of_whose_nodes_starts_breaks_with_their_last_words(run_nodes):
    with pytest.raises(RunBroke) as broke:
        run_nodes("die-at-init")
    assert "n2 ended before it answered init (exit status 7)" in str(broke.value)
    assert "n2: the disk is \\x1b[5mon fire" in str(broke.value)


def test_a_run_goes_on_without_a_node_that_ends_at_once_and_names_it_with_what_it_said(run_nodes):
    run = run_nodes("die-at-init", "n2")
    assert counted(run) == {"n2": {"died": 1}}
    assert answering(run) == {"n1"}
    assert run.verdict == "unknown"
    assert "(status 7) before it answered init, and no fault had killed it" in run.why
    assert "(exit status 7); its stderr begins with 'the disk is \\x1b[5mon fire'" in told(run)


def test_a_run_goes_on_without_a_node_that_is_started_again_and_never_answers_init(run_nodes):
    run = run_nodes("die-at-init", "n2", on_exit="restart")
    assert counted(run)["n2"]["died"] > 1
    assert answering(run) == {"n1"}
    assert run.verdict == "unknown"
    assert "times, first at" in run.why


def test_a_run_goes_on_without_a_node_that_does_not_answer_init_within_the_limit(run_nodes, monkeypatch):
    assert members.INIT_TIMEOUT_NS == 10_000_000_000  # Maelstrom's.
    monkeypatch.setattr(members, "INIT_TIMEOUT_NS", 3_000_000_000)  # Python must have started, on a slow machine too.
    run = run_nodes("silent-at-init", "n2")
    assert counted(run) == {"n2": {"no-init-ok": 1}}
    assert "n1" in answering(run)
    assert run.verdict == "unknown"
    assert "n2: it did not answer init" in run.why
    assert "no answer within 3 s" in told(run)


def test_a_run_whose_nodes_greet_people_in_place_of_the_runner_says_what_it_read(run_nodes, monkeypatch):
    monkeypatch.setattr(members, "INIT_TIMEOUT_NS", 3_000_000_000)  # As above.
    with pytest.raises(RunBroke) as broke:
        run_nodes("greets")
    assert "its stdout says 'Hello, I am \\x1b[5mready', which is no message" in str(broke.value)


CRASH = '[[faults]]\nkind = "crash"\ntarget = "n2"\nat = "600ms"\nrestart_after = "100ms"\n'


@pytest.mark.parametrize(
    ("habit", "problems", "why"),
    [
        ("die-at-restart", {"died": 1}, "(status 7) before it answered init, and no fault had killed it"),
        ("silent-at-restart", {"no-init-ok": 1}, "s from its start to the end of the run"),
        ("die-and-hang-at-restart", {"died": 1, "no-init-ok": 1}, "s from its start to the end of the run"),
    ],
)
def test_a_node_that_does_not_come_back_after_a_crash_leaves_nothing_proven(run_nodes, habit, problems, why):
    run = run_nodes(habit, "n2", duration="1800ms", more=CRASH)
    assert counted(run) == {"n2": problems}
    assert run.verdict == "unknown"
    assert why in run.why


def test_a_message_in_a_clients_name_is_remarked_and_nothing_more_for_it_may_be_passed_on(run_nodes):
    run = run_nodes("pass-on", "n2")
    assert (run.verdict, set(run.outcomes("echo"))) == ("pass", {"ok"})
    count = sum(row.node == "n2" and row.type == "ok" for row in run.finished.recording.operations)
    assert counted(run) == {"n2": {"foreign-source": count}}
    assert "foreign-source: written in the name of c2: right where it passes this on" in told(run)


def test_a_flood_is_counted_and_its_first_lines_are_kept(run_nodes):
    run = run_nodes("burst", "n2", duration="600ms", grace="1s")
    assert counted(run) == {"n2": {"malformed-line": BURST}}
    assert len(problem_events(run, "malformed-line")) == 3
    assert run.outcomes("echo")[-1] == "ok"


def test_children_that_a_node_leaves_behind_die_with_it(run_nodes, monkeypatch):
    monkeypatch.setenv(MARK, "left-by-a-node")
    run = run_nodes("leave-child")
    assert run.verdict == "pass"
    logs = [(run.finished.folder / "nodes" / node / "stderr.log").read_text().split() for node in ("n1", "n2")]
    assert [len(children) for children in logs] == [2, 2]
    assert left_after("left-by-a-node", patience=0) == []


def test_a_program_that_does_not_exist_is_named(run_nodes):
    with pytest.raises(RunBroke, match="there is no program 'no-such-program'"):
        run_nodes("", command=["no-such-program", "--fast"])


@pytest.mark.parametrize(("habit", "line"), [("nonsense", "hello"), ("long-line", "yyyy"), ("to-nobody", "n99")])
def test_the_report_shows_the_first_line_of_each_problem(run_nodes, habit, line):
    shown = told(run_nodes(habit, "n2"))
    assert "n2" in shown
    assert line in shown


def test_answers_to_requests_that_nobody_made_are_counted_and_the_verdict_says_so(run_nodes):
    run = run_nodes("wrong-reply")
    count = sum(problems["never-asked"] for problems in counted(run).values())
    assert run.verdict == "unknown"
    assert f"{count} answers were to requests that nobody had made" in run.why
    assert "in_reply_to" in run.why
