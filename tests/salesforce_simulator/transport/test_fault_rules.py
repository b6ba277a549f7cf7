import pytest

from salesforce_simulator.transport.faults import FaultRules, Rule


def statuses(rules, calls):
    actions = [rules.action_for(method, path) for method, path in calls]
    return [action.status if action else None for action in actions]


def rule(**parts):
    return Rule.from_json({"action": {"status": 503}, **parts})


def test_rule_picks_only_the_nth_call_when_nth_is_given():
    rules = FaultRules()
    rules.rules = [rule(match={"path": "/query"}, nth=2)]
    calls = [("GET", "/query"), ("GET", "/limits"), ("GET", "/query"), ("GET", "/query")]
    assert statuses(rules, calls) == [None, None, 503, None]


def test_rule_picks_each_nth_call_when_every_is_given():
    rules = FaultRules()
    rules.rules = [rule(match={}, every=2)]
    assert statuses(rules, [("GET", "/")] * 5) == [None, 503, None, 503, None]


def test_rule_leaves_other_methods_alone():
    rules = FaultRules()
    rules.rules = [rule(match={"method": "POST"})]
    assert statuses(rules, [("GET", "/"), ("POST", "/")]) == [None, 503]


def test_rule_without_an_action_is_refused():
    with pytest.raises(KeyError):
        Rule.from_json({"match": {}})


def test_rule_with_an_unknown_action_is_refused():
    with pytest.raises(TypeError):
        Rule.from_json({"action": {"explode": True}})
