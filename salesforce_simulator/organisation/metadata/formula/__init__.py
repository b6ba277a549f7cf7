"""Formula fields: Salesforce's formula text becomes SQL over the record's alias `{t}`.

``parser`` turns the text into ``nodes``; ``compiler`` gives each node a type and its SQL, with
``functions`` for the calls and ``operators`` for the rest. A formula that refers to another one
takes in its SQL, so whoever changes a formula compiles again those that refer to it.
"""

from salesforce_simulator.organisation.metadata.formula.compiler import compile_formula
from salesforce_simulator.organisation.metadata.formula.errors import FormulaError

__all__ = ["FormulaError", "compile_formula"]
