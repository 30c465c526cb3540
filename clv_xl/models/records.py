"""Parameters as small frozen records: checked when made, saved as JSON, loaded back unchanged."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import ClassVar, Final, Literal, Self, TypeAlias

from clv_xl.errors import UsageError
from clv_xl.metrics.arguments import NOT_NEGATIVE, POSITIVE, chosen, setting

__all__ = ["DAYS_PER_MONTH", "DAYS_PER_UNIT", "DAYS_PER_YEAR", "Parameters", "TimeUnit", "TimedParameters"]

TimeUnit: TypeAlias = Literal["days", "weeks"]

DAYS_PER_UNIT: Final[dict[TimeUnit, float]] = {"days": 1.0, "weeks": 7.0}
DAYS_PER_YEAR: Final = 365.25
DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Parameters:
    """What all parameter records share: each number is above 0, and all of it is JSON."""

    model_name: ClassVar[str]
    """The name that readers and files see, such as "Pareto/NBD"."""

    def __post_init__(self) -> None:
        for name in self.names():
            object.__setattr__(self, name, setting(name, getattr(self, name), POSITIVE))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the fitted parameters, in the order of the papers."""
        return tuple(item.name for item in fields(cls) if item.name not in {"time_unit", "k"})

    def values(self) -> tuple[float, ...]:
        """Return the fitted parameters in the order of :meth:`names`."""
        return tuple(getattr(self, name) for name in self.names())

    def to_json(self) -> str:
        """Return the record as one line of JSON that :meth:`from_json` reads back to the last bit."""
        content: dict[str, object] = {"model": self.model_name, "version": FORMAT_VERSION}
        content |= {item.name: getattr(self, item.name) for item in fields(self)}
        return json.dumps(content, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a record that :meth:`to_json` wrote.

        Raises
        ------
        UsageError
            For text that is no JSON, another model, another version, or a field too many or too few.
        ArgumentError
            For a number that the parameter cannot be.
        """
        try:
            content = json.loads(text)
        except json.JSONDecodeError as error:
            raise UsageError(
                f"The model record is not JSON: {error}. Save it anew with to_json()."
            ) from error
        if not isinstance(content, dict):
            raise UsageError("The model record is not a JSON object. Save it anew with to_json().")
        found = (content.pop("model", None), content.pop("version", None))
        if found != (cls.model_name, FORMAT_VERSION):
            raise UsageError(
                f"The model record is of {found[0]!r}, version {found[1]!r}, but {cls.model_name!r}, version "
                f"{FORMAT_VERSION}, was expected. Fit the model anew."
            )
        known = {item.name for item in fields(cls)}
        if wrong := sorted(known.symmetric_difference(content)):
            raise UsageError(
                f"The fields of the model record do not fit {cls.model_name}: {', '.join(wrong)}. "
                f"It must hold {', '.join(sorted(known))}. Fit the model anew."
            )
        return cls(**content)


@dataclass(frozen=True, slots=True)
class TimedParameters(Parameters):
    """Parameters of a model of order timing, which mean something only with their unit of time."""

    time_parameters: ClassVar[tuple[str, ...]]
    """Those that are counted in the unit of time."""

    time_unit: TimeUnit = field(kw_only=True)

    def __post_init__(self) -> None:
        # named in full: the zero-argument form does not know a class that slots have made anew
        Parameters.__post_init__(self)
        object.__setattr__(self, "time_unit", chosen("time_unit", self.time_unit, DAYS_PER_UNIT))

    def duration(self, horizon: float) -> float:
        """Return a horizon, refusing what is no time."""
        return setting("horizon", horizon, NOT_NEGATIVE)
