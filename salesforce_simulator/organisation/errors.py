"""The errors that the organisation answers with, by Salesforce's own codes."""

from collections.abc import Sequence


class SalesforceError(Exception):
    """A refusal with Salesforce's code and text.

    `code` is a StatusCode or ExceptionCode of the API, such as `INVALID_FIELD`;
    `fields` names the fields at fault. `has_fields` tells whether the answer
    lists fields at all: data changes do, queries and log-ins do not.
    """

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


def not_found() -> SalesforceError:
    """Return the answer to an unknown object, record or resource."""
    return SalesforceError("NOT_FOUND", "The requested resource does not exist")
