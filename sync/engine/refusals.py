"""When so much is refused that the cause is not a record but the set-up. Pure."""

from dataclasses import dataclass

# A handful of bad records among a handful says nothing about the set-up.
FEWEST_TO_JUDGE = 20
MOST_OF_ONE_CODE = 1_000


@dataclass(frozen=True)
class Refusals:
    """Records that a run has set aside, most of one code among them, and those that it sent."""

    set_aside: int
    most_of_one_code: int
    sent: int

    @property
    def stop_the_run(self) -> bool:
        """Whether to go on would only collect more of the same."""
        most_are_refused = self.set_aside >= FEWEST_TO_JUDGE and self.set_aside > self.sent
        return most_are_refused or self.most_of_one_code > MOST_OF_ONE_CODE
