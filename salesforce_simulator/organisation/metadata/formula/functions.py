"""The functions of formulas: how many arguments each takes, of which types, and its SQL.

A rule's letters are its parameters: T text, N number, B boolean, D date, M date/time, P picklist,
A anything; `?` makes those after it optional, `*` repeats the last one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from salesforce_simulator.organisation.metadata.formula import values
from salesforce_simulator.organisation.metadata.formula.errors import FormulaError
from salesforce_simulator.organisation.metadata.formula.values import Type, Value

_Build = Callable[..., Value]
_TYPES = {
    "T": Type.TEXT,
    "N": Type.NUMBER,
    "B": Type.BOOLEAN,
    "D": Type.DATE,
    "M": Type.DATETIME,
    "P": Type.PICKLIST,
}


@dataclass(frozen=True)
class _Rule:
    parameters: str
    build: _Build

    @property
    def least(self) -> int:
        return len(self.parameters.rstrip("*").partition("?")[0])

    @property
    def most(self) -> int | None:
        if self.parameters.endswith("*"):
            return None
        return len(self.parameters.replace("?", ""))

    def wanted(self, index: int) -> Type | None:
        letters = self.parameters.replace("?", "").rstrip("*")
        return _TYPES.get(letters[min(index, len(letters) - 1)])


def call(name: str, arguments: Sequence[Value]) -> Value:
    """Return the value of a call; FormulaError for an unknown function or wrong arguments."""
    rule = _RULES.get(name)
    if rule is None:
        raise FormulaError(f"Unknown function {name}. Check spelling.")
    count = len(arguments)
    if count < rule.least or (rule.most is not None and count > rule.most):
        expected = rule.least if count < rule.least or rule.most is None else rule.most
        raise FormulaError(
            f"Incorrect number of parameters for function '{name}()'."
            f" Expected {expected}, received {count}"
        )
    for index, argument in enumerate(arguments):
        wanted = rule.wanted(index)
        if wanted is not None and argument.type not in {wanted, Type.NULL}:
            raise FormulaError(
                f"Incorrect parameter type for function '{name}()'."
                f" Expected {wanted}, received {argument.type}"
            )
    return rule.build(*arguments)


def _case_safe_id(value: Value) -> Value:
    return values.text(value.whole_id or value.sql)


def _if(condition: Value, then: Value, otherwise: Value) -> Value:
    kind = values.common_type([then, otherwise], "function 'IF()'")
    return Value(f"CASE WHEN {condition.sql} THEN {then.sql} ELSE {otherwise.sql} END", kind)


def _case(subject: Value, *rest: Value) -> Value:
    *pairs, otherwise = rest
    if len(pairs) % 2:
        raise FormulaError(
            f"Incorrect number of parameters for function 'CASE()'."
            f" Expected {len(rest) + 2}, received {len(rest) + 1}"
        )
    tests, results = pairs[::2], pairs[1::2]
    kind = values.common_type([*results, otherwise], "function 'CASE()'")
    as_text = subject.type in {Type.TEXT, Type.PICKLIST}
    whens = " ".join(
        f"WHEN {test.text if as_text else test.sql} THEN {result.sql}"
        for test, result in zip(tests, results, strict=True)
    )
    chosen = subject.text if as_text else subject.sql
    return Value(f"CASE {chosen} {whens} ELSE {otherwise.sql} END", kind)


def _blank_value(value: Value, substitute: Value) -> Value:
    kind = values.common_type([value, substitute], "function 'BLANKVALUE()'")
    sql = f"nullif({value.sql}, '')" if value.type is Type.TEXT else value.sql
    return Value(f"ifnull({sql}, {substitute.sql})", kind)


def _text(value: Value) -> Value:
    if value.type is Type.NUMBER:
        digits = f"printf('%.15g', {value.sql})"
        return values.text(f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE {digits} END")
    if value.type is Type.DATETIME:
        day, time = f"substr({value.sql}, 1, 10)", f"substr({value.sql}, 12, 8)"
        return values.text(f"({day} || ' ' || {time} || 'Z')")
    if value.type in {Type.TEXT, Type.BOOLEAN}:
        raise FormulaError(
            "Incorrect parameter type for function 'TEXT()'."
            f" Expected Number, Date, DateTime, Picklist, received {value.type}"
        )
    return values.text(value.sql)


def _value(text: Value) -> Value:
    trimmed = f"trim({text.sql})"
    return values.number(
        f"CASE WHEN {trimmed} GLOB '*[0-9]*' AND {trimmed} NOT GLOB '*[^-+.0-9]*'"
        f" THEN CAST({trimmed} AS REAL) END"
    )


def _find(part: Value, text: Value, *start: Value) -> Value:
    first = start[0].sql if start else "1"
    found = f"instr(substr({text.text}, {first}), {part.text})"
    return values.number(f"CASE WHEN {found} > 0 THEN {found} + {first} - 1 ELSE 0 END")


def _all(word: str) -> _Build:
    return lambda *parts: values.boolean(f" {word} ".join(part.sql for part in parts))


def _to_text(template: str) -> _Build:
    return lambda *parts: values.text(template.format(*(part.sql for part in parts)))


def _to_number(template: str) -> _Build:
    return lambda *parts: values.number(template.format(*(part.sql for part in parts)))


def _to_boolean(template: str) -> _Build:
    return lambda *parts: values.boolean(template.format(*(part.text for part in parts)))


def _extreme(name: str) -> _Build:
    return lambda *parts: values.number(f"{name}({', '.join(part.sql for part in parts)})")


def _date(year: Value, month: Value, day: Value) -> Value:
    return Value(f"date(printf('%04d-%02d-%02d', {year.sql}, {month.sql}, {day.sql}))", Type.DATE)


def _date_value(value: Value) -> Value:
    if value.type not in {Type.TEXT, Type.DATETIME, Type.DATE}:
        raise FormulaError(
            "Incorrect parameter type for function 'DATEVALUE()'."
            f" Expected Text, DateTime, received {value.type}"
        )
    return Value(f"date({value.sql})", Type.DATE)


_RULES: dict[str, _Rule] = {
    name: _Rule(parameters, build)
    for name, parameters, build in (
        ("CASESAFEID", "T", _case_safe_id),
        ("IF", "BAA", _if),
        ("CASE", "AAAA*", _case),
        ("AND", "B*", _all("AND")),
        ("OR", "B*", _all("OR")),
        ("NOT", "B", lambda value: values.boolean(f"NOT {value.sql}")),
        ("ISBLANK", "A", lambda value: values.boolean(value.blank)),
        ("ISNULL", "A", lambda value: values.boolean(value.blank)),
        ("BLANKVALUE", "AA", _blank_value),
        ("NULLVALUE", "AA", _blank_value),
        ("ISPICKVAL", "PT", _to_boolean("{0} = {1}")),
        ("TEXT", "A", _text),
        ("VALUE", "T", _value),
        ("LEFT", "TN", _to_text("substr({0}, 1, max({1}, 0))")),
        ("RIGHT", "TN", _to_text("CASE WHEN {1} > 0 THEN substr({0}, -min({1}, length({0}))) END")),
        ("MID", "TNN", _to_text("substr({0}, max({1}, 1), max({2}, 0))")),
        ("LEN", "T", lambda value: values.number(f"length({value.text})")),
        ("UPPER", "T?T", lambda value, *_: values.text(f"unicode_upper({value.sql})")),
        ("LOWER", "T?T", lambda value, *_: values.text(f"unicode_lower({value.sql})")),
        ("TRIM", "T", _to_text("trim({0})")),
        ("SUBSTITUTE", "TTT", _to_text("replace({0}, {1}, {2})")),
        ("CONTAINS", "TT", _to_boolean("instr({0}, {1}) > 0")),
        ("BEGINS", "TT", _to_boolean("substr({0}, 1, length({1})) = {1}")),
        ("FIND", "TT?N", _find),
        ("ROUND", "NN", _to_number("round({0}, {1})")),
        ("ABS", "N", _to_number("abs({0})")),
        ("CEILING", "N", _to_number("ceil({0})")),
        ("FLOOR", "N", _to_number("floor({0})")),
        ("MOD", "NN", _to_number("mod({0}, {1})")),
        ("SQRT", "N", _to_number("sqrt({0})")),
        ("MAX", "NN*", _extreme("max")),
        ("MIN", "NN*", _extreme("min")),
        ("TODAY", "", lambda: Value("date(formula_now())", Type.DATE)),
        ("NOW", "", lambda: Value("formula_now()", Type.DATETIME)),
        ("DATE", "NNN", _date),
        ("DATEVALUE", "A", _date_value),
        ("YEAR", "D", _to_number("CAST(substr({0}, 1, 4) AS INTEGER)")),
        ("MONTH", "D", _to_number("CAST(substr({0}, 6, 2) AS INTEGER)")),
        ("DAY", "D", _to_number("CAST(substr({0}, 9, 2) AS INTEGER)")),
    )
}
