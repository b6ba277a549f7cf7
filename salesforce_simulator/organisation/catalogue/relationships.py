"""The names of the ways down from parent to child, and the deletes that follow them."""

# (parent, child, field of the child) -> name in a sub-query
CHILD_NAMES = {
    ("Account", "Account", "ParentId"): "ChildAccounts",
    ("Account", "Contact", "AccountId"): "Contacts",
    ("Account", "Opportunity", "AccountId"): "Opportunities",
    ("Campaign", "Campaign", "ParentId"): "ChildCampaigns",
    ("Campaign", "CampaignMember", "CampaignId"): "CampaignMembers",
    ("Campaign", "CampaignMemberStatus", "CampaignId"): "CampaignMemberStatuses",
    ("Campaign", "Opportunity", "CampaignId"): "Opportunities",
    ("Contact", "CampaignMember", "ContactId"): "CampaignMembers",
    ("Contact", "Opportunity", "ContactId"): "Opportunities",
    ("Contact", "OpportunityContactRole", "ContactId"): "OpportunityContactRoles",
    ("Lead", "CampaignMember", "LeadId"): "CampaignMembers",
    ("Opportunity", "OpportunityContactRole", "OpportunityId"): "OpportunityContactRoles",
    ("User", "User", "ManagerId"): "ManagedUsers",
}

CASCADE_DELETES = frozenset(
    {
        ("Account", "Contact", "AccountId"),
        ("Account", "Opportunity", "AccountId"),
        ("Campaign", "CampaignMember", "CampaignId"),
        ("Campaign", "CampaignMemberStatus", "CampaignId"),
        ("Contact", "CampaignMember", "ContactId"),
        ("Contact", "OpportunityContactRole", "ContactId"),
        ("Lead", "CampaignMember", "LeadId"),
        ("Opportunity", "OpportunityContactRole", "OpportunityId"),
    }
)
