"""FORMAT: values as texts for people, in the form of the locale en_US."""

from salesforce_simulator.organisation.catalogue import Field
from salesforce_simulator.organisation.catalogue.model import NUMBERS

_THOUSANDS = "format('%,d', {})"
_DATE = (
    "CAST(substr({0}, 6, 2) AS INTEGER) || '/' || CAST(substr({0}, 9, 2) AS INTEGER)"
    " || '/' || substr({0}, 1, 4)"
)
_TIME = (
    "((CAST(substr({0}, 12, 2) AS INTEGER) + 11) % 12 + 1) || substr({0}, 14, 3)"
    " || CASE WHEN substr({0}, 12, 2) < '12' THEN ' AM' ELSE ' PM' END"
)


def format_sql(sql: str, field: Field, zone: str) -> str:
    """Return SQL for a value's text; datetimes are shown in the user's zone."""
    if field.type == "date":
        return f"({_DATE.format(sql)})"
    if field.type == "datetime":
        local = f"in_zone({sql}, '{zone}')"
        return f"({_DATE.format(local)} || ', ' || {_TIME.format(local)})"
    if field.type == "int":
        return f"iif({sql} IS NULL, NULL, {_THOUSANDS.format(sql)})"
    if field.type in NUMBERS:
        return f"iif({sql} IS NULL, NULL, {_number(sql, field)})"
    return sql


def _number(sql: str, field: Field) -> str:
    """Return SQL for sign, currency, whole part with commas, and decimal places."""
    rounded = f"format('%.{field.scale}f', abs({sql}))"
    whole = f"format('%,d', CAST({rounded} AS INTEGER))"
    places = f"substr({rounded}, -{field.scale + 1})" if field.scale else "''"
    currency = "$" if field.type == "currency" else ""
    percent = "%" if field.type == "percent" else ""
    return f"(iif({sql} < 0, '-', '') || '{currency}' || {whole} || {places} || '{percent}')"
