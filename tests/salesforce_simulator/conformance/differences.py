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
    "*/DelegatedAuthenticationServiceUrl is missing": "log-ins are local",
    "*/PreferencesTerminateOldestSession is missing": "sessions are not limited",
    "*Organization*/* is not recorded": "preferences come and go with the versions",
    "restforce/*_Label is missing": "its object is invented",
    "restforce/*/Auto_Number is missing": "its object is invented",
    "restforce/*/External_Field__c is missing": "its object is invented",
    "restforce/*hizbang*": "its object is invented",
    "restforce/query_*/records/[*]/* is not recorded": "its object is invented",
    "restforce/sobject_*_success_response/* is not recorded": "its object is invented",
    "restforce/*_sobjects_success_response/* is not recorded": "recorded with version 23",
    "restforce/sobject_describe_success_response/fields/*/defaultValue is *": "no number has one",
    "restforce/upsert_created_success_response/created is not recorded": "recorded before 46",
    "swiftlysalesforce/MockAccount/*__c is missing": "fields that an administrator had added",
    "swiftlysalesforce/MockAccount/JigsawCompanyId is missing": "Data.com is gone",
    "swiftlysalesforce/MockAccount/RecordTypeId is missing": "there are no record types",
    "swiftlysalesforce/MockAccount/* is not recorded": "an older version; and fields of tests",
    "swiftlysalesforce/MockLimits/*/* is missing": "there are no apps with limits of their own",
    "swiftlysalesforce/MockLimits/* is not recorded": "limits that came with later versions",
    "swiftlysalesforce/*Metadata/* is not recorded": "recorded with an older version",
    "swiftlysalesforce/*Metadata/fields/*/defaultValue is *": "no text of ours has one",
    "swiftlysalesforce/DescribeTaskResult/* is not recorded": "recorded with an older version",
    "swiftlysalesforce/*/urls/defaultValues is missing": "went with the older versions",
    "swiftlysalesforce/DescribeTaskResult/fields/*/defaultValue is *": "false was null then",
    "cassettes/*/Preferences* is *": "preferences come and go with the versions",
}


def unexplained(paths: list[str]) -> list[str]:
    """Return the paths that no difference covers."""
    return [
        path for path in paths if not any(fnmatchcase(path, pattern) for pattern in DIFFERENCES)
    ]
