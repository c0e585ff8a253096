"""Reads EDN, the notation of Clojure's data, as far as histories need it: all of it but ratios and namespaced maps.

https://github.com/edn-format/edn. What it makes: nil, true, false, numbers, strings; lists, vectors and sets become
lists, maps become dicts, keywords and symbols their names, and a tagged value is the value without its tag.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DEEPEST = 100
"""Collections within collections, at most: a hostile text must not exhaust the stack."""

TOKEN = re.compile(
    r"""[\s,]+ | ;[^\n]*
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<open>\#?\{ | [(\[])
      | (?P<close>[)\]}])
      | (?P<discard>\#_)
      | (?P<tag>\#[A-Za-z][^\s,"(){}\[\];]*)
      | (?P<character>\\(?:newline|space|tab|return|u[0-9a-fA-F]{4}|.))
      | (?P<atom>[^\s,"(){}\[\];#\\][^\s,"(){}\[\];]*)""",
    re.VERBOSE | re.DOTALL,
)

CLOSES = {"{": "}", "#{": "}", "(": ")", "[": "]"}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
CHARACTERS = {"newline": "\n", "space": " ", "tab": "\t", "return": "\r"}
WORDS = {"nil": None, "true": True, "false": False}
INTEGER = re.compile(r"[+-]?\d{1,400}N?")
FLOAT = re.compile(r"[+-]?\d{1,400}(?:\.\d*)?(?:[eE][+-]?\d{1,4})?M?")
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


class EdnError(Exception):
    """What is wrong, and at which character of the text."""

    def __init__(self, what: str, position: int) -> None:
        super().__init__(what)
        self.position = position


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def read_all(text: str) -> Iterator[tuple[int, Any]]:
    """Yield (position, value) of every value that stands in a text; raises EdnError where one is none."""
    tokens = _tokens(text)
    for token in tokens:
        if token.kind == "discard":
            _value(_next(tokens, token), tokens, 0)
        else:
            yield token.position, _value(token, tokens, 0)


def entries(text: str) -> Iterator[tuple[int, Any]]:
    """Yield (position, value) of what a text lists: its values, or where it is one vector or list, what is in that."""
    tokens = _tokens(text)
    first = next((token for token in tokens if token.kind != "tag"), None)
    if first is None:
        return
    if first.text not in ("[", "("):
        yield from read_all(text)
        return
    for token in tokens:
        if token.kind == "close":
            if token.text != CLOSES[first.text]:
                raise EdnError(f'"{token.text}" closes what "{first.text}" opened', token.position)
            yield from ((token.position, _value(token, tokens, 0)) for token in tokens)
            return
        if token.kind == "discard":
            _value(_next(tokens, token), tokens, 1)
        else:
            yield token.position, _value(token, tokens, 1)
    raise EdnError(f'"{first.text}" is never closed', first.position)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            what = "a string is never closed" if text[position] == '"' else f"{text[position]!r} begins nothing"
            raise EdnError(what, position)
        if found.lastgroup is not None:
            yield _Token(found.lastgroup, found.group(), position)
        position = found.end()


def _next(tokens: Iterator[_Token], after: _Token) -> _Token:
    token = next(tokens, None)
    if token is None:
        raise EdnError(f'after "{after.text}" the text ends', after.position)
    return token


def _value(token: _Token, tokens: Iterator[_Token], depth: int) -> Any:
    """Return the value that begins with a token."""
    match token.kind:
        case "open":
            return _collection(token, tokens, depth)
        case "string":
            return ESCAPE.sub(lambda escape: _unescaped(escape, token), token.text[1:-1])
        case "atom":
            return _atom(token)
        case "tag":
            return _value(_next(tokens, token), tokens, depth)
        case "character":
            name = token.text[1:]
            return CHARACTERS.get(name) or (chr(int(name[1:], 16)) if len(name) > 1 else name)
        case _:
            raise EdnError(f'"{token.text}" closes nothing', token.position)


def _collection(opening: _Token, tokens: Iterator[_Token], depth: int) -> Any:
    if depth >= DEEPEST:
        raise EdnError(f"more than {DEEPEST} collections within one another", opening.position)
    parts: list[Any] = []
    for token in tokens:
        if token.kind == "close":
            if token.text != CLOSES[opening.text]:
                raise EdnError(f'"{token.text}" closes what "{opening.text}" opened', token.position)
            return _mapping(opening, parts) if opening.text == "{" else parts
        if token.kind == "discard":
            _value(_next(tokens, token), tokens, depth + 1)
        else:
            parts.append(_value(token, tokens, depth + 1))
    raise EdnError(f'"{opening.text}" is never closed', opening.position)


def _mapping(opening: _Token, parts: list[Any]) -> dict[Any, Any]:
    if len(parts) % 2:
        raise EdnError("a map has a key without a value", opening.position)
    keys = parts[::2]
    if any(isinstance(key, list | dict) for key in keys):
        raise EdnError("a map has a collection as a key, which no history needs", opening.position)
    return dict(zip(keys, parts[1::2], strict=True))


def _atom(token: _Token) -> Any:
    text = token.text
    if text.startswith(":"):
        return text[1:]
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text.removesuffix("N"))
    if FLOAT.fullmatch(text):
        return float(text.removesuffix("M"))
    return text


def _unescaped(escape: re.Match[str], token: _Token) -> str:
    name = escape.group(1)
    if len(name) > 1:
        return chr(int(name[1:], 16))
    if name not in ESCAPES:
        raise EdnError(f"a string has \\{name}, which stands for nothing", token.position)
    return ESCAPES[name]
