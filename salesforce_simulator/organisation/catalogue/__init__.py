"""Which objects exist and what their fields are like.

`objects/*.txt` holds one table per object, `picklists.txt` the values of the
picklists; `load` reads them into `model.SObject` and `model.Field`; `formulas`
holds the fields that are computed from others when they are read.
"""

from salesforce_simulator.organisation.catalogue.load import load_catalogue
from salesforce_simulator.organisation.catalogue.model import Catalogue, Field, SObject

__all__ = ["Catalogue", "Field", "SObject", "load_catalogue"]
