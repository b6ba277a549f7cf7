"""Keeps the rulebook with the organisation's data."""

from collections.abc import Mapping
from typing import Any

import orjson

from salesforce_simulator.organisation.rulebook.book import Rulebook
from salesforce_simulator.organisation.settings import Settings

_SETTING = "rulebook"


class RulebookStore:
    """The organisation's rulebook; a text that did not change is not parsed again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: tuple[str | None, Rulebook] = (None, Rulebook())

    def read(self) -> Rulebook:
        """Return the rulebook in force."""
        text = self._settings.get(_SETTING)
        known_text, book = self._known
        if text != known_text:
            book = Rulebook.from_json(orjson.loads(text or "{}"))
            self._known = (text, book)
        return book

    def change(self, parts: Mapping[str, Any]) -> Rulebook:
        """Replace some parts and return the whole; ValueError when they are none."""
        book = self.read().changed(parts)
        self._settings.put(_SETTING, orjson.dumps(book.as_json()).decode())
        return book
