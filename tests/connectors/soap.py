"""Answers of Salesforce's SOAP log-in that a healthy organisation does not give."""

LOGIN_PATH = "/services/Soap/u/"


def logins(org):
    """Return the log-ins that the organisation has seen."""
    return [call for call in org.calls() if call["path"].startswith(LOGIN_PATH)]


def data_calls(org):
    """Return the calls but a test's own."""
    return [call for call in org.calls() if not call["path"].startswith("/__control__/")]


def refuse_logins(org, code, message, **when):
    """Let the organisation answer log-ins with a fault of Salesforce's."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring>"
        f'<detail><sf:LoginFault xsi:type="sf:LoginFault">'
        f"<sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage>"
        "</sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    headers = {"Content-Type": "text/xml;charset=UTF-8"}
    org.fault(LOGIN_PATH, status=500, body=body, headers=headers, **when)


def answer_logins(org, *, server_url, organization_id=None, password_expired=False):
    """Let log-ins succeed with another server, organisation or an expired password."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="urn:partner.soap.sforce.com"><soapenv:Body><loginResponse><result>'
        f"<passwordExpired>{str(password_expired).lower()}</passwordExpired>"
        f"<sandbox>false</sandbox><serverUrl>{server_url}/services/Soap/u/64.0</serverUrl>"
        "<sessionId>00D000000000001!canned</sessionId><userId>005000000000001AAA</userId>"
        f"<userInfo><organizationId>{organization_id or org.organization_id}</organizationId>"
        f"<userName>{org.username}</userName></userInfo>"
        "</result></loginResponse></soapenv:Body></soapenv:Envelope>"
    )
    headers = {"Content-Type": "text/xml;charset=UTF-8"}
    org.fault(LOGIN_PATH, status=200, body=body, headers=headers)
