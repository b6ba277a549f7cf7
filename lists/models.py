"""Folders, marketing lists, their columns and their records."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from acton_connector.accounts.scope import AccountOwned

DEFAULT_FOLDER = "Default Folder"


class Folder(AccountOwned):
    """A place for lists. Each account has one default folder, where new lists appear."""

    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-is_default", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint("account", Lower("name"), name="lists_folder_name_is_unique"),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(is_default=True),
                name="lists_folder_one_default_per_account",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ListKind(models.TextChoices):
    """Where a list comes from."""

    LEADS = "leads", "All Salesforce Leads"
    CONTACTS = "contacts", "All Salesforce Contacts"
    CAMPAIGN = "campaign", "Salesforce Campaign"
    REPORT = "report", "Salesforce Report"
    FILE = "file", "CSV file"

    @property
    def sobject_type(self) -> str:
        """The Salesforce object that the list's records are; empty where it is not one object."""
        objects = {"leads": "Lead", "contacts": "Contact", "campaign": "CampaignMember"}
        return objects.get(self.value, "")

    @property
    def has_source(self) -> bool:
        """Whether the list comes from one campaign or report, of which it knows the id."""
        return self in (ListKind.CAMPAIGN, ListKind.REPORT)


class MarketingList(AccountOwned):
    """A list of people that marketing works with."""

    folder = models.ForeignKey(Folder, on_delete=models.PROTECT, related_name="lists")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=ListKind.choices)
    source_id = models.CharField(
        max_length=18, blank=True, default="", help_text="The campaign's or the report's id."
    )
    mapped_object = models.CharField(
        max_length=80, blank=True, default="", help_text="What the people of a CSV file become."
    )
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    record_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "account", Lower("name"), name="lists_marketinglist_name_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["campaign", "report"]) & ~Q(source_id="")
                | ~Q(kind__in=["campaign", "report"]) & Q(source_id=""),
                name="lists_marketinglist_source_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(mapped_object="") | Q(kind="file"),
                name="lists_marketinglist_only_a_file_is_mapped",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sobject_type(self) -> str:
        """The Salesforce object that the list's records are; empty where it is not one object."""
        return self.mapped_object or ListKind(self.kind).sobject_type

    @property
    def is_from_salesforce(self) -> bool:
        """Whether the list's records are Salesforce's, or are to become some."""
        return self.kind != ListKind.FILE or bool(self.mapped_object)

    @property
    def is_from_file(self) -> bool:
        """Whether the list was made of a CSV file: nobody comes into it from Salesforce."""
        return self.kind == ListKind.FILE

    @property
    def is_read_only(self) -> bool:
        """Whether nothing of the list goes to Salesforce: its values are changed there."""
        return self.kind == ListKind.REPORT

    @property
    def takes_all_fields(self) -> bool:
        """Whether the columns come from Salesforce by themselves, all that there are (S79)."""
        return ListKind(self.kind).has_source

    @property
    def sync_label(self) -> str:
        """What the way to the list's sync is called: a report is only ever read again."""
        return "Re-import from Salesforce" if self.kind == ListKind.REPORT else "Sync Setup"


class SystemUsage(models.TextChoices):
    """What a column means to the application, whatever its name."""

    NONE = "", "-"
    EMAIL = "email", "E-mail address"
    FIRST_NAME = "first_name", "First name"
    LAST_NAME = "last_name", "Last name"
    COMPANY = "company", "Company"
    OWNER = "owner", "Owner"


class AsideReason(models.TextChoices):
    """Why a column is set aside: what became of the field that it mirrors."""

    GONE = "gone", "No longer in Salesforce, or hidden from the connected user"
    TYPE_CHANGED = "type_changed", "Another type in Salesforce"
    READ_ONLY = "read_only", "Read-only in Salesforce"

    @property
    def stops_pull(self) -> bool:
        """Whether the field cannot be read either."""
        return self != AsideReason.READ_ONLY


