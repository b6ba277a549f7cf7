from datetime import UTC, datetime

from salesforce_simulator.transport.usage import ApiUsage, daily_calls

DAY = 24 * 3600


class Hands:
    """A clock that the test turns."""

    def __init__(self):
        self.seconds = 1_000_000

    def __call__(self):
        return datetime.fromtimestamp(self.seconds, UTC)


def test_header_tells_used_and_maximum():
    usage = ApiUsage(15_000, Hands())
    usage.add()
    usage.add(17)
    assert usage.header() == "api-usage=18/15000"
    assert usage.remaining == 14_982


def test_calls_are_forgotten_gradually_when_a_day_has_passed():
    clock = Hands()
    usage = ApiUsage(100, clock)
    usage.add(10)
    clock.seconds += 3600
    usage.add(5)
    clock.seconds += DAY - 3600 + 60
    assert usage.used == 5
    clock.seconds += 3600
    assert usage.used == 0


def test_remaining_is_zero_when_more_was_used_than_allowed():
    usage = ApiUsage(3, Hands())
    usage.add(5)
    assert usage.remaining == 0


def test_allowance_follows_the_edition():
    assert daily_calls("Developer Edition") == 15_000
    assert daily_calls("Enterprise Edition") == 100_000
