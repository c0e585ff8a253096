"""Where a node's rows are: on a server of its own, or in a scope of one that was given, beside others."""

from chaosctl.node.sql_connection import Place

GIVEN = "postgresql://me:pass#word@host/base#chaosctl_0a1b2c3d_1"


def test_a_server_of_our_own_has_no_scope_and_keeps_gids_as_they_are():
    place = Place.of("@:chaosctl-0a1b-n#2-db")
    assert (place.address, place.scope) == ("@:chaosctl-0a1b-n#2-db", "")
    assert (place.full("n1-1-1"), place.ours(["n1-1-1"])) == ("n1-1-1", ["n1-1-1"])


def test_a_password_with_a_hash_is_kept_whole():
    assert Place.of(GIVEN) == ("postgresql://me:pass#word@host/base", "chaosctl_0a1b2c3d_1")


def test_of_a_given_server_s_prepared_transactions_only_ours_are_ours_under_the_gids_that_we_gave_them():
    place = Place.of(GIVEN)
    others = ["n1-1-1", "somebody's", "chaosctl_0a1b2c3d_10/n1-1-1"]
    assert place.ours([*others, place.full("n1-1-2")]) == ["n1-1-2"]
