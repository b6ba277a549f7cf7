"""Tags of the lists' pages."""
