"""What becomes of a test whose program is not on this machine."""

import os
from typing import NoReturn

import pytest


def do_without(sentence: str) -> NoReturn:
    """Skip the test on a desk; fail it in CI, where everything has to be there."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
