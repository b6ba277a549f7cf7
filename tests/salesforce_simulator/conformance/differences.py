"""Where the local organisation differs from the recorded ones on purpose, each with the reason.

A difference is a path such as ``describe/Account/fields/Name/compoundFieldName``; its parts may be
patterns of fnmatch. A path that no difference covers fails the test that has found it.
"""

from fnmatch import fnmatchcase

DIFFERENCES = {
    "describe/*/childRelationships/*": (
        "objects that this organisation does not have are no children, and users belong to no"
        " portal account"
    ),
    "describe/*/recordTypeInfos": "a new organisation has no record types but the master",
    "describe/*/supportedScopes": "USING SCOPE knows everything and mine",
    "describe/*/urls/defaultValues": "went with the versions in which it was recorded",
    "describe/*/sobjectDescribeOption": "is newer than the recording",
    "describe/*/associateEntityType": "is newer than the recording",
    "describe/*/associateParentEntity": "is newer than the recording",
    "describe/*/fields/*/missing": "not every standard field is here: those that lists use are",
    "describe/Account/fields/Name/compoundFieldName": "there are no person accounts",
    "describe/Account/fields/ChannelProgram*/*able": "values of a formula can be sorted here",
    "describe/*/fields/CleanStatus/picklistValues": "labels of Data.com are its values",
    "describe/Opportunity/fields/ForecastCategory/picklistValues": "labels are the values",
    "describe/Opportunity/fields/Fiscal/byteLength": "texts of three bytes a character throughout",
    "describe/Event/urls/*": "recordings disagree about lists and approvals of events",
    "describe/Event/fields/OwnerId/*": "events belong to users alone, not to calendars",
    "describe/Event/fields/GroupEventType/*": "there are no events of groups",
    "describe/Event/fields/ShowAs/picklistValues": "labels are the values",
    "describe/Event/fields/AccountId/searchPrefilterable": "nothing is searched",
    "describe/Event/fields/ActivityDate/aggregatable": "dates can be aggregated throughout",
    "describe/Event/fields/Subject/groupable": "texts of a combobox can be grouped",
    "describe-lite/*/fields/*/missing": "not every standard field is here",
    "describe-lite/Contact/fields/AssistantName/label": "the recording escapes an apostrophe",
    "describe-lite/PermissionSet/fields/LicenseId/type": "licences are of one kind",
    "describe-lite/PermissionSetAssignment/fields/PermissionSetGroupId/*": "there are no groups",
    "global/*/keyPrefix": "the recording has lost some",
    "global/Event/*": "events are kept, but have no feed and are not merged",
    "global/UserRole/urls": "roles have no compact layout",
    "global/User/urls": "users have one layout, and passwords are set over SOAP",
    "cassettes/TestDatasetsE2E.*/[23] has status 400*RecordTypeId*": "there are no record types",
    "cassettes/*/DelegatedAuthenticationServiceUrl is missing": "log-ins are local",
    "cassettes/TestSnowfakery.*/2/Preferences* is *": "preferences come and go with the versions",
}


def unexplained(paths: list[str]) -> list[str]:
    """Return the paths that no difference covers."""
    return [
        path for path in paths if not any(fnmatchcase(path, pattern) for pattern in DIFFERENCES)
    ]