class ListColumn(AccountOwned):
    """A column of a list: `key` is where its value stands in a record's `data`.

    A column that mirrors Salesforce has the field's API name as `salesforce_field`, and as key the
    name that the field had when the column was made; until the first pull has brought its values,
    `filled_at` is null. The columns of a report have paths as names, which are longer than those of
    fields.

        mirrored --> set aside (its field is gone, or another one; values and mapping stay)
                         |--> mirrored, and filled anew (the field is back, or a person chose)
                         '--> seen (a person leaves it aside: it is told, and no error any more)
    """

    list = models.ForeignKey(MarketingList, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    salesforce_field = models.CharField(max_length=255, blank=True)
    data_type = models.CharField(max_length=40, default="string")
    system_usage = models.CharField(max_length=20, choices=SystemUsage.choices, blank=True)
    filled_at = models.DateTimeField(null=True, blank=True)
    aside_since = models.DateTimeField(null=True, blank=True)
    aside_reason = models.CharField(max_length=20, choices=AsideReason.choices, blank=True)
    aside_type = models.CharField(
        max_length=40, blank=True, help_text="The type that the field has in Salesforce now."
    )
    aside_is_seen = models.BooleanField(
        default=False, help_text="A person has seen it and leaves the column aside."
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(aside_since__isnull=True, aside_reason="", aside_is_seen=False)
                | Q(aside_since__isnull=False) & ~Q(aside_reason="") & ~Q(salesforce_field=""),
                name="lists_listcolumn_set_aside_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(aside_reason=AsideReason.TYPE_CHANGED) & ~Q(aside_type="")
                | ~Q(aside_reason=AsideReason.TYPE_CHANGED) & Q(aside_type=""),
                name="lists_listcolumn_changed_type_is_known",
            ),
            models.UniqueConstraint(fields=["list", "key"], name="lists_listcolumn_key_is_unique"),
            models.UniqueConstraint(
                fields=["list", "salesforce_field"],
                condition=~Q(salesforce_field=""),
                name="lists_listcolumn_one_per_salesforce_field",
            ),
            models.UniqueConstraint(
                fields=["list", "system_usage"],
                condition=~Q(system_usage=""),
                name="lists_listcolumn_one_per_system_usage",
            ),
        ]

    def __str__(self) -> str:
        return self.name


# Records that a push may have to send, as the index of them says it: who repeats it word for word
# is led through that index on SQLite too.
MAY_BE_PUSHED = Q(dirty__isnull=False) | Q(salesforce_id__isnull=True)


class ListRecord(AccountOwned):
    """One person's row in a list.

    `data` maps column keys to values as text (null = blank). `dirty` maps the keys that were
    changed here to the value last agreed with Salesforce; null when there is nothing to push.
    `edited_at` is when a person last changed a value here, `updated_at` when anything did.
    A record without `salesforce_id` is new here and unknown to Salesforce. `content_hash` is the
    hash of the row as Salesforce last sent it, so that an unchanged row costs no write.

    The key begins with the list, so that the table can be partitioned by list.
    """

    pk = models.CompositePrimaryKey("list_id", "record_id")
    # Written by the thousand: no index of their own (every query names the list, which the key
    # begins with) and no check per row (the record store holds the list's row instead).
    account = models.ForeignKey(
        "accounts.Account",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    list = models.ForeignKey(
        MarketingList,
        on_delete=models.CASCADE,
        related_name="records",
        db_index=False,
        db_constraint=False,
    )
    record_id = models.UUIDField(default=uuid.uuid4, editable=False)
    salesforce_id = models.CharField(max_length=18, null=True, blank=True)  # noqa: DJ001 - null is "unknown to Salesforce" and stays out of the unique index
    email = models.CharField(max_length=254, blank=True, default="")
    owner_id = models.CharField(max_length=18, blank=True, default="")
    data = models.JSONField(default=dict)
    dirty = models.JSONField(null=True, blank=True)
    content_hash = models.UUIDField(null=True, blank=True)
    updated_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["list", "salesforce_id"],
                name="lists_listrecord_once_per_salesforce_record",
            ),
        ]
        indexes: ClassVar = [
            models.Index("list", "email", "record_id", name="lists_listrecord_email"),
            models.Index(
                fields=["list", "record_id"],
                condition=MAY_BE_PUSHED,
                name="lists_listrecord_to_push",
            ),
        ]

    def __str__(self) -> str:
        return self.email or str(self.record_id)


class SeenPage(AccountOwned):
    """The Salesforce ids of one page that a run has read: what is not among them is missing.

    One row holds a whole page, which costs a fraction of a row per id. Rows live as long as
    their run (of the app above, hence no foreign key).
    """

    run_id = models.BigIntegerField(db_index=True)
    ids = models.JSONField()

    def __str__(self) -> str:
        return f"Page of run {self.run_id}"
