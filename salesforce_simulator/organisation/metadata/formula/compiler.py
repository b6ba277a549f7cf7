"""From a formula's nodes to SQL, with the fields that the catalogue knows."""

from dataclasses import dataclass

from salesforce_simulator.organisation.catalogue import Catalogue, Field, SObject
from salesforce_simulator.organisation.catalogue.model import NUMBERS
from salesforce_simulator.organisation.metadata.formula import functions, nodes, values
from salesforce_simulator.organisation.metadata.formula.errors import FormulaError
from salesforce_simulator.organisation.metadata.formula.operators import operate
from salesforce_simulator.organisation.metadata.formula.parser import parse
from salesforce_simulator.organisation.metadata.formula.values import Type, Value

SHORT_ID = 15
_OTHER_TYPES = {
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "datetime": Type.DATETIME,
    "picklist": Type.PICKLIST,
    "multipicklist": Type.MULTI_PICKLIST,
}
_RESULTS = {
    "boolean": Type.BOOLEAN,
    "string": Type.TEXT,
    "double": Type.NUMBER,
    "currency": Type.NUMBER,
    "percent": Type.NUMBER,
    "date": Type.DATE,
    "datetime": Type.DATETIME,
}


def compile_formula(text: str, field: Field, sobject: SObject, catalogue: Catalogue) -> str:
    """Return SQL over the alias `{t}` for a formula field of an object.

    `field` gives the type of the result: its texts are never empty but NULL, its numbers are
    rounded to its scale, a truth value that is not known is false. Its `blank_as_zero` tells what
    blank numbers count as. Raises FormulaError.
    """
    wanted = _RESULTS.get(field.type)
    if wanted is None:
        raise FormulaError(f"Formulas of type {field.type} are not supported")
    compiler = _Compiler(catalogue, sobject, f"{sobject.name}_{field.name}", field.blank_as_zero)
    try:
        value = compiler.compile(parse(text))
    except RecursionError:
        raise FormulaError("Compiled formula is too big to execute") from None
    if value.type not in {wanted, Type.NULL}:
        raise FormulaError(
            f"Formula result is data type ({value.type}), incompatible with expected data type"
            f" ({wanted})."
        )
    return _finish(value, field)


def _finish(value: Value, field: Field) -> str:
    if field.type == "boolean":
        return f"ifnull({value.sql}, 0)"
    if field.type == "string":
        return f"nullif({value.sql}, '')"
    if field.type == "percent":
        return f"round({value.sql} * 100.0, {field.scale})"
    if field.type in NUMBERS:
        return f"round({value.sql}, {field.scale})"
    return value.sql


@dataclass
class _Compiler:
    catalogue: Catalogue
    sobject: SObject
    alias: str
    blank_as_zero: bool

    def compile(self, node: nodes.Node) -> Value:
        """Return the value of a node."""
        if isinstance(node, nodes.Text):
            return values.text(values.quote(node.value))
        if isinstance(node, nodes.Number):
            return values.number(node.value)
        if isinstance(node, nodes.Reference):
            return self._reference(node.names)
        if isinstance(node, nodes.Call):
            return functions.call(node.name, [self.compile(each) for each in node.arguments])
        return operate(node.operator, self.compile(node.left), self.compile(node.right))

    def _reference(self, names: tuple[str, ...]) -> Value:
        if len(names) == 1:
            word = names[0].upper()
            if word == "NULL":
                return values.NULL
            if word in {"TRUE", "FALSE"}:
                return values.boolean("1" if word == "TRUE" else "0")
        found = self._path(self.sobject, names, "{t}", 0)
        if found is None:
            raise FormulaError(f"Field {'.'.join(names)} does not exist. Check spelling.")
        return self._typed(*found)

    def _path(
        self, sobject: SObject, names: tuple[str, ...], alias: str, depth: int
    ) -> tuple[Field, str] | None:
        """Return the field that a path of names leads to, and its SQL over `alias`, or None."""
        name, *rest = names
        if not rest:
            field = sobject.field(name)
            if field is None or field.type == "address":
                return None
            if field.long_text:
                raise FormulaError(
                    "You referenced an unsupported field type called"
                    f' "Long Text Area" using the following field: {field.name}'
                )
            return field, _read(field, alias)
        lookup = sobject.by_relationship.get(name.lower())
        parent = self._parent(lookup)
        if lookup is None or parent is None:
            return None
        inner = f"{self.alias}_{depth}"
        found = self._path(parent, tuple(rest), f'"{inner}"', depth + 1)
        if found is None:
            return None
        field, sql = found
        table = '"' + parent.name + '"'
        parts = (f"(SELECT {sql}", f'FROM {table} "{inner}"', f'WHERE "{inner}".Id =')
        return field, " ".join((*parts, f"{_read(lookup, alias)})"))

    def _parent(self, lookup: Field | None) -> SObject | None:
        if lookup is None:
            return None
        targets = [each for each in lookup.reference_to if each != "Group"]
        return self.catalogue.find(targets[0]) if len(targets) == 1 else None

    def _typed(self, field: Field, sql: str) -> Value:
        if field.type in NUMBERS:
            if field.type == "percent":
                sql = f"({sql} / 100.0)"
            return values.number(f"ifnull({sql}, 0)" if self.blank_as_zero else sql)
        if field.type in {"id", "reference"}:
            return Value(f"substr({sql}, 1, {SHORT_ID})", Type.TEXT, whole_id=sql)
        return Value(sql, _OTHER_TYPES.get(field.type, Type.TEXT))


def _read(field: Field, alias: str) -> str:
    if field.formula is not None:
        return field.formula.replace("{t}", alias)
    return f"{alias}.{field.name}"
