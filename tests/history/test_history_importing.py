"""Histories of others are read as they mean it, and what is no history is told with its line."""

import pytest

from chaosctl.errors import BadInput
from chaosctl.history.importing import import_history

EDN = """{:process 0, :type :invoke, :f :write, :value 1, :time 5}
{:process 1, :type :invoke, :f :read, :value nil, :time 7} ; a comment
{:process 0, :type :ok, :f :write, :value 1, :time 9}
{:process 1, :type :info, :f :read, :value nil, :time 11, :error [:timeout "no answer"]}
"""

LOG = """INFO  jepsen.util - 0\t:invoke\t:cas\t[0 3]
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO  jepsen.util - 0\t:fail\t:cas\t[0 3]
INFO  jepsen.util - 2\t:invoke\t:write\t4
INFO  jepsen.util - :nemesis\t:info\t:stop\tnil
INFO  jepsen.util - 2\t:info\t:write\t:timed-out
"""

STORE = """{:process 0, :type :invoke, :f :append, :key "0", :value "x \\"0\\" y"}
{:process 0, :type :ok, :f :append, :key "0", :value "x \\"0\\" y"}
{:process 0, :type :invoke, :f :get, :key "0", :value nil}
"""

OURS = """{"index":0,"time":12,"process":0,"type":"invoke","f":"read","value":[1,null],"client":"c1"}
{"index":1,"time":13,"process":0,"type":"ok","f":"read","value":[1,7],"client":"c1"}
"""


@pytest.fixture
def read(tmp_path):
    """Read a text as a history."""

    def read_text(text, name="history.edn"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_history(path)

    return read_text


def rows(imported):
    return [(row.process, row.type, row.f, row.value) for row in imported.recording.operations]


def test_edn_is_read_row_by_row_with_its_times(read):
    imported = read(EDN)
    assert rows(imported)[:2] == [(0, "invoke", "write", 1), (1, "invoke", "read", None)]
    last = imported.recording.operations[-1]
    assert (last.time, last.type, last.error) == (11, "info", ["timeout", "no answer"])
    assert imported.has_times


@pytest.mark.parametrize("form", ["[{}]", "({})", "#jepsen.history/History [{}]"])
def test_edn_may_be_one_vector_of_rows(read, form):
    assert rows(read(form.format(EDN))) == rows(read(EDN))


def test_rows_may_be_tagged_and_hold_transactions(read):
    text = "#jepsen.history.Op{:process 3 :type :invoke :f :txn :value [[:r :x nil] [:w :y 2]]}"
    assert rows(read(text)) == [(3, "invoke", "txn", [["r", "x", None], ["w", "y", 2]])]


def test_a_jepsen_log_is_read_with_what_its_nemesis_did(read):
    imported = read(LOG)
    assert rows(imported)[0] == (0, "invoke", "cas", [0, 3])
    assert rows(imported)[-1] == (2, "info", "write", "timed-out")
    assert [(row.phase, row.occurrence) for row in imported.recording.faults] == [("applied", 0), ("healed", 0)]
    assert not imported.has_times


def test_what_the_nemesis_starts_by_name_it_stops_by_name(read):
    nemesis = "{{:process :nemesis :type :info :f :{}}}\n"
    steps = ("start-partition", "start-partition", "kill", "stop-partition", "start")  # Each row comes twice, or once.
    faults = read(EDN + "".join(nemesis.format(step) for step in steps)).recording.faults
    assert [(row.name, row.phase) for row in faults] == [
        ("partition", "applied"),
        ("kill", "applied"),
        ("partition", "healed"),
        ("kill", "healed"),
    ]


def test_a_store_with_keys_begins_with_empty_texts(read):
    imported = read(STORE)
    assert rows(imported)[0] == (0, "invoke", "append", ["0", 'x "0" y'])
    assert imported.initial == ""


def test_our_own_rows_are_read_with_the_faults_beside_them(read, tmp_path):
    fault = '{"time":5,"occurrence":0,"name":"split","kind":"partition","phase":"applied"}\n'
    (tmp_path / "faults.jsonl").write_text(fault)
    imported = read(OURS, "history.jsonl")
    assert rows(imported)[-1] == (0, "ok", "read", [1, 7])
    assert imported.recording.faults[0].name == "split"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", None, "no operation"),
        ("hello", 1, "not a history"),
        (b"{:process 0}\n\xff\xfe", 2, "UTF-8"),
        (EDN + "{:process 0, :type :inwoke, :f :read}", 5, 'did you mean "invoke"?'),
        (EDN + "{:process 0, :type :invoke}", 5, "f must name the operation"),
        (EDN + "{:process 0, :type :ok, :f :read}", 5, "has begun nothing"),
        ("{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :write}", 2, "has begun read"),
        (EDN + "[1 2]", 5, "an operation is a map"),
        (EDN + "{:process 0, :type", 5, "never closed"),
        (EDN + '{:process "0', 5, "a string is never closed"),
        (EDN + "{:process 0 :type}", 5, "a key without a value"),
        (EDN + "}", 5, "closes nothing"),
        (EDN + "{:process 0 :type :ok]", 5, '"]" closes what "{" opened'),
        (EDN + "{:value " + "[" * 5000, 5, "more than 100 collections"),
        (LOG + "INFO  jepsen.util - 2 :invoke", 7, "not a row of a Jepsen log"),
        (OURS + '{"index":2}\n', 3, "not a row"),
        (OURS.replace('"ok"', '"okay"'), 2, "type is 'okay'"),
        (OURS + OURS, 3, "index is 0, after 1: rows stand in the order of their indexes"),
    ],
)
def test_what_is_no_history_is_told_with_its_line(read, text, line, what):
    with pytest.raises(BadInput) as refused:
        read(text)
    mistake = refused.value.mistakes[0]
    assert what in mistake.what
    assert line in (None, mistake.line)


def test_all_mistakes_are_told_at_once_but_not_without_end(read):
    with pytest.raises(BadInput) as refused:
        read("{:process 0 :type :x :f :read}\n" * 500)
    assert len(refused.value.mistakes) == 20


def test_a_mistake_shows_its_line_without_what_a_terminal_would_obey(read):
    with pytest.raises(BadInput) as refused:
        read("{:process 0 :type :x :f \x1b[31m}")
    assert "\x1b" not in str(refused.value)
