"""A campaign or a report that a person chose to import, as Salesforce has it now."""

from collections.abc import Sequence
from dataclasses import dataclass

from acton_connector.accounts.models import Account, User
from connectors.members import MEMBER_OBJECTS
from connectors.salesforce import (
    Report,
    SalesforceClient,
    describe_report,
    read_campaign,
    read_report,
)
from connectors.services import refresh_fields
from lists.models import ListKind
from lists.services import NewColumn
from sync.models import SyncRun
from sync.services import import_campaign, import_report
from sync.setup.columns import make_member_columns, make_report_columns


@dataclass(frozen=True)
class Chosen:
    """What the last step of an import shows, and does; `report` is None for a campaign."""

    id: str
    name: str
    columns: Sequence[NewColumn]
    report: Report | None = None

    def start_import(self, *, account: Account, name: str, actor: User | None) -> SyncRun:
        """Make the list and queue its import; raises SyncError."""
        if self.report is None:
            return import_campaign(account=account, campaign_id=self.id, name=name, actor=actor)
        return import_report(account=account, report=self.report, name=name, actor=actor)


def find_chosen(client: SalesforceClient, kind: ListKind, source_id: str) -> Chosen:
    """Look a campaign or a report up, with all that its import needs to know.

    Raises NotFoundError when there is none that the connected user may see, or when the report
    is in a private folder; SalesforceError when Salesforce does not answer well.
    """
    if kind == ListKind.CAMPAIGN:
        campaign = read_campaign(client, source_id)
        for sobject_type in MEMBER_OBJECTS:
            refresh_fields(client=client, sobject_type=sobject_type)
        return Chosen(campaign.id, campaign.name, make_member_columns())
    read_report(client, source_id)
    report = describe_report(client, source_id)
    return Chosen(report.id, report.name, make_report_columns(report), report)
