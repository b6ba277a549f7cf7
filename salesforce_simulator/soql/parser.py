"""From a query's text to its nodes: the clauses of a query.

The grammar, with keywords in any case:

    query  := SELECT item {, item} FROM object [[AS] alias] {, alias.path [AS] alias}
              [USING SCOPE name] [WHERE condition]
              [GROUP BY {expression} | ROLLUP (..) | CUBE (..) [HAVING condition]]
              [ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST] {, ..}]
              [LIMIT n] [OFFSET n] {FOR VIEW | REFERENCE | UPDATE}

`parse_select` knows the items, `parse_conditions` the conditions.
"""

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.nodes import Expression, OrderItem, Path, Query, QueryScope
from salesforce_simulator.soql.parse_conditions import parse_condition
from salesforce_simulator.soql.parse_select import parse_expression, parse_path, parse_select
from salesforce_simulator.soql.tokens import Tokens

LONGEST = 100_000
MOST_ROWS = 2**31 - 1
MOST_SUBTOTALS = 3
# What no alias may be called.
_RESERVED = frozenset(
    {"ALL", "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FOR", "FROM", "GROUP", "HAVING", "IN",
     "INCLUDES", "LAST", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OFFSET", "OR", "ORDER",
     "SELECT", "USING", "WHERE", "WITH"}
)  # fmt: skip
_SCOPES = frozenset(
    {"ALLPRIVATE", "DELEGATED", "EVERYTHING", "MINE", "MINE_AND_MY_GROUPS", "MY_TERRITORY",
     "MY_TEAM_TERRITORY", "TEAM"}
)  # fmt: skip
_APEX_MODES = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
_NO_APEX = (
    "rule soqlWithIdentifierClause failed predicate: {this.helper.allowApexSyntax() &&"
    " this.helper.hasApexContext()}?"
)


def parse(text: str) -> Query:
    """Return the query's nodes; MALFORMED_QUERY when the text is none."""
    if len(text) > LONGEST:
        raise SalesforceError(
            "MALFORMED_QUERY", f"SOQL statements cannot be longer than {LONGEST} characters."
        )
    tokens = Tokens(text)
    query = _query(tokens)
    if tokens.peek().kind != "end":
        raise tokens.unexpected()
    return query


def _query(tokens: Tokens) -> Query:
    with tokens.nested():
        start = tokens.expect("SELECT")
        select = parse_select(tokens, _query, start)
        tokens.expect("FROM")
        source, aliases = _source(tokens)
        scope = _scope(tokens)
        where = parse_condition(tokens, _query) if tokens.accept("WHERE") else None
        _refuse_apex(tokens)
        group, grouping = _group(tokens)
        having = parse_condition(tokens, _query) if group and tokens.accept("HAVING") else None
        order = _order(tokens)
        limit = _number(tokens, "LIMIT")
        offset = _number(tokens, "OFFSET")
        _end(tokens)
    return Query(
        select=select,
        sobject=source.names[-1],
        at=start.at,
        sobject_at=source.at,
        aliases=aliases,
        scope=scope,
        where=where,
        group=group,
        grouping=grouping,
        having=having,
        order=order,
        limit=limit,
        offset=offset,
    )


def _source(tokens: Tokens) -> tuple[Path, tuple[tuple[str, tuple[str, ...]], ...]]:
    source = parse_path(tokens)
    aliases: list[tuple[str, tuple[str, ...]]] = []
    if alias := _alias(tokens):
        aliases.append((alias, ()))
    while tokens.accept_mark(","):
        path = parse_path(tokens)
        alias = _alias(tokens)
        if not alias:
            raise tokens.unexpected()
        aliases.append((alias, path.names))
    return source, tuple(aliases)


def _alias(tokens: Tokens) -> str:
    if tokens.accept("AS"):
        return tokens.take("name").text
    word = tokens.peek().word
    return tokens.take().text if word and word not in _RESERVED else ""


def _scope(tokens: Tokens) -> QueryScope | None:
    if not tokens.accept("USING"):
        return None
    tokens.expect("SCOPE")
    token = tokens.peek()
    if token.word not in _SCOPES:
        raise tokens.unexpected()
    tokens.take()
    return QueryScope(token.text, token.at)


def _refuse_apex(tokens: Tokens) -> None:
    """Refuse the modes that only Apex knows."""
    if tokens.peek().word == "WITH" and tokens.peek(1).word in _APEX_MODES:
        raise query_error("MALFORMED_QUERY", _NO_APEX, tokens.text, tokens.peek(1).at)


def _group(tokens: Tokens) -> tuple[tuple[Expression, ...], str]:
    if not tokens.accept("GROUP"):
        return (), ""
    tokens.expect("BY")
    if tokens.peek().word in {"ROLLUP", "CUBE"} and tokens.is_mark("(", ahead=1):
        grouping = tokens.take().word
        tokens.expect_mark("(")
        expressions = _expressions(tokens)
        if len(expressions) > MOST_SUBTOTALS:
            raise tokens.unexpected()
        tokens.expect_mark(")")
        return expressions, grouping
    return _expressions(tokens), ""


def _expressions(tokens: Tokens) -> tuple[Expression, ...]:
    found = [parse_expression(tokens)]
    while tokens.accept_mark(","):
        found.append(parse_expression(tokens))
    return tuple(found)


def _order(tokens: Tokens) -> tuple[OrderItem, ...]:
    if not tokens.accept("ORDER"):
        return ()
    tokens.expect("BY")
    items = [_order_item(tokens)]
    while tokens.accept_mark(","):
        items.append(_order_item(tokens))
    return tuple(items)


def _order_item(tokens: Tokens) -> OrderItem:
    expression = parse_expression(tokens)
    descending = tokens.accept("ASC", "DESC") == "DESC"
    last = False
    if tokens.accept("NULLS"):
        place = tokens.accept("FIRST", "LAST")
        if not place:
            raise tokens.unexpected()
        last = place == "LAST"
    return OrderItem(expression, descending, last)


def _number(tokens: Tokens, word: str) -> int | None:
    if not tokens.accept(word):
        return None
    token = tokens.peek()
    if not token.text.isdigit():
        raise tokens.unexpected()
    tokens.take()
    return min(int(token.text), MOST_ROWS) if len(token.text) < len(str(MOST_ROWS)) else MOST_ROWS


def _end(tokens: Tokens) -> None:
    """Take what may stand at the end of a query and changes nothing of its result."""
    while tokens.peek().word == "FOR":
        tokens.take()
        if not tokens.accept("VIEW", "REFERENCE", "UPDATE"):
            raise tokens.unexpected()
    if tokens.peek().word == "ALL" and tokens.peek(1).word == "ROWS":
        raise query_error(
            "MALFORMED_QUERY",
            "ALL ROWS not allowed in this context",
            tokens.text,
            tokens.peek().at,
        )
