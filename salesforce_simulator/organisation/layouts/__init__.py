"""Page layouts: which fields, buttons and related lists the page of a record shows.

`store.Layouts` keeps them, in the words of the Metadata API's type Layout; `standard` makes those
that every organisation has; `describe` tells clients about them.
"""

from salesforce_simulator.organisation.layouts.store import Layout, Layouts

__all__ = ["Layout", "Layouts"]
