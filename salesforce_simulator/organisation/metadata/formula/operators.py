"""The operators of formulas, between two values."""

from salesforce_simulator.organisation.metadata.formula import values
from salesforce_simulator.organisation.metadata.formula.errors import FormulaError
from salesforce_simulator.organisation.metadata.formula.values import Type, Value

_TIMES = {Type.DATE, Type.DATETIME}
_DAYS = "julianday"
_WHOLE_SECOND = "%Y-%m-%dT%H:%M:%S.000Z"


def operate(operator: str, left: Value, right: Value) -> Value:
    """Return `left operator right`; FormulaError when their types do not fit."""
    if operator in {"&&", "||"}:
        _need(operator, Type.BOOLEAN, left, right)
        word = "AND" if operator == "&&" else "OR"
        return values.boolean(f"{left.sql} {word} {right.sql}")
    if operator in {"=", "<>"}:
        return _equal(operator, left, right)
    if operator in {"<", ">", "<=", ">="}:
        return _compare(operator, left, right)
    return _combine(operator, left, right)


def _combine(operator: str, left: Value, right: Value) -> Value:
    if operator == "&" or (operator == "+" and Type.TEXT in {left.type, right.type}):
        return _join(operator, left, right)
    if {left.type, right.type} & _TIMES:
        return _move(operator, left, right)
    return _calculate(operator, left, right)


def _need(operator: str, wanted: Type, *operands: Value) -> None:
    for operand in operands:
        if operand.type not in {wanted, Type.NULL}:
            raise FormulaError(
                f"Incorrect parameter type for operator '{operator}'."
                f" Expected {wanted}, received {operand.type}"
            )


def _equal(operator: str, left: Value, right: Value) -> Value:
    if Type.PICKLIST in {left.type, right.type} or Type.MULTI_PICKLIST in {left.type, right.type}:
        raise FormulaError(
            "Field is a picklist field. Picklist fields are only supported in certain functions."
        )
    if Type.NULL in {left.type, right.type}:
        other = right if left.type is Type.NULL else left
        return values.boolean(other.blank if operator == "=" else f"NOT {other.blank}")
    if values.common_type([left, right], f"operator '{operator}'") is Type.TEXT:
        return values.boolean(f"{left.text} {operator} {right.text}")
    return values.boolean(f"{left.sql} {operator} {right.sql}")


def _compare(operator: str, left: Value, right: Value) -> Value:
    kind = values.common_type([left, right], f"operator '{operator}'")
    if kind in {Type.BOOLEAN, Type.PICKLIST, Type.MULTI_PICKLIST}:
        raise FormulaError(
            f"Incorrect parameter type for operator '{operator}'."
            f" Expected Number, Date, DateTime, Text, received {kind}"
        )
    return values.boolean(f"{left.sql} {operator} {right.sql}")


def _join(operator: str, left: Value, right: Value) -> Value:
    _need(operator, Type.TEXT, left, right)
    return values.text(f"({left.text} || {right.text})")


def _calculate(operator: str, left: Value, right: Value) -> Value:
    _need(operator, Type.NUMBER, left, right)
    if operator == "/":
        return values.number(f"(CAST({left.sql} AS REAL) / {right.sql})")
    if operator == "^":
        return values.number(f"pow({left.sql}, {right.sql})")
    return values.number(f"({left.sql} {operator} {right.sql})")


def _move(operator: str, left: Value, right: Value) -> Value:
    """Add days to a moment, or count the days between two."""
    if operator == "-" and left.type is right.type:
        return values.number(f"round({_DAYS}({left.sql}) - {_DAYS}({right.sql}), 8)")
    moment, days = (left, right) if left.type in _TIMES else (right, left)
    if days.type is not Type.NUMBER or (operator != "+" and (operator, moment) != ("-", left)):
        raise FormulaError(
            f"Incorrect parameter type for operator '{operator}'."
            f" Expected Number, received {days.type}"
        )
    amount = f"-({days.sql})" if operator == "-" else days.sql
    if moment.type is Type.DATE:
        return Value(f"date({moment.sql}, CAST({amount} AS INTEGER) || ' days')", Type.DATE)
    seconds = f"round(({amount}) * 86400) || ' seconds'"
    return Value(f"strftime('{_WHOLE_SECOND}', {moment.sql}, {seconds})", Type.DATETIME)
