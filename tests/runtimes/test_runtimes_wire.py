"""How a stream is cut into lines."""

from hypothesis import given
from hypothesis import strategies as st

from chaosctl.runtimes.wire import LINE_LIMIT, Lines


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b""))), st.data())
def test_lines_are_the_same_however_the_stream_is_cut(expected, data):
    stream = b"".join(line + b"\n" for line in expected)
    lines, seen = Lines(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        seen += lines.feed(stream[:size])
        stream = stream[size:]
    assert seen == expected
    assert lines.rest() == b""


def test_a_line_at_the_limit_is_one_and_a_longer_one_is_skipped_to_its_end():
    lines = Lines()
    assert lines.feed(b"x" * LINE_LIMIT) == []
    assert lines.feed(b"\n") == [b"x" * LINE_LIMIT]
    assert lines.feed(b"y" * (LINE_LIMIT + 1)) == []
    assert lines.feed(b"z" * LINE_LIMIT) == []
    assert lines.feed(b"zz\nnext\n") == [b"next"]
    assert [head[:2] for head in lines.take_too_long()] == [b"yy"]
    assert lines.take_too_long() == []


def test_an_endless_line_is_not_kept():
    lines = Lines()
    for _ in range(100):
        lines.feed(b"x" * (1 << 16))
    assert len(lines.rest()) == 0
