"""What is set up for a field, and what a run noted of its values."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from acton_connector.accounts.scope import AccountOwned
from lists.records import MergeRule
from sync.setup.rules import RULE_CHOICES


class Direction(models.TextChoices):
    """Pull is Salesforce to us, push is us to Salesforce."""

    PULL = "pull", "Pull from Salesforce"
    PUSH = "push", "Push to Salesforce"


class SyncJobField(AccountOwned):
    """A column whose value an existing record takes over, in one direction.

    Of the push: `clears_field` says that a blank here clears the field in Salesforce; otherwise
    a blank is not sent. Of the pull: `rule` decides where both sides changed a value.
    """

    job = models.ForeignKey("sync.SyncJob", on_delete=models.CASCADE, related_name="fields")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    column = models.ForeignKey("lists.ListColumn", on_delete=models.CASCADE, related_name="+")
    clears_field = models.BooleanField(default=False)
    rule = models.CharField(max_length=20, choices=RULE_CHOICES, default=MergeRule.SALESFORCE.value)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(direction=Direction.PULL, rule__in=[rule.value for rule in MergeRule])
                | Q(direction=Direction.PUSH, rule=MergeRule.SALESFORCE.value),
                name="sync_syncjobfield_rule_is_of_the_pull",
            ),
            models.CheckConstraint(
                condition=Q(direction=Direction.PUSH) | Q(clears_field=False),
                name="sync_syncjobfield_only_a_push_clears_fields",
            ),
            models.UniqueConstraint(
                fields=["job", "direction", "column"], name="sync_syncjobfield_chosen_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.column}"


class FieldConflict(AccountOwned):
    """A value that both sides had changed, and whose was taken: one of the first of a run.

    The values are those that met; long ones are cut. `column_name` is the column's as it was.
    """

    run = models.ForeignKey("sync.SyncRun", on_delete=models.CASCADE, related_name="conflicts")
    record_id = models.UUIDField()
    salesforce_id = models.CharField(max_length=18)
    label = models.CharField(max_length=254, help_text="What a person knows the record by.")
    column_name = models.CharField(max_length=255)
    ours = models.TextField(blank=True)
    theirs = models.TextField(blank=True)
    rule = models.CharField(max_length=20, choices=RULE_CHOICES)
    ours_won = models.BooleanField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.column_name} of {self.label}"
