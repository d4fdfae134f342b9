"""The one family of errors that carries a sentence for the user."""

from __future__ import annotations


class SeisguiError(Exception):
    """Something the user can understand and act on.

    Parameters
    ----------
    sentence : str
        What happened, to which file, in one sentence.
    hint : str
        What can be done about it; may be empty.
    """

    exit_code = 2

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence, hint)
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class InputError(SeisguiError):
    """Bad input: a file, an option or a value that cannot be used (exit status 2)."""


class FailureError(SeisguiError):
    """The input was right, and the work failed all the same (exit status 1)."""

    exit_code = 1


class LockedError(SeisguiError):
    """The project is open for writing in another window or process."""
