"""Conditions: what stands behind WHERE and HAVING.

condition  := term {AND term} | term {OR term}      -- both need parentheses
term       := NOT term | (condition) | comparison
comparison := expression operator value | expression [NOT] IN (values | query)
            | expression INCLUDES | EXCLUDES (values)
"""

from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.literals import parse_literal
from salesforce_simulator.soql.nodes import (
    Comparison,
    Condition,
    Expression,
    Group,
    Literal,
    Membership,
    Negation,
    SemiJoin,
)
from salesforce_simulator.soql.parse_select import ParseQuery, parse_expression
from salesforce_simulator.soql.tokens import Tokens


def parse_condition(tokens: Tokens, parse_query: ParseQuery) -> Condition:
    """Take a whole condition; a mixture of AND and OR ends at the second kind."""
    parts = [_term(tokens, parse_query)]
    joiner = tokens.accept("AND", "OR")
    if not joiner:
        return parts[0]
    parts.append(_term(tokens, parse_query))
    while tokens.accept(joiner):
        parts.append(_term(tokens, parse_query))
    return Group(joiner, tuple(parts))


def _term(tokens: Tokens, parse_query: ParseQuery) -> Condition:
    negated = False
    while tokens.accept("NOT"):
        negated = not negated
    if tokens.is_mark("("):
        with tokens.nested():
            tokens.expect_mark("(")
            inner = parse_condition(tokens, parse_query)
            tokens.expect_mark(")")
    else:
        inner = _comparison(tokens, parse_query)
    return Negation(inner) if negated else inner


def _comparison(tokens: Tokens, parse_query: ParseQuery) -> Condition:
    left = parse_expression(tokens)
    if tokens.peek().kind == "operator":
        operator = tokens.take().text
        return Comparison(left, "!=" if operator == "<>" else operator, parse_literal(tokens))
    word = tokens.accept("LIKE", "IN", "NOT", "INCLUDES", "EXCLUDES")
    if word == "LIKE":
        return _like(tokens, left)
    if word in {"INCLUDES", "EXCLUDES"}:
        return Membership(left, word, _values(tokens, left))
    if word == "NOT":
        tokens.expect("IN")
    if not word:
        raise tokens.unexpected()
    return _in(tokens, parse_query, left, negated=word == "NOT")


def _like(tokens: Tokens, left: Expression) -> Comparison:
    if tokens.peek().word == "NULL":
        raise tokens.unexpected()
    return Comparison(left, "LIKE", parse_literal(tokens))


def _in(tokens: Tokens, parse_query: ParseQuery, left: Expression, *, negated: bool) -> Condition:
    if tokens.is_mark(":"):
        parse_literal(tokens)
    if tokens.is_mark("(") and tokens.peek(1).word == "SELECT":
        tokens.expect_mark("(")
        query = parse_query(tokens)
        tokens.expect_mark(")")
        return SemiJoin(left, negated, query)
    return Membership(left, "NOT IN" if negated else "IN", _values(tokens, left))


def _values(tokens: Tokens, left: Expression) -> tuple[Literal, ...]:
    tokens.expect_mark("(")
    if tokens.is_mark(")"):
        # Salesforce names everything from the field on.
        end = tokens.peek().at
        gone = tokens.text[left.at : end + 1]
        raise query_error("MALFORMED_QUERY", f"unexpected token: '{gone}'", tokens.text, end)
    values = [parse_literal(tokens)]
    while tokens.accept_mark(","):
        values.append(parse_literal(tokens))
    tokens.expect_mark(")")
    return tuple(values)
