"""The compiled functions of ``scipy.special``, without the rest of it.

Importing all of it takes 0.07 to 0.1 s, four fifths of which go into documentation and into other libraries' arrays:
a fifteenth of the report of a small shop. Its compiled part is a module of its own, and loads in a fifth of that.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

__all__ = ["functions"]

_WHOLE: Final = "scipy.special"
_COMPILED: Final = "scipy.special._ufuncs"
_NEEDED: Final = (
    "betaincinv", "betaln", "exprel", "gammainc", "gammaincinv", "gammaln", "ndtr", "ndtri", "poch", "psi",
)  # fmt: skip


def _loaded() -> Any:  # a module without types
    """Return the compiled functions where they stand as in the versions that we know, else all of the package."""
    # somebody may be importing it at this moment: that is waited for
    found = import_module(_WHOLE) if _WHOLE in sys.modules else _compiled()
    return found if all(hasattr(found, name) for name in _NEEDED) else import_module(_WHOLE)


def _compiled() -> ModuleType | None:
    """Import the compiled module as if its package had been imported; None where there is no such module."""
    package = import_module("scipy")
    stand_in = ModuleType(_WHOLE)
    stand_in.__path__ = [str(Path(folder) / "special") for folder in package.__path__]
    sys.modules[_WHOLE] = stand_in
    try:
        return import_module(_COMPILED)
    except (ImportError, AttributeError):
        return None
    finally:
        # whoever imports the package from now on gets the real one, with these functions in it
        sys.modules.pop(_WHOLE, None)


functions: Final = _loaded()
"""The functions by their names in scipy."""
