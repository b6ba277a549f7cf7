"""SOSL: searches for words in the fields of several objects at once."""
