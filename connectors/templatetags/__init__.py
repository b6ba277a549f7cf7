"""Tags about the connection."""
