"""The way to Salesforce: an account's connection, its credentials and its field catalogue."""
