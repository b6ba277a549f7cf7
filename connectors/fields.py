"""What Salesforce's field types mean for a list: their names, and what to warn of (S78)."""

from dataclasses import dataclass

from connectors.models import SalesforceField

# Compound values and files are no text of one cell, and bulk queries refuse them.
UNLISTABLE_TYPES = frozenset({"address", "location", "base64", "complexvalue", "anyType"})
LONG_TEXT_CHARACTERS = 255

TYPE_NAMES = {
    "id": "Record ID",
    "string": "Text",
    "textarea": "Text area",
    "boolean": "Checkbox",
    "int": "Number",
    "long": "Number",
    "double": "Number",
    "percent": "Percent",
    "currency": "Currency",
    "date": "Date",
    "datetime": "Date/time",
    "time": "Time",
    "email": "E-mail",
    "phone": "Phone",
    "url": "URL",
    "picklist": "Picklist",
    "multipicklist": "Picklist (several)",
    "combobox": "Combo box",
    "reference": "Lookup",
    "encryptedstring": "Encrypted text",
}

CALCULATED_WARNING = (
    "Calculated by Salesforce: cannot be pushed, and a new result does not mark the record as "
    "changed, so each sync that pulls it reads every record again."
)
LOOKUP_WARNING = "Lookup: holds the ID of another record, not its name."
LONG_TEXT_WARNING = "Long text: makes each sync of the list slower."


@dataclass(frozen=True)
class FieldChoice:
    """A field as the picker shows it."""

    field: SalesforceField

    @property
    def name(self) -> str:
        """The API name."""
        return self.field.name

    @property
    def label(self) -> str:
        """What Salesforce's pages call it."""
        return self.field.label

    @property
    def data_type(self) -> str:
        """Salesforce's type."""
        return self.field.data_type

    @property
    def type_name(self) -> str:
        """The type in words."""
        name = TYPE_NAMES.get(self.field.data_type, self.field.data_type)
        return f"{name} (formula)" if self.field.is_calculated else name

    @property
    def group(self) -> str:
        """The heading under which the picker shows it."""
        return "Custom fields" if self.field.is_custom else "Standard fields"

    @property
    def pushable(self) -> bool:
        """Whether Salesforce takes a new value for it."""
        return self.field.is_updateable and not self.field.is_calculated

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to know before choosing it."""
        field = self.field
        is_long_text = field.data_type == "textarea" and field.length > LONG_TEXT_CHARACTERS
        found = {
            CALCULATED_WARNING: field.is_calculated,
            LOOKUP_WARNING: field.data_type == "reference",
            LONG_TEXT_WARNING: is_long_text,
        }
        return tuple(warning for warning, applies in found.items() if applies)
