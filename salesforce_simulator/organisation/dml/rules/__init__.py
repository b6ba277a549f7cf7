"""Rules that hold for one object alone."""

from salesforce_simulator.organisation.catalogue import SObject
from salesforce_simulator.organisation.dml.rules.activities import EventRules, TaskRules
from salesforce_simulator.organisation.dml.rules.base import Rules
from salesforce_simulator.organisation.dml.rules.campaigns import (
    CampaignRules,
    MemberRules,
    MemberStatusRules,
)
from salesforce_simulator.organisation.dml.rules.emails import MessageRelationRules, MessageRules
from salesforce_simulator.organisation.dml.rules.groups import GroupRules, QueueObjectRules
from salesforce_simulator.organisation.dml.rules.opportunities import (
    ContactRoleRules,
    OpportunityRules,
)
from salesforce_simulator.organisation.dml.rules.people import LeadRules, PersonRules, UserRules
from salesforce_simulator.organisation.dml.rules.permissions import (
    FieldPermissionsRules,
    ObjectPermissionsRules,
)

_NO_RULES = Rules()
_RULES: dict[str, Rules] = {
    "Campaign": CampaignRules(),
    "CampaignMember": MemberRules(),
    "CampaignMemberStatus": MemberStatusRules(),
    "Contact": PersonRules(),
    "EmailMessage": MessageRules(),
    "EmailMessageRelation": MessageRelationRules(),
    "Event": EventRules(),
    "Group": GroupRules(),
    "FieldPermissions": FieldPermissionsRules(),
    "Lead": LeadRules(),
    "ObjectPermissions": ObjectPermissionsRules(),
    "Opportunity": OpportunityRules(),
    "OpportunityContactRole": ContactRoleRules(),
    "QueueSobject": QueueObjectRules(),
    "Task": TaskRules(),
    "User": UserRules(),
}


def rules_of(sobject: SObject) -> Rules:
    """Return the rules of an object."""
    return _RULES.get(sobject.name, _NO_RULES)
