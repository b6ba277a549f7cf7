"""Paths as clients put them together."""

import re


def test_doubled_slash_at_the_start_of_a_path_counts_as_one(live_organisation):
    session_id, _ = live_organisation.login()
    reply = live_organisation.session().get(
        f"{live_organisation.url}//services/data/v60.0/query?q=SELECT+count()+FROM+User",
        headers={"Authorization": f"Bearer {session_id}"},
    )
    assert (reply.status_code, reply.json()["done"]) == (200, True)


def test_session_id_has_the_letters_by_which_clients_know_one(live_organisation):
    session_id, _ = live_organisation.login()
    assert re.fullmatch(r"00D\w{12}![.\w]{80,}", session_id, re.ASCII)
