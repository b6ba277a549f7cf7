"""The questions that report types on opportunities ask by themselves.

`open` is about the stage's state, `probability` about its percentage.
"""

import re
from collections.abc import Mapping
from typing import Any

from salesforce_simulator.organisation.reports.errors import bad_request
from salesforce_simulator.organisation.reports.report_types import ReportType

ALL_OPEN = "all"
ANY_PROBABILITY = ">0"
_COMPARED = re.compile(r"(gt|lt)(\d+)")
_OPEN = {
    ALL_OPEN: ("Any", ""),
    "open": ("Open", "{closed} = FALSE"),
    "closed": ("Closed", "{closed} = TRUE"),
    "closedwon": ("Closed Won", "{won} = TRUE"),
}
DEFAULTS = {"open": ALL_OPEN, "probability": ANY_PROBABILITY}


def standard_conditions(kind: ReportType, answers: Mapping[str, str]) -> list[str]:
    """Return the SOQL conditions of the answers; BAD_REQUEST for one that is none."""
    conditions = []
    for name in kind.standard_filters:
        answer = answers.get(name, DEFAULTS[name])
        text = _open(kind, answer) if name == "open" else _probability(kind, answer)
        if text:
            conditions.append(text)
    return conditions


def _open(kind: ReportType, answer: str) -> str:
    if answer not in _OPEN:
        raise bad_request(f"The standard filter value {answer} is not valid.")
    columns = kind.columns
    return _OPEN[answer][1].format(closed=columns["CLOSED"].path, won=columns["WON"].path)


def _probability(kind: ReportType, answer: str) -> str:
    if answer == ANY_PROBABILITY:
        return ""
    match = _COMPARED.fullmatch(answer)
    if match is None:
        raise bad_request(f"The standard filter value {answer} is not valid.")
    column = kind.columns.get("PROBABILITY")
    sign = ">" if match[1] == "gt" else "<"
    return f"{column.path} {sign} {match[2]}" if column else ""


def standard_filter_infos(kind: ReportType) -> dict[str, Any] | None:
    """Return `standardFilterInfos`: the questions with the answers to choose from."""
    if not kind.standard_filters:
        return None
    signs = (("gt", ">"), ("lt", "<"))
    compared = [
        {"label": f"{sign} {share}%", "name": f"{word}{share}"}
        for word, sign in signs
        for share in range(90, 0, -10)
    ]
    infos = {
        "probability": {
            "filterValues": [{"label": "All", "name": ANY_PROBABILITY}, *compared],
            "label": "Probability",
            "type": "PICKLIST",
        },
        "open": {
            "filterValues": [{"label": label, "name": name} for name, (label, _) in _OPEN.items()],
            "label": "Opportunity Status",
            "type": "PICKLIST",
        },
    }
    return {name: infos[name] for name in ("probability", "open") if name in kind.standard_filters}
