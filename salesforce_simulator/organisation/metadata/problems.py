"""What is wrong with one component of a deployment."""


class ComponentError(Exception):
    """A component that cannot be deployed; `problem` is Salesforce's text.

    `line` and `column` tell where in its file, when that is known.
    """

    def __init__(self, problem: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.column = column
