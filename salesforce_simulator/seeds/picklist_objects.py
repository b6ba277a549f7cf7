"""The picklist values that have objects of their own, which clients read by query."""

from collections.abc import Callable
from typing import Any

from salesforce_simulator.organisation.catalogue import load_catalogue
from salesforce_simulator.organisation.dml.rules.opportunities import STAGE_PROBABILITIES

CONVERTED_STATUS = "Closed - Converted"
_CLOSED_TASK = "Completed"
# The objects share an id prefix in Salesforce, so their numbers start apart from each other.
_FIRST_NUMBERS = {"LeadStatus": 1, "OpportunityStage": 101, "TaskPriority": 201, "TaskStatus": 301}

Add = Callable[[str, int, dict[str, Any]], None]


def plant_picklist_objects(add: Add) -> None:
    """Add the values in the order and spelling of the picklists that they stand for."""
    _plant(add, "LeadStatus", "Lead", "Status", _lead_status)
    _plant(add, "OpportunityStage", "Opportunity", "StageName", _stage)
    _plant(add, "TaskPriority", "Task", "Priority", _priority)
    _plant(add, "TaskStatus", "Task", "Status", _task_status)


def _plant(
    add: Add, name: str, sobject: str, field_name: str, traits: Callable[[str], dict[str, Any]]
) -> None:
    field = load_catalogue().get(sobject).by_name[field_name.lower()]
    for order, value in enumerate(field.values, start=1):
        common = {"MasterLabel": value, "ApiName": value, "SortOrder": order}
        default = {"IsDefault": int(value == field.default)}
        number = _FIRST_NUMBERS[name] + order - 1
        add(name, number, {**common, **default, **traits(value)})


def _lead_status(value: str) -> dict[str, Any]:
    return {"IsConverted": int(value == CONVERTED_STATUS)}


def _task_status(value: str) -> dict[str, Any]:
    return {"IsClosed": int(value == _CLOSED_TASK)}


def _priority(value: str) -> dict[str, Any]:
    return {"IsHighPriority": int(value == "High")}


def _stage(value: str) -> dict[str, Any]:
    forecasts = {"Closed Won": ("Closed", "Closed"), "Closed Lost": ("Omitted", "Omitted")}
    category, category_name = forecasts.get(value, ("Pipeline", "Pipeline"))
    return {
        "IsActive": 1,
        "IsClosed": int(value in forecasts),
        "IsWon": int(value == "Closed Won"),
        "DefaultProbability": STAGE_PROBABILITIES[value],
        "ForecastCategory": category,
        "ForecastCategoryName": category_name,
    }
