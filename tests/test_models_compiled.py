"""The compiled functions of scipy load without the rest, and nobody else notices."""

import subprocess
import sys

import pytest

_SAME = """
import scipy, scipy.special
from clv_xl.models import compiled
print(all(getattr(scipy.special, name) is getattr(compiled.functions, name) for name in compiled._NEEDED))
print(scipy.special.logsumexp([0.0]) == 0.0, sys.modules["scipy.special"] is scipy.special)
"""


_MOVED = """
import sys

class Moved:
    def find_spec(self, name, path=None, target=None):
        if name == "scipy.special._ufuncs":
            sys.meta_path.remove(self)
            raise ImportError(name)
"""


@pytest.mark.parametrize(
    ("before", "whole"),
    [
        ("import clv_xl.models.compiled", False),
        # somebody's own program has it already
        ("import scipy.special, clv_xl.models.compiled", True),
        # a version of scipy in which the compiled module has another name
        (f"{_MOVED}sys.meta_path.insert(0, Moved())\nimport clv_xl.models.compiled", True),
    ],
    ids=["alone", "with all of it", "moved"],
)
def test_the_functions_are_those_of_scipy(before: str, whole: bool) -> None:
    script = f"import sys\n{before}\nprint('scipy.special' in sys.modules)\n{_SAME}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(whole), "True", "True", "True"]
