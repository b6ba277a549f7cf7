"""Ids for new records, in the order of time."""

import secrets
import time


def make_id_start() -> str:
    """Return 24 of the 32 hexadecimal digits of new record ids; a counter of 8 follows.

    This is a UUID of version 7 (RFC 9562) with a counter at its end: ids that grow are added at
    the end of an index, where random ones would be scattered over all of it.
    """
    milliseconds = f"{time.time_ns() // 1_000_000:012x}"
    variant = f"{8 + secrets.randbelow(4):x}"
    return f"{milliseconds}7{secrets.randbits(12):03x}{variant}{secrets.randbits(28):07x}"
