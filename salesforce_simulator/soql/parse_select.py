"""The list of what a query selects: fields, functions, TYPEOF and sub-queries."""

from collections.abc import Callable

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import (
    Branch,
    Call,
    Expression,
    Path,
    Query,
    Selected,
    Typeof,
)
from salesforce_simulator.soql.tokens import Token, Tokens

MOST_NESTED_FUNCTIONS = 2

ParseQuery = Callable[[Tokens], Query]


def parse_select(
    tokens: Tokens, parse_query: ParseQuery, start: Token
) -> tuple[Selected | Typeof | Query, ...]:
    """Take the list between SELECT, which is `start`, and FROM."""
    if tokens.peek().word == "FROM" and tokens.peek(1).kind == "name":
        raise _nothing_selected(tokens, start)
    items = [_item(tokens, parse_query)]
    while tokens.accept_mark(","):
        items.append(_item(tokens, parse_query))
        if _is_bare_count(items[-1]):
            raise query_error("MALFORMED_QUERY", "unexpected token: ')'", tokens.text, items[-1].at)
        if _is_bare_count(items[0]):
            raise query_error("MALFORMED_QUERY", "unexpected token: ','", tokens.text, items[-1].at)
    return tuple(items)


def _nothing_selected(tokens: Tokens, start: Token) -> SalesforceError:
    word = tokens.peek()
    gone = tokens.text[start.at : word.at + len(word.text)]
    return query_error("MALFORMED_QUERY", f"unexpected token: '{gone}'", tokens.text, word.at)


def _is_bare_count(item: Selected | Typeof | Query) -> bool:
    return (
        isinstance(item, Selected)
        and isinstance(item.expression, Call)
        and item.expression.argument is None
    )


def _item(tokens: Tokens, parse_query: ParseQuery) -> Selected | Typeof | Query:
    if tokens.accept_mark("("):
        query = parse_query(tokens)
        tokens.expect_mark(")")
        return query
    if tokens.peek().word == "TYPEOF" and tokens.peek(1).kind == "name":
        return _typeof(tokens)
    expression = parse_expression(tokens)
    return Selected(expression, _alias(tokens))


def _alias(tokens: Tokens) -> str | None:
    """Take an alias, which a comma or FROM follows."""
    token = tokens.peek()
    if not token.word or token.word == "FROM":
        return None
    follows = tokens.peek(1)
    if follows.word != "FROM" and not tokens.is_mark(",", ahead=1):
        raise tokens.unexpected()
    return tokens.take().text


def parse_expression(tokens: Tokens, depth: int = 0) -> Expression:
    """Take a field or a function; functions stand inside each other two deep at most."""
    if not (tokens.peek().kind == "name" and tokens.is_mark("(", ahead=1)):
        return parse_path(tokens)
    name = tokens.take()
    if depth >= MOST_NESTED_FUNCTIONS:
        raise tokens.unexpected()
    tokens.expect_mark("(")
    argument = None
    if not (name.word == "COUNT" and depth == 0 and tokens.is_mark(")")):
        argument = parse_expression(tokens, depth + 1)
    tokens.expect_mark(")")
    return Call(name.word, name.text, argument, name.at)


def parse_path(tokens: Tokens) -> Path:
    """Take a field's name, with the relationships before it."""
    first = tokens.take("name")
    names = [first.text]
    while tokens.accept_mark("."):
        names.append(tokens.take("name").text)
    return Path(tuple(names), first.at)


def _typeof(tokens: Tokens) -> Typeof:
    start = tokens.take()
    relationship = tokens.take("name").text
    branches = []
    while tokens.accept("WHEN"):
        sobject = tokens.take("name")
        tokens.expect("THEN")
        branches.append(Branch(sobject.text, _paths(tokens), sobject.at))
    if not branches:
        raise tokens.unexpected()
    otherwise = _paths(tokens) if tokens.accept("ELSE") else ()
    tokens.expect("END")
    return Typeof(relationship, tuple(branches), otherwise, start.at)


def _paths(tokens: Tokens) -> tuple[Path, ...]:
    found = [parse_path(tokens)]
    while tokens.accept_mark(","):
        found.append(parse_path(tokens))
    return tuple(found)
