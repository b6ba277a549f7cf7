"""What a file's text becomes in the cells of one column."""

from dataclasses import dataclass
from typing import Self

from django.core.exceptions import ValidationError

from lists.cells import clean_value
from lists.models import ListColumn
from lists.selectors import find_edit_obstacle, find_mirrored_field


@dataclass(frozen=True)
class TargetColumn:
    """A column that a file fills: how its values are judged, for new and for known records.

    The obstacles say why Salesforce would not take a value; they are empty where it would.
    """

    key: str
    name: str
    data_type: str
    max_length: int
    column: ListColumn
    obstacle_if_new: str
    obstacle_if_known: str

    @classmethod
    def of(cls, column: ListColumn) -> Self:
        """Look up what is known of the field that the column mirrors."""
        field = find_mirrored_field(column)
        return cls(
            key=column.key,
            name=column.name,
            data_type=column.data_type,
            max_length=field.length if field else 0,
            column=column,
            obstacle_if_new=find_edit_obstacle(column, field, is_in_salesforce=False),
            obstacle_if_known=find_edit_obstacle(column, field, is_in_salesforce=True),
        )

    @property
    def blank(self) -> str | None:
        """What stands in a new record's cell that the file leaves blank."""
        return clean_value(None, self.data_type)

    def clean(self, text: str, *, is_known: bool) -> str | None:
        """Return the text as it is stored; raise ValidationError when it would be refused."""
        if obstacle := self.obstacle_if_known if is_known else self.obstacle_if_new:
            raise ValidationError(obstacle)
        return clean_value(text, self.data_type, max_length=self.max_length)
