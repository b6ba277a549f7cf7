"""The errors that the organisation answers with, by Salesforce's own codes."""

from collections.abc import Mapping, Sequence


class SalesforceError(Exception):
    """A refusal with Salesforce's code and text.

    `code` is a StatusCode or ExceptionCode of the API, such as `INVALID_FIELD`;
    `fields` names the fields at fault. `has_fields` tells whether the answer
    lists fields at all: data changes do, queries and log-ins do not. `also` are
    further errors of the same record, which clients get in the same answer.
    """

    also: tuple["SalesforceError", ...] = ()

    def __init__(self, code: str, message: str, fields: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.has_fields = fields is not None
        self.fields: tuple[str, ...] = tuple(fields or ())


class MultipleMatchesError(SalesforceError):
    """An upsert key fits several records; `ids` are theirs. REST answers 300."""

    def __init__(self, sobject_type: str, ids: Sequence[str]) -> None:
        super().__init__(
            "DUPLICATE_EXTERNAL_ID",
            f"{sobject_type}: external id value matches more than one record",
            (),
        )
        self.sobject_type = sobject_type
        self.ids = tuple(ids)


class DuplicateError(SalesforceError):
    """A duplicate rule found records that are the same: DUPLICATES_DETECTED.

    `matches` maps objects to the ids of the records found; with `allow_save` the
    call may be repeated so that it saves all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        rule_name: str,
        entity_type: str,
        allow_save: bool,
        matches: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__("DUPLICATES_DETECTED", message, ())
        self.rule_name = rule_name
        self.entity_type = entity_type
        self.allow_save = allow_save
        self.matches = {name: tuple(ids) for name, ids in matches.items()}


class TriggerError(SalesforceError):
    """A trigger or flow failed; with `whole_chunk` all records that it got at once fail."""

    def __init__(self, code: str, message: str, *, whole_chunk: bool) -> None:
        super().__init__(code, message, ())
        self.whole_chunk = whole_chunk


def several(errors: Sequence[SalesforceError]) -> SalesforceError:
    """Return the first error with the others behind it."""
    first = errors[0]
    first.also = tuple(errors[1:])
    return first


def not_found() -> SalesforceError:
    """Return the answer to an unknown object, record or resource."""
    return SalesforceError("NOT_FOUND", "The requested resource does not exist")
