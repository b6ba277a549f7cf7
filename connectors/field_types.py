"""Which change of a field's type leaves the values what they were. Pure.

Salesforce's types: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm
"""

TEXTS = frozenset(
    {
        "combobox",
        "email",
        "multipicklist",
        "phone",
        "picklist",
        "string",
        "textarea",
        "url",
    }
)
NUMBERS = frozenset({"currency", "double", "int", "long", "percent"})


def is_compatible(old: str, new: str) -> bool:
    """Tell whether a column made for one of Salesforce's types may go on with another.

    A text stays the same text as an address or a choice, and a number the same number as an
    amount. Everything else is another value under the same name: a date with a time, a text that
    became the id of a record, a text of which an encrypted field shows asterisks alone.
    """
    if old == new:
        return True
    if new in TEXTS:
        return old in TEXTS or old == "encryptedstring"
    return old in NUMBERS and new in NUMBERS
