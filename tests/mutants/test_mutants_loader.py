"""A mutant is put in when the role is loaded, is loud when its line is gone, and leaves nothing behind."""

from dataclasses import replace

import pytest

from chaosctl.catalogue import load_pattern
from chaosctl.patterns.paxos.acceptor import Acceptor
from chaosctl.patterns.paxos.proposer import Proposer
from tests.mutants.mutant import Edit, LineGone, Mutant, installed, mutated
from tests.mutants.table import MUTANTS

LOOSE = Mutant(
    "paxos", "loose", (Edit("Acceptor.may_accept", "return ballot >= self.promised", "return True  # Loose."),)
)


def test_a_mutant_stands_in_for_its_role_alone_until_it_is_taken_out():
    with installed(LOOSE):
        roles = load_pattern("paxos").roles
        assert roles["acceptor"] is not Acceptor
        assert roles["acceptor"].__name__ == "Acceptor"
        assert roles["proposer"] is Proposer
    assert load_pattern("paxos").roles["acceptor"] is Acceptor


def test_a_mutant_is_taken_out_when_its_run_breaks():
    with pytest.raises(ZeroDivisionError), installed(LOOSE):
        raise ZeroDivisionError
    assert load_pattern("paxos").roles["acceptor"] is Acceptor


@pytest.mark.parametrize(
    "edit",
    [
        Edit("Acceptor.may_accept", "return ballot > self.promised", "return True"),
        Edit("Acceptor.may_refuse", "return ballot >= self.promised", "return True"),
        Edit("Nobody.may_accept", "return ballot >= self.promised", "return True"),
        Edit("Acceptor.refuse", "return ballot >= self.promised", "return True"),
    ],
    ids=["another line", "no such method", "no such class", "in another method"],
)
def test_a_mutant_whose_line_is_gone_is_an_error(edit):
    with pytest.raises(LineGone, match=edit.step):
        mutated(replace(LOOSE, edits=(edit,)))


def test_a_line_that_stands_twice_in_its_step_is_an_error():
    edit = Edit("Voter.on_who_leads", "await self.refuse(request)", "pass")
    with pytest.raises(LineGone, match="2 times"):
        mutated(Mutant("raft-election", "silent", (edit,)))


def test_every_row_of_the_table_finds_its_line():
    for mutant in MUTANTS:
        assert mutated(mutant).roles.keys() == load_pattern(mutant.pattern).roles.keys()
