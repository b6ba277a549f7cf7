"""What can go wrong with Salesforce, as a small tree decided at the edge.

Every class says what the caller does next: repeat later (``retryable``), stop all
calls of the connection until a person has acted (``pauses_connection``), or what
its docstring says. Which code of Salesforce's becomes which class stands in one
table, ``error_rules``.
"""

from collections.abc import Iterable


class SalesforceError(Exception):
    """Base of all errors of this package; itself: a code that we do not know.

    ``code`` is Salesforce's (or, for errors of the way there, ours), ``message``
    Salesforce's own words, ``advice`` our sentence on what to do, ``fields`` the
    API names that Salesforce blames, ``status`` the HTTP status where there was
    one, ``retry_after_seconds`` what the answer asked us to wait.
    """

    default_advice = "Look the code up in Salesforce's documentation, then run the job again."
    retryable = False
    pauses_connection = False
    # How often the transport repeats a request that failed so, before it gives up.
    repeats = 0
    # Whether Salesforce certainly did nothing, so that even an insert may be repeated.
    nothing_done = False

    def __init__(
        self,
        code: str,
        message: str,
        *,
        advice: str = "",
        fields: Iterable[str] = (),
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.advice = advice or self.default_advice
        self.fields = tuple(fields)
        self.status = status
        self.retry_after_seconds = retry_after_seconds

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class HostError(SalesforceError):
    """The address is not one of Salesforce's; no request was made."""

    default_advice = (
        "Enter your My Domain address, for example acme.my.salesforce.com, "
        "or login.salesforce.com, or test.salesforce.com for a sandbox."
    )

    @classmethod
    def for_text(cls, text: str) -> "HostError":
        """Build the error for an address that somebody typed or an answer carried."""
        return cls("HOST_NOT_ALLOWED", f"{text[:100]!r} is not a Salesforce host.")


class AuthenticationError(SalesforceError):
    """Salesforce does not let the user in. Never repeated: that locks the user."""

    default_advice = "Check the user in Salesforce, then connect again with its credentials."
    pauses_connection = True


class OrganisationChangedError(AuthenticationError):
    """Another organisation answers than the one connected, as after a sandbox refresh."""

    default_advice = (
        "Connect again, and say whether this is a new organisation. "
        "Until then nothing is read or written."
    )


class AuthorizationError(SalesforceError):
    """Allowing access by OAuth did not come to its end; what was connected before stays so."""

    default_advice = "Start again."


class LoginHoursError(SalesforceError):
    """The user may not sign in at this hour; the next slot of the schedule may work."""

    default_advice = "Widen the login hours of the user's profile, or move the job's schedule."


class AccessError(SalesforceError):
    """The organisation, its edition or the user's permissions refuse the API."""

    default_advice = "Give the connected user the permission, then connect again."
    pauses_connection = True


class VersionError(SalesforceError):
    """Salesforce no longer speaks the API version that the application was built for."""

    default_advice = "Update the application: its Salesforce API version has been retired."
    pauses_connection = True


class SchemaError(SalesforceError):
    """An object or field is gone, hidden from the user or read-only: pause the mapping."""

    default_advice = (
        "Check that the field still exists and that the connected user may see and edit it, "
        "then choose the job's fields again."
    )


class QueryError(SalesforceError):
    """Salesforce cannot read our request; repeating it gives the same answer."""

    default_advice = "Report this to the application's support, with the code and the text."


class TooLargeError(SalesforceError):
    """The request asks for more than Salesforce does at once: halve it and repeat."""

    default_advice = "The job divides the request by itself; a shorter list of fields helps."


class LimitError(SalesforceError):
    """A daily allowance is used up: end the run, the next one may find room."""

    default_advice = "Wait until Salesforce's rolling 24 hours free calls, or buy more of them."


class StorageLimitError(LimitError):
    """The organisation's storage is full: no more creates; updates and pulls go on."""

    default_advice = "Free data storage in Salesforce or buy more; records are updated meanwhile."


class TransientError(SalesforceError):
    """A passing fault of Salesforce's or of the way there; the same call may work later."""

    default_advice = "Nothing needs to be done; the job tries again by itself."
    retryable = True
    repeats = 20


class ServerError(TransientError):
    """Salesforce met an error of its own (HTTP 500)."""

    repeats = 3


class ConcurrencyError(TransientError):
    """Too many long requests run in the organisation at this moment."""

    repeats = 5
    nothing_done = True


class RowLockError(TransientError):
    """Another process holds the record's lock; nothing was written."""

    repeats = 5
    nothing_done = True


class NetworkError(TransientError):
    """The connection broke, or nothing came for too long."""

    repeats = 5


class UnreachableError(NetworkError):
    """No connection came about: name not found, refused, or no answer. Nothing was sent."""

    nothing_done = True


class DeadlineError(NetworkError):
    """The answer as a whole took longer than it may, however steadily it dripped."""

    repeats = 1


class IncompleteBodyError(NetworkError):
    """The answer's body was cut or cannot be read."""

    repeats = 3


class UnknownOutcomeError(SalesforceError):
    """A write was sent and its answer lost: look whether it happened before repeating it."""

    default_advice = "The job looks in Salesforce whether the change arrived, then goes on."
    retryable = True


class ProtocolError(SalesforceError):
    """The answer is not Salesforce's: a proxy's page, a missing header, unsafe XML."""

    default_advice = "Check the network between this server and Salesforce, above all its proxy."


class UnexpectedRedirectError(ProtocolError):
    """The answer points elsewhere; it was not followed, as it would carry the session along."""


class CertificateError(ProtocolError):
    """The server could not prove that it is the host that we called."""

    default_advice = (
        "Have the network's operator look: something between this server and Salesforce "
        "presents another certificate. Calls go on only with a valid one."
    )


class RecordError(SalesforceError):
    """Salesforce refuses this record; the others go on."""

    default_advice = "Correct the record, or the rule in Salesforce that refuses it."


class DuplicateError(RecordError):
    """The record exists already, by a unique field or by a duplicate rule.

    ``matches`` are the records that a duplicate rule found, as far as Salesforce named them: pairs
    of object and 18-character id.
    """

    default_advice = "Merge the records in Salesforce, or match them by the external id."
    matches: tuple[tuple[str, str], ...] = ()


class DeletedRecordError(RecordError):
    """The record lies in Salesforce's recycle bin, or was merged into another one."""

    default_advice = "Restore it in Salesforce if it should be kept in step."


class ConvertedLeadError(RecordError):
    """The lead has been converted; its contact takes its place."""

    default_advice = "Nothing needs to be done; the contact is followed from now on."


class NotFoundError(SalesforceError):
    """There is nothing under this id or address, or the user may not see it."""

    default_advice = "Check that the record still exists and that the connected user may see it."


class ReportUnavailableError(NotFoundError):
    """A report is deleted, or in a private folder or one that the user may not see."""

    default_advice = (
        "Restore the report, or move it to a public folder that is shared with the connected user."
    )


class MultipleMatchesError(RecordError):
    """Several records carry the same external id."""

    default_advice = "Make the external id unique in Salesforce, then run the job again."


class BulkJobError(SalesforceError):
    """A Bulk API job did not come to its good end."""

    default_advice = "The next run starts a new bulk job."


class BulkJobFailedError(BulkJobError):
    """Salesforce gave the job up; ``message`` says why."""

    default_advice = (
        "Look at the reason. What the job had not written yet goes with the next sync, in a new "
        "bulk job."
    )


class BulkJobAbortedError(BulkJobError):
    """Somebody stopped the job in Salesforce; its API does not tell who."""

    default_advice = (
        "Ask who stopped it: in Salesforce, Setup > Bulk Data Load Jobs lists the job under its "
        "number. The next sync starts a new job for what is left."
    )


class BulkJobTimeoutError(BulkJobError):
    """The job did not end within its deadline and was aborted by us."""

    default_advice = (
        "Salesforce had no room for the job; it is stopped, and the next sync starts a new one for "
        "what is left. If it happens again, look at Setup > Bulk Data Load Jobs in Salesforce."
    )


class ResultsExpiredError(SalesforceError):
    """A query's locator or results are gone: begin this window again from its checkpoint."""

    default_advice = "Nothing needs to be done; the job reads this part again."
    retryable = True
