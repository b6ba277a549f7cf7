"""The organisation's rules for changing records, as one value that goes into JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

from salesforce_simulator.organisation.rulebook.formula import compile_formula

_STANDARD_ALERT = "Use one of these records?"


@dataclass(frozen=True)
class ValidationRule:
    """Refuses a record for which the formula is true, with a text and perhaps at a field."""

    object: str
    formula: str
    message: str
    name: str = "Validation"
    field: str | None = None


@dataclass(frozen=True)
class DuplicateRule:
    """Looks for records that are the same as a new or changed one.

    `matching` are groups of fields; records match when all fields of a group are
    equal, without regard to case. `against` are the objects to look through, the
    rule's own when empty. `block` refuses in any case; otherwise a call may say
    that it saves duplicates all the same.
    """

    object: str
    matching: tuple[tuple[str, ...], ...] = (("Email",),)
    against: tuple[str, ...] = ()
    block: bool = False
    message: str = _STANDARD_ALERT
    name: str = ""

    @property
    def developer_name(self) -> str:
        """Return the rule's name in errors."""
        return self.name or f"Standard_{self.object}_Duplicate_Rule"


@dataclass(frozen=True)
class TriggerRule:
    """An Apex trigger that throws an exception for records for which the formula is true.

    With `whole_chunk` all records of its chunk of 200 fail with it, as they do
    when nobody catches the exception. With `flow` it is a flow that fails.
    """

    object: str
    formula: str
    message: str
    name: str = "BeforeSave"
    whole_chunk: bool = True
    flow: bool = False


@dataclass(frozen=True)
class AssignmentRule:
    """Gives new records to owners: the first entry whose formula is true decides.

    `entries` are pairs of a formula and the id of a user or queue.
    """

    object: str
    entries: tuple[tuple[str, str], ...]
    name: str = "Standard"


class _OfObject(Protocol):
    @property
    def object(self) -> str: ...


Rule = TypeVar("Rule", bound=_OfObject)


@dataclass(frozen=True)
class Rulebook:
    """All rules, and the states of the organisation in which changes are refused.

    `private_objects` are shown to their owners alone. `storage_full` refuses new
    records and `maintenance` every change. With `lenient_member_status` a status
    that a campaign does not know becomes its default one instead of an error.
    """

    validation_rules: tuple[ValidationRule, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    triggers: tuple[TriggerRule, ...] = ()
    assignment_rules: tuple[AssignmentRule, ...] = ()
    private_objects: tuple[str, ...] = ()
    storage_full: bool = False
    maintenance: bool = False
    lenient_member_status: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Rulebook":
        """Return the rulebook that JSON describes; ValueError for anything that is none."""
        return cls().changed(data)

    def changed(self, data: Mapping[str, Any]) -> "Rulebook":
        """Return a rulebook in which the given parts have taken the place of the old ones."""
        names = {item.name for item in fields(self)}
        unknown = sorted(set(data) - names)
        if unknown:
            raise ValueError(f"no part of a rulebook: {', '.join(unknown)}")
        return replace(self, **{name: _part(name, value) for name, value in data.items()})

    def as_json(self) -> dict[str, Any]:
        """Return the rulebook in the form that `from_json` reads."""
        return asdict(self)

    @cached_property
    def refuses(self) -> bool:
        """Tell whether any rule may refuse a record."""
        return bool(self.validation_rules or self.duplicate_rules or self.triggers)

    @cached_property
    def _validation(self) -> Mapping[str, tuple[ValidationRule, ...]]:
        return _by_object(self.validation_rules)

    @cached_property
    def _duplicates(self) -> Mapping[str, tuple[DuplicateRule, ...]]:
        return _by_object(self.duplicate_rules)

    @cached_property
    def _triggers(self) -> Mapping[str, tuple[TriggerRule, ...]]:
        return _by_object(self.triggers)

    @cached_property
    def _assignment(self) -> Mapping[str, tuple[AssignmentRule, ...]]:
        return _by_object(self.assignment_rules)

    def validation_of(self, name: str) -> tuple[ValidationRule, ...]:
        """Return the validation rules of an object."""
        return self._validation.get(name, ())

    def duplicates_of(self, name: str) -> tuple[DuplicateRule, ...]:
        """Return the duplicate rules of an object."""
        return self._duplicates.get(name, ())

    def triggers_of(self, name: str) -> tuple[TriggerRule, ...]:
        """Return the triggers of an object."""
        return self._triggers.get(name, ())

    def assignment_of(self, name: str) -> AssignmentRule | None:
        """Return the active assignment rule of an object, if any."""
        return next(iter(self._assignment.get(name, ())), None)


_KINDS: dict[str, type[Any]] = {
    "validation_rules": ValidationRule,
    "duplicate_rules": DuplicateRule,
    "triggers": TriggerRule,
    "assignment_rules": AssignmentRule,
}


def _by_object(rules: tuple[Rule, ...]) -> dict[str, tuple[Rule, ...]]:
    names = {rule.object for rule in rules}
    return {name: tuple(rule for rule in rules if rule.object == name) for name in names}


def _part(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if name not in _KINDS:
        return _frozen(value)
    return tuple(_rule(_KINDS[name], item) for item in value)


def _rule(kind: type[Any], data: Mapping[str, Any]) -> Any:
    try:
        rule = kind(**{name: _frozen(value) for name, value in data.items()})
    except TypeError as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error
    formulas = [getattr(rule, "formula", None), *(e[0] for e in getattr(rule, "entries", ()))]
    for formula in filter(None, formulas):
        compile_formula(formula)
    return rule


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
