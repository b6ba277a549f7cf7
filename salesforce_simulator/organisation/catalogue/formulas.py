"""Fields that are computed when they are read, as SQL over the record's alias `{t}`."""

_PERSON_NAME = "trim(ifnull({t}.FirstName || ' ', '') || {t}.LastName)"
_PHOTO = "'/services/images/photo/' || {t}.Id"
_QUARTER = "((CAST(substr({t}.CloseDate, 6, 2) AS INTEGER) + 2) / 3)"
_YEAR = "CAST(substr({t}.CloseDate, 1, 4) AS INTEGER)"
_FORECASTS = (
    "CASE {t}.StageName WHEN 'Closed Won' THEN 'Closed' WHEN 'Closed Lost' THEN 'Omitted'"
    " ELSE 'Pipeline' END"
)


def _of_person(lead: str, contact: str) -> str:
    """Return SQL for a campaign member's value, read from its contact or else its lead."""
    parts = (
        "CASE WHEN {t}.ContactId IS NULL",
        f"THEN (SELECT {lead} FROM Lead p WHERE p.Id = {{t}}.LeadId)",  # noqa: S608 - constants of this module
        f"ELSE (SELECT {contact} FROM Contact p WHERE p.Id = {{t}}.ContactId) END",  # noqa: S608 - the same
    )
    return " ".join(parts)


def _count_members(condition: str) -> str:
    parts = ("(SELECT count(*)", "FROM CampaignMember m WHERE m.CampaignId = {t}.Id")
    return " ".join((*parts, f"AND m.IsDeleted = 0 AND {condition})"))


def _opportunities(total: str, condition: str) -> str:
    parts = (f"(SELECT {total}", "FROM Opportunity o WHERE o.CampaignId = {t}.Id")
    return " ".join((*parts, f"AND o.IsDeleted = 0 AND {condition})"))


_PERSON = _PERSON_NAME.replace("{t}", "p")
_ACCOUNT = "(SELECT a.Name FROM Account a WHERE a.Id = p.AccountId)"
_WON = "o.StageName = 'Closed Won'"
_CONVERTED = "EXISTS (SELECT 1 FROM Lead l WHERE l.Id = m.LeadId AND l.IsConverted = 1)"

_MEMBER_FIELDS = {
    "Salutation": ("p.Salutation", "p.Salutation"),
    "Name": (_PERSON, _PERSON),
    "FirstName": ("p.FirstName", "p.FirstName"),
    "LastName": ("p.LastName", "p.LastName"),
    "Title": ("p.Title", "p.Title"),
    "Street": ("p.Street", "p.MailingStreet"),
    "City": ("p.City", "p.MailingCity"),
    "State": ("p.State", "p.MailingState"),
    "PostalCode": ("p.PostalCode", "p.MailingPostalCode"),
    "Country": ("p.Country", "p.MailingCountry"),
    "Email": ("p.Email", "p.Email"),
    "Phone": ("p.Phone", "p.Phone"),
    "Fax": ("p.Fax", "p.Fax"),
    "MobilePhone": ("p.MobilePhone", "p.MobilePhone"),
    "Description": ("p.Description", "p.Description"),
    "DoNotCall": ("p.DoNotCall", "p.DoNotCall"),
    "HasOptedOutOfEmail": ("p.HasOptedOutOfEmail", "p.HasOptedOutOfEmail"),
    "HasOptedOutOfFax": ("p.HasOptedOutOfFax", "p.HasOptedOutOfFax"),
    "LeadSource": ("p.LeadSource", "p.LeadSource"),
    "CompanyOrAccount": ("p.Company", _ACCOUNT),
    "LeadOrContactOwnerId": ("p.OwnerId", "p.OwnerId"),
}

_ACCOUNT_OF_ACTIVITY = (
    "coalesce(CASE substr({t}.WhatId, 1, 3) WHEN '001' THEN {t}.WhatId WHEN '006' THEN"
    " (SELECT o.AccountId FROM Opportunity o WHERE o.Id = {t}.WhatId) END,"
    " (SELECT c.AccountId FROM Contact c WHERE c.Id = {t}.WhoId))"
)

FORMULAS: dict[tuple[str, str], str] = {
    ("Lead", "Name"): _PERSON_NAME,
    ("Lead", "PhotoUrl"): _PHOTO,
    ("Contact", "Name"): _PERSON_NAME,
    ("Contact", "PhotoUrl"): _PHOTO,
    ("Contact", "IsEmailBounced"): "({t}.EmailBouncedDate IS NOT NULL)",
    ("Account", "PhotoUrl"): _PHOTO,
    ("User", "Name"): _PERSON_NAME,
    ("Opportunity", "ExpectedRevenue"): "({t}.Amount * {t}.Probability / 100.0)",
    ("Opportunity", "IsClosed"): "({t}.StageName IN ('Closed Won', 'Closed Lost'))",
    ("Opportunity", "IsWon"): "({t}.StageName = 'Closed Won')",
    ("Opportunity", "FiscalQuarter"): _QUARTER,
    ("Opportunity", "FiscalYear"): _YEAR,
    ("Opportunity", "Fiscal"): f"({_YEAR} || ' ' || {_QUARTER})",
    ("Opportunity", "ForecastCategory"): _FORECASTS,
    ("CampaignMember", "LeadOrContactId"): "ifnull({t}.ContactId, {t}.LeadId)",
    ("CampaignMember", "Type"): "CASE WHEN {t}.ContactId IS NULL THEN 'Lead' ELSE 'Contact' END",
    ("Campaign", "NumberOfLeads"): _count_members("m.LeadId IS NOT NULL"),
    ("Campaign", "NumberOfConvertedLeads"): _count_members(_CONVERTED),
    ("Campaign", "NumberOfContacts"): _count_members("m.ContactId IS NOT NULL"),
    ("Campaign", "NumberOfResponses"): _count_members("m.HasResponded = 1"),
    ("Campaign", "NumberOfOpportunities"): _opportunities("count(*)", "1"),
    ("Campaign", "NumberOfWonOpportunities"): _opportunities("count(*)", _WON),
    ("Campaign", "AmountAllOpportunities"): _opportunities("total(o.Amount)", "1"),
    ("Campaign", "AmountWonOpportunities"): _opportunities("total(o.Amount)", _WON),
    ("Task", "AccountId"): _ACCOUNT_OF_ACTIVITY,
    ("Task", "IsClosed"): "({t}.Status = 'Completed')",
    ("Task", "IsHighPriority"): "({t}.Priority = 'High')",
    ("Event", "AccountId"): _ACCOUNT_OF_ACTIVITY,
    ("Event", "EndDate"): "substr({t}.EndDateTime, 1, 10)",
    ("EmailMessage", "Name"): "{t}.Subject",
    ("EmailMessageRelation", "RelationObjectType"): (
        "CASE substr({t}.RelationId, 1, 3) WHEN '003' THEN 'Contact' WHEN '00Q' THEN 'Lead'"
        " WHEN '005' THEN 'User' END"
    ),
    **{("CampaignMember", name): _of_person(*pair) for name, pair in _MEMBER_FIELDS.items()},
}
