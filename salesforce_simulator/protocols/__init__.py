"""Salesforce's dialects: REST, SOAP (partner) and Bulk API 2.0.

Each package turns requests into calls of the organisation and its answers into bodies. The
``gate`` stands before the data API (version, session, daily limit); ``application`` joins all.
"""
