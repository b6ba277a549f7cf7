"""Reading a JSON body: the quick way first, the patient way where the quick one is too strict."""

import json
from typing import Any

import orjson

from connectors.salesforce.errors import IncompleteBodyError


def parse_json(content: bytes) -> Any:
    """Return what a JSON text holds.

    Half of a surrogate pair, which a field of Salesforce's may hold and JSON can write, stays in
    the text as it is; orjson alone would refuse the whole answer for it. Raises
    IncompleteBodyError for what is no complete JSON.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(content.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise IncompleteBodyError("JSON_UNREADABLE", "The answer is not complete JSON.") from error
