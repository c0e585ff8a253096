"""Session guarantees: what a process may rely on in a store that is not linearizable, seen from outside.

D. Terry and others, "Session Guarantees for Weakly Consistent Replicated Data" (1994), section 3. A session is the
operations of one process. Nobody outside knows the order in which a store puts its versions, so these convict only by
what every order has in common: what a key held at first is the oldest version, a process's later write of a key is
newer than its earlier one, and nobody sees a version again that he has seen replaced. The last two are meant as
https://jepsen.io/consistency/models has them: what was written in an order is seen in that order by everybody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from chaosctl.checkers.calls import Call, calls_of
from chaosctl.checkers.check import Judgement, failed, passed, unknown
from chaosctl.checkers.facts import told
from chaosctl.checkers.linearizable_models import Model, Register
from chaosctl.checkers.objects import call_text, hashable, is_keyed, who
from chaosctl.history.recording import Recording

READS, WRITES = ("read", "get"), ("write", "put", "cas")


class Version(NamedTuple):
    """A value of a key: which process wrote it (None: it was there at first), and as which operation of all."""

    process: int | None
    number: int

    def is_older(self, other: "Version") -> bool:
        """Return whether it is older in every order that a store may choose."""
        if self.process is None:
            return other.process is not None
        return self.process == other.process and self.number < other.number


class Access(NamedTuple):
    """An operation that was ok: the key, and the version that it wrote, or those that it showed (siblings: several)."""

    call: Call
    key: Any
    is_write: bool
    versions: tuple[Version, ...]


class Broken(NamedTuple):
    """What breaks a guarantee: the read, and the operations that had shown or made what it should have seen."""

    read: Call
    because: tuple[Call, ...]
    why: str


@dataclass
class _Known:
    """The versions that a session must not fall behind, by key and by who wrote them, each with why."""

    newest: dict[Any, dict[int | None, tuple[Version, tuple[Call, ...]]]] = field(default_factory=dict)

    def note(self, key: Any, version: Version, because: tuple[Call, ...]) -> None:
        """Add a version; of one writer's the newest is kept."""
        of = self.newest.setdefault(key, {})
        known = of.get(version.process)
        if known is None or known[0].number < version.number:
            of[version.process] = (version, because)

    def behind(self, access: Access) -> tuple[Call, ...]:
        """Return why a read should have seen something newer; empty where what it shows may be as new as anything."""
        for version, because in self.newest.get(access.key, {}).values():
            if all(shown.is_older(version) for shown in access.versions):
                return because
        return ()


class SessionGuarantee:
    """What the four have in common: sessions are read in order, and each read is held against what it must show."""

    needs: ClassVar[tuple[str, ...]] = ("operations", "complete")
    promise: ClassVar[str]

    def __init__(self, model: Model | None = None) -> None:
        self._model = model

    def judge(self, recording: Recording) -> Judgement:
        """Return the verdict on the recording; unknown where no read had anything to be held against."""
        if self._model is not None and not isinstance(self._model, Register):
            return unknown("session guarantees are judged of registers, and of stores that are read and written")
        initial = self._model.initial if self._model is not None else None
        sessions, ambiguous = _sessions_of(calls_of(recording), initial)
        held = 0
        for broken in self.find(sessions):
            if broken is None:
                held += 1
                continue
            shown = (*broken.because, broken.read)
            return failed(broken.why, *(told(call.last, f"{who(call)} {call_text(call)}") for call in shown))
        if not held:
            return unknown("no read came after anything that it had to show")
        return passed(self.promise, reads=held, ambiguous=ambiguous)

    def find(self, sessions: list[list[Access]]) -> Iterator[Broken | None]:
        """Yield for every read that is held against something what it breaks, or None."""
        raise NotImplementedError


class ReadYourWrites(SessionGuarantee):
    """A read shows what the same process had written and was acknowledged, or something that may be newer."""

    promise = "every process read its own writes"

    def find(self, sessions: list[list[Access]]) -> Iterator[Broken | None]:
        """Yield what reads make of the session's own writes."""
        for session in sessions:
            written = _Known()
            for access in session:
                if access.is_write:
                    written.note(access.key, access.versions[0], (access.call,))
                elif access.key in written.newest:
                    yield _held(access, written.behind(access), "shows an older value than the process wrote itself")


