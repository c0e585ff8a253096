"""Positions are right when the text at a value's place is that value."""

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from chaosctl.experiment.positions import locate
from chaosctl.experiment.values import toml_key, toml_text

TRAPS = '''
# [not.a.header]
bare = 1  # a comment with = and [
"quoted.key" = "a # that is none"
'literal key' = 'C:\\dir'
dotted . "x y" . z = true
many = [ 1, # one
  [2, "]"],
  { a = "}" , b.c = 3 },
]
text = """
[faults]
kind = "none" \\""" still
"""
raw = \'\'\'it's ''raw'' \'\'\'
when = 1979-05-27 07:32:00 # a date
after = "x"
[a.b]
c = -0.5e3
[[list]]
x = 1
[list.inner]
y = 2
[[list]]
x = 3
[[list.deep]]
z = 4
[[list.deep]]
z = 5
'''


def leaves(value, path=()):
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def text_at(text, span):
    return text.split("\n")[span.line - 1][span.column - 1 : span.column - 1 + span.width]


def test_every_value_of_a_file_full_of_traps_is_found_where_it_stands():
    found = locate(TRAPS)
    for path, value in leaves(tomli.loads(TRAPS)):
        shown = text_at(TRAPS, found.values[path])
        if isinstance(value, str) and "\n" in value:
            assert shown == '"""'
        else:
            assert tomli.loads(f"v = {shown}")["v"] == value


@pytest.mark.parametrize(
    ("path", "line", "text"),
    [
        (("a", "b"), 18, "[a.b]"),
        (("list",), 20, "[[list]]"),
        (("list", 1), 24, "[[list]]"),
        (("list", 0, "inner"), 22, "[list.inner]"),
        (("list", 1, "deep", 1), 28, "[[list.deep]]"),
        (("dotted", "x y", "z"), 6, 'dotted . "x y" . z'),
        (("many", 2, "b", "c"), 9, "b.c"),
    ],
)
def test_a_key_or_table_is_found_at_its_key_or_header(path, line, text):
    span = locate(TRAPS).keys[path]
    assert (span.line, text_at(TRAPS, span)) == (line, text)


SCALARS = (
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
KEYS = st.text(min_size=1, max_size=5)
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(data=st.dictionaries(KEYS, NESTED, max_size=4), gap=st.sampled_from([" ", "\t", "  "]))
def test_every_value_of_any_file_is_found_where_it_stands(data, gap):
    text = "".join(f"{gap}{toml_key(key)}{gap}={gap}{toml_text(value)}{gap}# end\n" for key, value in data.items())
    found = locate(text)
    for path, value in leaves(tomli.loads(text)):
        assert tomli.loads(f"v = {text_at(text, found.values[path])}")["v"] == value
