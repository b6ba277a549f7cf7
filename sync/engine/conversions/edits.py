"""What was edited here in the records of converted leads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from lists.models import ListRecord
from lists.records import Conflicts, Edit
from lists.records.merge import Conflict
from sync.engine.context import RunContext
from sync.options import mirrored_columns


@dataclass
class LeadEdits:
    """The edits of one lead by Salesforce's fields, until each has found its place.

    `contact_id` is empty where there is no contact to go to. `carried` has the values that found
    a place, by the list's keys. `problem` is what the contact has against the others. `conflicts`
    are the values that were changed at the contact too.
    """

    record_id: UUID
    lead_id: str
    email: str
    contact_id: str
    edits: dict[str, Edit]
    keys: Mapping[str, str]
    carried: dict[str, str | None] = field(default_factory=dict)
    problem: str = ""
    conflicts: list[Conflict] = field(default_factory=list)

    def place(self, name: str) -> Edit:
        """Note that a field's edit has found its place, and return it."""
        edit = self.edits.pop(name)
        self.carried[self.keys[name]] = edit.value
        return edit

    def tell_conflicts(self, conflicts: Conflicts) -> None:
        """Tell how the values were decided that both sides changed, of those that found a place."""
        decided = [each for each in self.conflicts if each.key in self.carried]
        conflicts.tell(self.record_id, self.lead_id, self.email or str(self.record_id), decided)

    def drop_blanks(self, clearing_keys: Collection[str]) -> None:
        """Let go of the blanks that no push sends: they would change nothing."""
        for name, edit in list(self.edits.items()):
            if not edit.value and self.keys[name] not in clearing_keys:
                self.place(name)


def read_edits(
    context: RunContext, contacts: Mapping[str, str], keys: Collection[str] | None
) -> list[LeadEdits]:
    """Return the edits of the leads, by the ids of their contacts; those without any are left out.

    Where `keys` are given, only edits that a push sends are: its columns, and no blank that clears
    nothing. Else those in columns that are set aside are among them: nothing entered is lost.
    """
    records = ListRecord.objects.filter(
        list_id=context.run.job.list_id, salesforce_id__in=list(contacts), dirty__isnull=False
    ).order_by("record_id")
    columns = mirrored_columns(context.run.job.list) if keys is None else context.options.columns
    names = {column.key: column.field for column in columns}
    by_field = {name: key for key, name in names.items()}
    leads = []
    for record in records:
        lead_id = record.salesforce_id or ""
        edits = {
            names[key]: Edit(record.data.get(key), base, record.edited_at)
            for key, base in (record.dirty or {}).items()
            if key in names and (keys is None or _is_sent(context, keys, key, record))
        }
        if edits:
            lead = LeadEdits(
                record.record_id, lead_id, record.email, contacts[lead_id], edits, by_field
            )
            leads.append(lead)
    return leads


def _is_sent(context: RunContext, keys: Collection[str], key: str, record: ListRecord) -> bool:
    return key in keys and bool(record.data.get(key) or key in context.options.clearing_keys)
