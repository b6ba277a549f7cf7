"""Which calls are broken, and how: rules as JSON, the same each time for the same seed.

A script is a list of rules, or ``{"seed": n, "rules": [...]}``. A rule is an object
``{"match": {...}, "nth"? | "every"? | "share"?, "times"?, "action": {...}}``. What is matched is
``method``, ``path`` (a regular expression searched in path and query string) and ``body`` (one
searched in what the call sends, such as a bad record); what is left out matches any call. ``nth``
picks one matching call (1 is the first), ``every`` each n-th, ``share`` that part of them by chance
(0.1 is one in ten); without any of them each matching call is hit. ``times`` ends the rule after so
many hits. The first rule that picks a call decides. The action holds one or more of:

``do``
    a list of ``[name, data]``: what a POST to ``/__control__/name`` would do, before the call is
    handled, such as ``["expire-sessions", {}]`` in the middle of a job;
``delay_seconds``
    wait before the call is handled; a pair is a range to pick from by chance;
``status`` with ``body`` and ``headers``
    answer with these and do no work; a body that is text is sent as HTML;
``code`` with ``message``
    answer with this error of Salesforce in the shape of the API that was called, and do no work;
``maintenance``
    answer 503 with the page that people see during maintenance;
``lose_reply``
    do the work and close the connection without a byte of answer;
``cut_at``
    do the work, send the header and that many bytes of the body, then close the connection;
``truncate_at``
    send so many bytes of the body as if that were all of it; where it is compressed, of the
    compressed body;
``drip``
    ``{"bytes": n, "seconds": s}``: send the body in pieces of n bytes with a pause of s between;
``identity``
    send the body uncompressed whatever the client accepts, so that the above meet its own bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any


class FaultScriptError(ValueError):
    """A fault script that says nothing; the message names the rule and what is wrong with it."""


@dataclass(frozen=True)
class Action:
    """What happens to a call that a rule picks; see the module for each part."""

    do: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    delay_seconds: float | tuple[float, float] = 0.0
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    message: str = ""
    maintenance: bool = False
    lose_reply: bool = False
    cut_at: int | None = None
    truncate_at: int | None = None
    drip: Mapping[str, float] | None = None
    identity: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Action":
        """Read an action; TypeError or ValueError when it is not one."""
        unknown = set(data) - {item.name for item in fields(cls)}
        if unknown or not data:
            raise ValueError(f"unknown action: {', '.join(sorted(unknown)) or 'none'}")
        values = dict(data)
        values["do"] = tuple((str(name), dict(body)) for name, body in values.get("do", ()))
        delay = values.get("delay_seconds", 0.0)
        values["delay_seconds"] = (
            (float(delay[0]), float(delay[1])) if isinstance(delay, list) else float(delay)
        )
        return cls(**values)


@dataclass
class Rule:
    """One rule, how many calls it has matched, and how many of them it has hit."""

    method: str | None
    path: re.Pattern[str]
    action: Action
    body: re.Pattern[bytes] | None = None
    nth: int | None = None
    every: int = 1
    share: float | None = None
    times: int | None = None
    chance: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - repeatable on purpose
    matched: int = 0
    hits: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any], seed: object = 0) -> "Rule":
        """Read a rule; KeyError, TypeError, ValueError or re.error when it is not one."""
        unknown = set(data) - {"match", "nth", "every", "share", "times", "action"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        match = data.get("match", {})
        share = data.get("share")
        return cls(
            method=match.get("method"),
            path=re.compile(match.get("path", "")),
            action=Action.from_json(data["action"]),
            body=re.compile(match["body"].encode()) if "body" in match else None,
            nth=data.get("nth"),
            every=int(data.get("every", 1)),
            share=None if share is None else float(share),
            times=data.get("times"),
            chance=Random(f"{seed}"),  # noqa: S311 - repeatable on purpose
        )

    def reaches(self, method: str, path: str) -> bool:
        """Tell whether it is about such calls, whatever they send."""
        return self.method in (None, method) and bool(self.path.search(path))

    def picks(self, method: str, path: str, body: bytes = b"") -> bool:
        """Count the call if it matches and tell whether it is one to break."""
        if not self.reaches(method, path) or (self.body and not self.body.search(body)):
            return False
        self.matched += 1
        if not self._is_its_turn() or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        return True

    def _is_its_turn(self) -> bool:
        if self.nth is not None:
            return self.matched == self.nth
        if self.share is not None:
            return self.chance.random() < self.share
        return self.matched % self.every == 0

    def delay(self) -> float:
        """Return the seconds to wait, picked by chance where the action gives a range."""
        seconds = self.action.delay_seconds
        return self.chance.uniform(*seconds) if isinstance(seconds, tuple) else seconds


class FaultScript:
    """The rules in force."""

    def __init__(self, rules: tuple[Rule, ...] = ()) -> None:
        self.rules = rules

    @classmethod
    def from_json(cls, data: Any) -> "FaultScript":
        """Read a script; FaultScriptError with the number of the rule that is wrong."""
        script = data if isinstance(data, dict) else {"rules": data}
        rules, seed = script.get("rules"), script.get("seed", 0)
        if not isinstance(rules, list):
            raise FaultScriptError("a fault script is a list of rules")
        return cls(tuple(_read(number, item, seed) for number, item in enumerate(rules, start=1)))

    def asks_for_body(self, method: str, path: str) -> bool:
        """Tell whether what the call sends decides if it is broken."""
        return any(rule.body and rule.reaches(method, path) for rule in self.rules)

    def rule_for(self, method: str, path: str, body: bytes = b"") -> Rule | None:
        """Return the rule that breaks this call, or None; every matching rule counts the call."""
        picked = [rule for rule in self.rules if rule.picks(method, path, body)]
        return picked[0] if picked else None


def _read(number: int, data: Any, seed: object) -> Rule:
    try:
        return Rule.from_json(data, f"{seed}:{number}")
    except KeyError as problem:
        raise FaultScriptError(f"rule {number} has no {problem.args[0]}") from problem
    except (AttributeError, IndexError, TypeError, ValueError, re.error) as problem:
        raise FaultScriptError(f"rule {number}: {problem}") from problem
