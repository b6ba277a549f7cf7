"""The userInfo block of login() and getUserInfo()."""

from salesforce_simulator.organisation.organisation import Organisation, Session

_ATTACHMENT_LIMIT_BYTES = 26_214_400


def user_info(organisation: Organisation, session: Session) -> dict[str, object]:
    """Return the block's elements in the order of the partner WSDL."""
    user = session.user
    return {
        "accessibilityMode": False,
        "chatterExternal": False,
        "currencySymbol": "$",
        "orgAttachmentFileSizeLimit": _ATTACHMENT_LIMIT_BYTES,
        "orgDefaultCurrencyIsoCode": "USD",
        "orgDefaultCurrencyLocale": "en_US",
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": False,
        "organizationId": session.organisation_id,
        "organizationMultiCurrency": False,
        "organizationName": organisation.name,
        "profileId": user["ProfileId"],
        "roleId": user.get("UserRoleId"),
        "sessionSecondsValid": session.seconds_valid,
        "userDefaultCurrencyIsoCode": None,
        "userEmail": user["Email"],
        "userFullName": user["Name"],
        "userId": session.user_id,
        "userLanguage": user["LanguageLocaleKey"],
        "userLocale": user["LocaleSidKey"],
        "userName": session.username,
        "userTimeZone": user["TimeZoneSidKey"],
        "userType": "Standard",
        "userUiSkin": "Theme3",
    }
