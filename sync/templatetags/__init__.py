"""Template tags of the sync's pages."""
