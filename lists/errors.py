"""What a person is told when a list or folder cannot be changed as they asked."""


class InUseError(Exception):
    """Something still needs what was to be deleted; `sentence` is for the person who asked."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
