"""Which fields of a lead become which fields of the account and contact.

Custom fields go into fields of the same name.
"""

ACCOUNT_FIELDS = {
    "Name": "Company",
    "BillingStreet": "Street",
    "BillingCity": "City",
    "BillingState": "State",
    "BillingPostalCode": "PostalCode",
    "BillingCountry": "Country",
    "Phone": "Phone",
    "Fax": "Fax",
    "Website": "Website",
    "Industry": "Industry",
    "AnnualRevenue": "AnnualRevenue",
    "NumberOfEmployees": "NumberOfEmployees",
    "Rating": "Rating",
    "AccountSource": "LeadSource",
}
CONTACT_FIELDS = {
    "Salutation": "Salutation",
    "FirstName": "FirstName",
    "LastName": "LastName",
    "Title": "Title",
    "Email": "Email",
    "Phone": "Phone",
    "MobilePhone": "MobilePhone",
    "Fax": "Fax",
    "MailingStreet": "Street",
    "MailingCity": "City",
    "MailingState": "State",
    "MailingPostalCode": "PostalCode",
    "MailingCountry": "Country",
    "LeadSource": "LeadSource",
    "Description": "Description",
    "EmailBouncedReason": "EmailBouncedReason",
    "EmailBouncedDate": "EmailBouncedDate",
    "HasOptedOutOfEmail": "HasOptedOutOfEmail",
    "DoNotCall": "DoNotCall",
    "HasOptedOutOfFax": "HasOptedOutOfFax",
}
# Whoever opted out stays out, whatever the contact said before.
STICKY_FLAGS = ("HasOptedOutOfEmail", "DoNotCall", "HasOptedOutOfFax")
