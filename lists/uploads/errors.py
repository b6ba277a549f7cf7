"""What is wrong with a file, in sentences for the person who uploads it."""

from collections.abc import Sequence

SHOWN_PROBLEMS = 20
LONGEST_QUOTATION = 60


class UploadError(Exception):
    """The file was refused and nothing was written; `sentences` say why."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


class Problems:
    """Counts what is wrong with the rows of a file and keeps the first few."""

    def __init__(self) -> None:
        self._shown: list[str] = []
        self._count = 0

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, row: int, sentence: str) -> None:
        """Note a problem of a row, numbered as a spreadsheet does."""
        self._count += 1
        if len(self._shown) < SHOWN_PROBLEMS:
            self._shown.append(f"Row {row:,}: {sentence}")

    def check(self) -> None:
        """Raise UploadError when there is any problem."""
        if not self:
            return
        more = self._count - len(self._shown)
        rest = [f"And {more:,} more {'problem' if more == 1 else 'problems'}."] if more else []
        raise UploadError([*self._shown, *rest])


def quote(text: str) -> str:
    """Return what stands in a file in quotation marks: one line of printable letters, not long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text.strip())
    shown = line if len(line) <= LONGEST_QUOTATION else f"{line[:LONGEST_QUOTATION]}…"
    return f"“{shown}”"
