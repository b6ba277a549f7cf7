"""The reports of a new organisation: in a public folder, and one in somebody's private one."""

import sqlite3
from dataclasses import replace

from salesforce_simulator.organisation.catalogue import Catalogue
from salesforce_simulator.organisation.dml.transaction import Transaction
from salesforce_simulator.organisation.ids import make_id
from salesforce_simulator.organisation.reports.definition import (
    ROW_COUNT,
    DateFilter,
    Definition,
    Filter,
    Grouping,
    Sort,
)
from salesforce_simulator.organisation.reports.store import put_report
from salesforce_simulator.seeds.foundation import BORN

REPORT_NAME = "Act-On Report Prospects in Opportunities"
FOLDER_NAME = "Act-On Reports"
PRIVATE_REPORT_NAME = "My own hot leads"

_PROSPECTS = Definition(
    name=REPORT_NAME,
    developer_name="Act_On_Report_Prospects_in_Opportunities",
    description="Contacts who play a role in an opportunity",
    report_type="OpportunityContact",
    detail_columns=(
        "COMPANY_NAME", "FIRST_NAME", "LAST_NAME", "EMAIL", "CONTACT_ID", "Contact.Owner_ID__c",
        "OPPORTUNITY_NAME", "STAGE_NAME", "CLOSE_DATE",
    ),
    date_filter=DateFilter("CLOSE_DATE"),
    standard_filters={"open": "all", "probability": ">0"},
)  # fmt: skip
_ALL_LEADS = Definition(
    name="All Leads",
    developer_name="All_Leads",
    report_type="LeadList",
    detail_columns=(
        "LEAD_ID", "FIRST_NAME", "LAST_NAME", "COMPANY", "EMAIL", "OWNER", "STATUS",
        "CREATED_DATE", "Lead.Owner_ID__c",
    ),
    date_filter=DateFilter("CREATED_DATE"),
    sort_by=(Sort("CREATED_DATE"),),
)  # fmt: skip
_BY_SOURCE = Definition(
    name="Leads by Source",
    developer_name="Leads_by_Source",
    report_type="LeadList",
    format="SUMMARY",
    detail_columns=("FIRST_NAME", "LAST_NAME", "COMPANY", "ANNUAL_REVENUE", "CREATED_DATE"),
    groupings_down=(Grouping("LEAD_SOURCE"), Grouping("RATING")),
    aggregates=("s!ANNUAL_REVENUE", ROW_COUNT),
    filters=(Filter("CONVERTED", "equals", "False"),),
)
_PIPELINE = Definition(
    name="Pipeline by Stage and Month",
    developer_name="Pipeline_by_Stage_and_Month",
    report_type="Opportunity",
    format="MATRIX",
    detail_columns=("OPPORTUNITY_NAME", "ACCOUNT_NAME", "AMOUNT", "CLOSE_DATE", "FULL_NAME"),
    groupings_down=(Grouping("STAGE_NAME"),),
    groupings_across=(Grouping("CLOSE_DATE", granularity="Quarter"),),
    aggregates=("s!AMOUNT", "a!AMOUNT", ROW_COUNT),
    date_filter=DateFilter("CLOSE_DATE"),
    standard_filters={"open": "all", "probability": ">0"},
)
_PRIVATE = Definition(
    name=PRIVATE_REPORT_NAME,
    developer_name="My_own_hot_leads",
    report_type="LeadList",
    detail_columns=("FIRST_NAME", "LAST_NAME", "EMAIL"),
    filters=(Filter("RATING", "equals", "Hot"),),
    scope="user",
)


def plant_reports(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Add the public folder with its reports, and the private report of the second user."""
    administrator, colleague = make_id("005", 1), make_id("005", 2)
    tx = Transaction(connection, catalogue, catalogue, administrator, BORN)
    folder = {
        "Name": FOLDER_NAME,
        "DeveloperName": "Act_On_Reports",
        "AccessType": "Public",
        "Type": "Report",
        "IsReadonly": 0,
    }
    folder_id = tx.add(catalogue.get("Folder"), folder)
    for definition in (_PROSPECTS, _ALL_LEADS, _BY_SOURCE, _PIPELINE):
        put_report(tx, replace(definition, folder_id=folder_id))
    put_report(
        Transaction(connection, catalogue, catalogue, colleague, BORN),
        replace(_PRIVATE, folder_id=colleague),
    )
