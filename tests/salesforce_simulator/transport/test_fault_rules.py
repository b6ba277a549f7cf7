import pytest

from salesforce_simulator.transport.fault_rules import FaultScript, FaultScriptError

GET = ("GET", "/query")


def script(*rules, seed=0):
    return FaultScript.from_json(
        {"seed": seed, "rules": [{"action": {"status": 503}, **r} for r in rules]}
    )


def hits(given, calls):
    return [given.rule_for(method, path) is not None for method, path in calls]


def test_rule_picks_only_the_nth_call_when_nth_is_given():
    given = script({"match": {"path": "/query"}, "nth": 2})
    calls = [GET, ("GET", "/limits"), GET, GET]
    assert hits(given, calls) == [False, False, True, False]


def test_rule_picks_each_nth_call_when_every_is_given():
    assert hits(script({"every": 2}), [GET] * 5) == [False, True, False, True, False]


def test_rule_leaves_other_methods_alone():
    given = script({"match": {"method": "POST"}})
    assert hits(given, [GET, ("POST", "/query")]) == [False, True]


def test_rule_about_what_is_sent_picks_only_calls_that_send_it():
    given = script({"match": {"path": "/sobjects", "body": "Bad (One|Two)"}})
    bodies = [b'{"LastName": "Good"}', b'{"LastName": "Bad Two"}', b""]
    assert given.asks_for_body("POST", "/sobjects")
    assert not given.asks_for_body(*GET)
    hit = [given.rule_for("POST", "/sobjects", body) is not None for body in bodies]
    assert hit == [False, True, False]
    assert given.rule_for(*GET, b"Bad One") is None


def test_rule_ends_after_so_many_hits_when_times_is_given():
    assert hits(script({"times": 2}), [GET] * 4) == [True, True, False, False]


def test_share_of_calls_is_the_same_for_the_same_seed_and_near_the_share():
    first = hits(script({"share": 0.2}, seed=7), [GET] * 1000)
    assert first == hits(script({"share": 0.2}, seed=7), [GET] * 1000)
    assert first != hits(script({"share": 0.2}, seed=8), [GET] * 1000)
    assert 150 < sum(first) < 250


def test_delay_is_picked_from_its_range_by_the_seed():
    rule = {"action": {"delay_seconds": [1, 2]}}
    delays = [FaultScript.from_json([rule]).rules[0].delay() for _ in range(2)]
    assert delays[0] == delays[1]
    assert 1 <= delays[0] <= 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"match": {}}, "a fault script is a list of rules"),
        ([{"match": {}}], "rule 1 has no action"),
        ([{"action": {}}], "rule 1: unknown action: none"),
        ([{"action": {"explode": True}}], "rule 1: unknown action: explode"),
        ([{"action": {"status": 1}}, {"action": {"status": 1}, "nht": 1}], "rule 2: unknown: nht"),
        ([{"action": {"status": 1}, "match": {"path": "("}}], "rule 1: missing \\)"),
        (["boom"], "rule 1: "),
    ],
)
def test_script_is_refused_with_the_rule_that_is_wrong(data, message):
    with pytest.raises(FaultScriptError, match=message):
        FaultScript.from_json(data)
