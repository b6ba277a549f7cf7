"""Errors of the engine's own."""


class SetupError(Exception):
    """The run cannot be done as it is set up; a person has to change something."""

    def __init__(self, message: str, advice: str, *, pauses_job: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.pauses_job = pauses_job


class RefusedTooOftenError(SetupError):
    """Salesforce refuses so many records that their job is paused until a person has looked."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            "Look at the causes below and mend them, then save the list's Sync Setup.",
            pauses_job=True,
        )
