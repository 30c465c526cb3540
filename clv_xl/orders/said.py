"""What a saved map says, told apart from what the command line says; and questions with their answers."""

from __future__ import annotations

from typing import NamedTuple

from clv_xl.errors import InputError

__all__ = ["Answer", "Question", "QuestionError", "Saved"]


class Saved(str):
    """A text that stands in a saved map: it means what it says, but a file may be found to contradict it.

    Attributes
    ----------
    source : str
        Name of the map, for messages.

    Examples
    --------
    >>> Saved("dd/mm/yyyy", "shop.toml").source
    'shop.toml'
    """

    __slots__ = ("source",)
    source: str

    def __new__(cls, text: str, source: str) -> Saved:  # noqa: PYI034  # there is no further kind of it
        """Return the text with the name of its map."""
        made = super().__new__(cls, text)
        made.source = source
        return made


class Answer(NamedTuple):
    """One answer to a question: an option as on the command line, and its value; or several values of one option.

    Examples
    --------
    >>> Answer("date-format", "dd/mm/yyyy").words, Answer("column", "amount=Netto").words
    ('--date-format dd/mm/yyyy', '--column amount="Netto"')
    """

    option: str
    value: str
    more: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What to type."""
        if self.option == "column":
            name, _, header = self.value.partition("=")
            return f'--column {name}="{header}"'
        plain = self.option in {"date-format", "order-amounts", "format"}
        if plain:
            return f"--{self.option} {self.value}"
        return " ".join(f'--{self.option} "{value}"' for value in (self.value, *self.more))


class Question(NamedTuple):
    """A question in words, and what may be answered; no answers where no option helps."""

    text: str
    answers: tuple[Answer, ...] = ()

    @property
    def is_amount(self) -> bool:
        """Whether it asks which column is the amount."""
        return bool(self.answers) and all(answer.value.startswith("amount=") for answer in self.answers)


class QuestionError(InputError):
    """A file that cannot be read until the user has answered.

    Parameters
    ----------
    text : str
        The whole message.
    questions : tuple of Question
        What is asked.
    """

    def __init__(self, text: str, *questions: Question) -> None:
        super().__init__(text)
        self.questions = questions
