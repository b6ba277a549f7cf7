"""From WHERE and HAVING to SQL.

A comparison in SOQL is true or false, never unknown: with null on the left it
is false, except for `= null`, `!=` and NOT IN. SQL's third value does no harm
in a plain condition, but has to be ruled out under NOT.
"""

from collections.abc import Callable

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS, REFERENCES
from salesforce_simulator.soql.errors import query_error
from salesforce_simulator.soql.functions import resolve_expression
from salesforce_simulator.soql.nodes import (
    Call,
    Comparison,
    Condition,
    Group,
    Literal,
    Membership,
    Negation,
    Path,
    Query,
    SemiJoin,
)
from salesforce_simulator.soql.scope import Scope
from salesforce_simulator.soql.values import Setting, Span, bind

_EXACT = frozenset({"boolean", "date", "datetime"}) | NUMBERS | REFERENCES
_NEVER = "0"

InnerQuery = Callable[[Query], tuple[str, list[object]]]


class ConditionCompiler:
    """Turns the conditions of one query into SQL and collects their parameters."""

    def __init__(self, scope: Scope, setting: Setting, inner_query: InnerQuery) -> None:
        self._scope = scope
        self._setting = setting
        self._inner_query = inner_query
        self.parameters: list[object] = []

    def compile(self, condition: Condition, *, negated: bool = False) -> str:
        """Return SQL for a condition; `negated` tells that a NOT stands above it."""
        if isinstance(condition, Group):
            parts = (self.compile(part, negated=negated) for part in condition.parts)
            return "(" + f" {condition.joiner} ".join(parts) + ")"
        if isinstance(condition, Negation):
            return f"NOT {self.compile(condition.part, negated=True)}"
        if isinstance(condition, Comparison):
            sql = self._comparison(condition)
        elif isinstance(condition, Membership):
            sql = self._membership(condition)
        else:
            sql = self._semi_join(condition)
        return f"ifnull({sql}, 0)" if negated else f"({sql})"

    def _left(self, item: Path | Call) -> tuple[str, Field]:
        resolved = resolve_expression(self._scope, item)
        if not resolved.field.filterable:
            raise query_error(
                "INVALID_FIELD",
                f"field '{resolved.field.name}' can not be filtered in a query call",
                self._setting.text,
                item.at,
            )
        return resolved.sql, resolved.field

    def _bind(self, value: object) -> str:
        self.parameters.append(int(value) if isinstance(value, bool) else value)
        return "?"

    def _comparison(self, item: Comparison) -> str:
        sql, field = self._left(item.left)
        if item.operator == "LIKE":
            return self._like(sql, field, item.value)
        value = bind(field, item.value, self._setting)
        if item.operator == "=":
            return self._equals(sql, field, value)
        if item.operator == "!=":
            equal = self._equals(sql, field, value)
            return f"NOT ifnull({equal}, 0)"
        if field.type == "boolean" or field.type in REFERENCES:
            raise self._bad_operator(field, item.value)
        return self._ordered(sql, field, item.operator, value)

    def _equals(self, sql: str, field: Field, value: object) -> str:
        if value is None:
            return f"{sql} IS NULL"
        if isinstance(value, Span):
            return f"{sql} >= {self._bind(value.start)} AND {sql} < {self._bind(value.end)}"
        if field.type in _EXACT:
            return f"{sql} = {self._bind(value)}"
        text = str(value)
        if text.isascii():
            return f"{sql} = {self._bind(text)} COLLATE NOCASE"
        return f"unicode_lower({sql}) = {self._bind(text.lower())}"

    def _ordered(self, sql: str, field: Field, operator: str, value: object) -> str:
        if value is None:
            return _NEVER
        if isinstance(value, Span):
            # > a day means from the next one on; <= a day means up to its end.
            edge = value.end if operator in {">", "<="} else value.start
            operator = {">": ">=", "<=": "<"}.get(operator, operator)
            return f"{sql} {operator} {self._bind(edge)}"
        collation = "" if field.type in _EXACT else " COLLATE NOCASE"
        return f"{sql} {operator} {self._bind(value)}{collation}"

    def _like(self, sql: str, field: Field, literal: Literal) -> str:
        if field.type in _EXACT:
            raise self._bad_operator(field, literal)
        if literal.kind == "null":
            return _NEVER
        bind(field, literal, self._setting)
        if literal.pattern.isascii():
            return f"{sql} LIKE {self._bind(literal.pattern)} ESCAPE '\\'"
        return f"unicode_lower({sql}) LIKE {self._bind(literal.pattern.lower())} ESCAPE '\\'"

    def _membership(self, item: Membership) -> str:
        sql, field = self._left(item.left)
        if item.operator in {"INCLUDES", "EXCLUDES"}:
            # Multi-select picklists alone take these, and no object here has one.
            raise self._bad_operator(field, item.values[0])
        values = [bind(field, literal, self._setting) for literal in item.values]
        found = self._any_of(sql, field, values)
        return found if item.operator == "IN" else f"NOT ifnull({found}, 0)"

    def _any_of(self, sql: str, field: Field, values: list[object]) -> str:
        plain: list[object] = []
        parts = []
        for value in values:
            listed = field.type in _EXACT and value is not None and not isinstance(value, Span)
            if listed or (isinstance(value, str) and value.isascii()):
                plain.append(value)
            else:
                parts.append(self._equals(sql, field, value))
        if plain:
            marks = ", ".join(self._bind(value) for value in plain)
            collation = "" if field.type in _EXACT else " COLLATE NOCASE"
            parts.append(f"{sql}{collation} IN ({marks})")
        return "(" + " OR ".join(parts) + ")"

    def _semi_join(self, item: SemiJoin) -> str:
        sql, field = self._left(item.left)
        if field.type not in REFERENCES:
            raise query_error(
                "INVALID_FIELD",
                f"The left operand field in the where expression should be an id field:"
                f" '{field.name}'",
                self._setting.text,
                item.left.at,
            )
        inner, parameters = self._inner_query(item.query)
        self.parameters += parameters
        found = f"{sql} IN ({inner})"
        return f"NOT ifnull({found}, 0)" if item.negated else found

    def _bad_operator(self, field: Field, literal: Literal) -> Exception:
        kind = "id" if field.type in REFERENCES else field.type
        return query_error(
            "INVALID_QUERY_FILTER_OPERATOR",
            f"invalid operator on {kind} field",
            self._setting.text,
            literal.at,
        )
