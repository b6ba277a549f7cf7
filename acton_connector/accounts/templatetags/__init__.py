"""Tags of the pages' kit."""
