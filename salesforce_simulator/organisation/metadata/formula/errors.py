"""What is wrong with a formula, in Salesforce's words."""


class FormulaError(Exception):
    """A formula that Salesforce would not save; the text is the component's problem."""