class MonotonicReads(SessionGuarantee):
    """What a process has read it never reads older again: neither what it saw replaced, nor what came before."""

    promise = "no process read anything older than before"

    def find(self, sessions: list[list[Access]]) -> Iterator[Broken | None]:
        """Yield what reads make of the session's earlier reads."""
        for session in sessions:
            seen = _Known()
            replaced: dict[tuple[Any, Version], tuple[Call, ...]] = {}
            last: dict[Any, Access] = {}
            for access in session:
                if access.is_write:
                    continue
                if (before := last.get(access.key)) is not None:
                    because = seen.behind(access)
                    if len(access.versions) == 1 and not because:
                        because = replaced.get((access.key, access.versions[0]), ())
                    yield _held(access, because, "shows an older value than the process had read before")
                    if before.versions != access.versions and len(before.versions) == 1 == len(access.versions):
                        replaced.setdefault((access.key, before.versions[0]), (before.call, access.call))
                for version in access.versions:
                    seen.note(access.key, version, (access.call,))
                last[access.key] = access


class MonotonicWrites(SessionGuarantee):
    """Who has seen a process's write sees that process's earlier writes too, of whatever key, or newer ones."""

    promise = "every process's writes were seen in its order"

    def find(self, sessions: list[list[Access]]) -> Iterator[Broken | None]:
        """Yield what reads make of the writes that came before those that the session had seen."""
        before = _before_each_write(sessions, of_writes=True)
        yield from _seen_in_order(sessions, before, "shows an older value than was written before one that it had seen")


class WritesFollowReads(SessionGuarantee):
    """Who has seen a write sees what its writer had read before it wrote, of whatever key, or newer values."""

    promise = "every write was seen after what its writer had read"

    def find(self, sessions: list[list[Access]]) -> Iterator[Broken | None]:
        """Yield what reads make of what the writers of what the session had seen had read."""
        before = _before_each_write(sessions, of_writes=False)
        yield from _seen_in_order(
            sessions, before, "shows an older value than was read before one that it had seen was written"
        )


def _before_each_write(sessions: list[list[Access]], *, of_writes: bool) -> dict[Version, tuple[Access, ...]]:
    """Return for each write its session's latest accesses before it, one a key, its writes or its reads; and itself."""
    before: dict[Version, tuple[Access, ...]] = {}
    for session in sessions:
        latest: dict[Any, Access] = {}
        for access in session:
            if access.is_write:
                before[access.versions[0]] = (*latest.values(), access)
            if access.is_write is of_writes:
                latest[access.key] = access
    return before


def _seen_in_order(
    sessions: list[list[Access]], before: dict[Version, tuple[Access, ...]], why: str
) -> Iterator[Broken | None]:
    """Yield for reads of what must be there, since a write was seen before which others had to be.

    `before` has for each write what its process had accessed before, and the write itself as the last.
    """
    for session in sessions:
        owed = _Known()
        for access in session:
            if access.is_write:
                continue
            if access.key in owed.newest:
                yield _held(access, owed.behind(access), why)
            for version in access.versions:
                *others, write = before.get(version, (access,))
                for earlier in others:
                    for each in earlier.versions:
                        owed.note(earlier.key, each, (earlier.call, write.call, access.call))


def _held(access: Access, because: tuple[Call, ...], why: str) -> Broken | None:
    return Broken(access.call, because, f"{who(access.call)}: {call_text(access.call)} {why}") if because else None


def _sessions_of(calls: Iterable[Call], initial: Any) -> tuple[list[list[Access]], int]:
    """Return the accesses of each process in order, and how many are left out since their value was written twice."""
    known = [call for call in calls if call.invoked.f in (*READS, *WRITES)]
    keyed = is_keyed(known)
    versions: dict[tuple[Any, Any], Version | None] = {}
    for number, call in enumerate(known):
        if call.invoked.f in WRITES and call.outcome != "fail":
            key, value = _split(call.invoked.value, keyed)
            place = (key, value[1] if call.invoked.f == "cas" else value)
            versions[place] = None if place in versions else Version(call.invoked.process, number)
    sessions: dict[int, list[Access]] = {}
    ambiguous = 0
    for call in known:
        if call.outcome != "ok":
            continue
        is_write = call.invoked.f in WRITES
        key, value = _split(call.invoked.value if is_write else call.result, keyed)
        shown = [value[1] if call.invoked.f == "cas" else value] if is_write else _values(value)
        found = [versions.get((key, each), FIRST if each == initial else None) for each in shown]
        if None in found:
            ambiguous += 1
            continue
        access = Access(call, key, is_write, tuple(version for version in found if version is not None))
        sessions.setdefault(call.invoked.process, []).append(access)
    return list(sessions.values()), ambiguous


FIRST = Version(None, 0)
"""What a key holds that nobody has written."""


def _split(value: Any, keyed: bool) -> tuple[Any, Any]:  # noqa: FBT001 - a fact about the history, not a switch.
    plain = hashable(value)
    return (plain[0], plain[1]) if keyed else (None, plain)


def _values(value: Any) -> list[Any]:
    """Return what a read showed: one value, or several siblings."""
    if isinstance(value, frozenset) and (siblings := dict(value).get("siblings")):
        return list(siblings)
    return [value]
