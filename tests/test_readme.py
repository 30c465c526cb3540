"""What the README tells a user to type works, in the order in which it stands there.

Every line of a ``sh`` block, and every ``$ `` line of a ``console`` block, is run in one new folder, and must
exit with 0. The folder holds the files of a small sample shop, as if they were the user's own (orders.csv,
parameters.toml ...), and a table of subscriptions. A console block also shows what is printed; ``...`` stands for
anything, and ``# exit code 3`` at the end of a line says that the command is meant to fail. Four kinds of lines
are not run but checked in another way:

- ``make TARGET``: ``make -n`` must know it; ``.ci/run`` runs ``make report`` and ``make test`` for real.
- ``git clone URL [FOLDER]``: must be an https address.
- ``cd FOLDER``: only into the folder that a ``git clone`` line just made.
- ``pip install``, ``pipx install``, ``uv tool install``: must name this project or ``.``, and extras it has.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click import ClickException, Context

from clv_xl.cli import cli as program
from tests import pictures
from tests.office import ROOT
from tests.subscription_shops import subscribers, write_subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_EXIT_CODE = re.compile(r"\s+# exit code (\d)$")
_CLONE = re.compile(r"git clone (https://\S+?)(?:\.git)?(?: (\S+))?")
_INSTALL = re.compile(r"(?:python3? -m )?pip install |pipx install |uv tool install ")


@dataclass(frozen=True)
class Command:
    """One line that a reader types: where it stands, how it ends, what it prints (None: not shown)."""

    line: int
    text: str
    exit_code: int = 0
    shown: str | None = None


def commands(markdown: str) -> list[Command]:
    """Return every command of a page, in order."""
    found = []
    for block in _FENCE.finditer(markdown):
        first = markdown.count("\n", 0, block.start()) + 2
        kind, body = block[1], block[2]
        if kind == "sh":
            found += _script(first, body)
        elif kind == "console":
            found += _session(first, body)
        elif kind in {"bash", "shell", "zsh"}:
            raise AssertionError(
                f"README.md:{first - 1}: write ```sh instead of ```{kind}, so that it is tested"
            )
    return found


def _command(line: int, text: str, shown: str | None) -> Command:
    code = _EXIT_CODE.search(text)
    return Command(line, _EXIT_CODE.sub("", text), int(code[1]) if code else 0, shown)


def _script(first: int, body: str) -> list[Command]:
    found, begun = [], ""
    for number, line in enumerate(body.splitlines(), start=first):
        text = begun + line.strip()
        if text.endswith("\\"):
            begun = text[:-1]
            continue
        begun = ""
        if text and not text.startswith("#"):
            found.append(_command(number, text, None))
    assert not begun, f"README.md:{first}: the last line of the block ends with a backslash"
    return found


def _session(first: int, body: str) -> list[Command]:
    found: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(body.splitlines(), start=first):
        if line.startswith("$ "):
            found.append((number, line[2:].strip(), []))
        else:
            assert found, f"README.md:{number}: a console block starts with a line that starts with '$ '"
            found[-1][2].append(line)
    return [_command(number, text, "\n".join(shown).strip("\n")) for number, text, shown in found]


def shows(expected: str, printed: str) -> bool:
    """Whether what a page shows is what was printed; ``...`` stands for anything, line ends do not count."""
    if not expected:
        return True
    wanted, got = (
        "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines())
        for text in (expected, printed)
    )
    return doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS)


def fault_of_install(text: str, project: dict[str, object]) -> str:
    """What is wrong with a line that installs something, or ""."""
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    for word in shlex.split(_INSTALL.sub("", text), comments=True):
        if word.startswith("-"):
            continue
        match = re.fullmatch(rf"(?:{re.escape(str(project['name']))}|\.)(?:\[([\w,]+)\])?", word)
        if not match:
            return f"{word} is not {project['name']}"
        if unknown := set((match[1] or "").split(",")) - {"", *extras}:
            return f"pyproject.toml has no extra {', '.join(sorted(unknown))}"
    return ""


def fault_of_cd(text: str, before: Command | None) -> str:
    """What is wrong with a line that changes folder, or ""."""
    clone = _CLONE.fullmatch(before.text) if before else None
    if not clone:
        return "all lines run in one folder: cd may only follow git clone"
    made = clone[2] or clone[1].rsplit("/", 1)[-1]
    return "" if text == f"cd {made}" else f"git clone makes the folder {made}"


README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def fault_of_make(text: str) -> str:
    """What make says about targets that it does not know, or ""."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    # The flags of the make that runs the tests would reach this one, and change what it prints.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "-n", *shlex.split(text, comments=True)[1:]],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr if done.returncode else ""


def fault_of_run(command: Command, folder: Path, environment: dict[str, str]) -> str:
    """How a command, run in ``folder``, differs from what the page promises, or ""."""
    done = subprocess.run(
        command.text,
        shell=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    if done.returncode != command.exit_code:
        return f"exit code {done.returncode}, not {command.exit_code}\n{done.stdout}"
    if command.shown is not None and not shows(command.shown, done.stdout):
        return f"the page shows\n{command.shown}\nbut it printed\n{done.stdout}"
    return ""


def faults(markdown: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Run and check every command of a page; return what is wrong, with its line."""
    found = []
    before = None
    for command in commands(markdown):
        text = command.text
        if text.startswith("make "):
            fault = fault_of_make(text)
        elif text.startswith("git clone"):
            fault = "" if _CLONE.fullmatch(text) else "write: git clone https://..."
        elif text.startswith("cd "):
            fault = fault_of_cd(text, before)
        elif _INSTALL.match(text):
            fault = fault_of_install(text, PROJECT)
        else:
            fault = fault_of_run(command, folder, environment)
        if fault:
            found.append(f"README.md:{command.line}: {text}\n{fault}")
        before = command
    return found


def test_the_readme_starts_with_the_two_commands_that_need_only_python() -> None:
    typed = [command.text for command in commands(README)]
    first = [text for text in typed if not text.startswith(("git clone", "cd "))][:2]
    assert [text.split(" #")[0].strip() for text in first] == ["make report", "make test"]
    assert any(text.startswith("clv-xl report ") for text in typed)
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make report test ", ci, flags=re.MULTILINE), ".ci/run no longer runs both for real"


@pytest.mark.long
def test_every_command_of_the_readme_works(
    cli: Callable[..., Run], cli_program: Path, tmp_path: Path
) -> None:
    made = cli("sample", ".", "--customers", "400")
    assert made.exit_code == 0, made.stderr
    write_subscriptions(tmp_path / "subscriptions.csv", subscribers(150))
    path = f"{cli_program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    found = faults(README, tmp_path, {**os.environ, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1"})
    assert not found, "\n\n".join(found)


def fault_of_options(text: str) -> str:
    """What the command line says of the words of a command, without running it, or ""."""
    try:
        name, *rest = shlex.split(text, comments=True)[1:]
        whole = Context(program, **program.context_settings)
        found = program.get_command(whole, name)
        if found is None:
            return f"there is no command {name}"
        found.make_context(name, rest, parent=whole)
    except ClickException as error:
        return error.format_message()
    return ""


def test_the_command_line_knows_every_command_and_option_of_the_readme() -> None:
    """Without running them: that takes long, and ``make check-long`` does it."""
    typed = [command for command in commands(README) if command.text.startswith("clv-xl ")]
    assert len(typed) > 5
    found = [f"README.md:{one.line}: {fault}" for one in typed if (fault := fault_of_options(one.text))]
    assert not found, "\n".join(found)
    assert fault_of_options("clv-xl repot orders.csv") == "there is no command repot"
    assert fault_of_options("clv-xl report orders.csv --sett a=1").startswith("No such option")


def test_links_and_pictures_of_the_readme_exist() -> None:
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)|<img[^>]* src=\"([^\"]+)\"", README)
    local = [a or b for a, b in targets if not re.match(r"\w+:", a or b)]
    missing = [target for target in local if not (ROOT / target).exists()]
    assert not missing, f"README.md links to {', '.join(missing)}"


def test_the_readme_shows_each_picture_that_make_pictures_makes() -> None:
    """Small enough to open at once; what they say is held to the report by ``make check``."""
    told = pictures.SHOWN.read_text(encoding="utf-8")
    for title in pictures.PAGES:
        path = pictures.file_of(title)
        assert f"({path.relative_to(ROOT).as_posix()})" in README, title
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG"), title
        assert len(content) <= pictures.LARGEST, title
        wide, tall = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        assert wide >= 1000, title
        assert 1.2 < wide / tall < 1.7, title
        assert f"# {title}\n" in told
    assert {path.stem for path in pictures.FOLDER.glob("*.png")} == {
        "template",
        *(pictures.file_of(title).stem for title in pictures.PAGES),
    }


# --- the reading and the checking themselves ------------------------------------------------------------

PAGE = """# A page

```sh
# first this
git clone https://example.org/x/clv_xl.git
clv-xl report orders.csv \\
  -o report.xlsx

make report   # a word
```

Words, and `clv-xl` in a line.

```python
print("not a command")
```

```console
$ clv-xl check orders.csv
1,024 rows read
...

$ clv-xl report nothing.csv  # exit code 3
nothing.csv: there is no such file.
```
"""


def test_commands_are_read_in_order_with_their_lines() -> None:
    assert commands(PAGE) == [
        Command(5, "git clone https://example.org/x/clv_xl.git"),
        Command(7, "clv-xl report orders.csv -o report.xlsx"),
        Command(9, "make report   # a word"),
        Command(19, "clv-xl check orders.csv", 0, "1,024 rows read\n..."),
        Command(23, "clv-xl report nothing.csv", 3, "nothing.csv: there is no such file."),
    ]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```bash\nls\n```\n", "write ```sh instead"),
        ("```sh\nls \\\n```\n", "ends with a backslash"),
        ("```console\noutput first\n```\n", "a console block starts with"),
    ],
)
def test_a_block_that_could_not_be_tested_is_refused(page: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        commands(page)


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("", "anything\n", True),
        ("a\nb", "a\nb\n", True),
        ("a\n...", "a\nb\nc\n", True),
        ("rows: ... used", "rows: 12 used\n", True),
        ("a", "a  \n", True),
        ("a", "b\n", False),
        ("a", "a\nb\n", False),
        ("a  b", "a b\n", False),
        ("a", "", False),
    ],
)
def test_what_is_shown_is_compared(expected: str, printed: str, same: bool) -> None:
    assert shows(expected, printed) is same


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("pip install clv-xl", ""),
        ("python -m pip install --upgrade 'clv-xl[test]'", ""),
        ("pip install -e '.[dev]'", ""),
        ("uv tool install clv-xl", ""),
        ("pip install clv_excel", "clv_excel is not clv-xl"),
        ("pip install 'clv-xl[sparkle]'", "no extra sparkle"),
    ],
)
def test_an_install_line_is_checked(text: str, fault: str) -> None:
    assert _INSTALL.match(text)
    found = fault_of_install(text, PROJECT)
    assert (fault in found) if fault else not found


@pytest.mark.parametrize(
    ("before", "text", "fine"),
    [
        ("git clone https://example.org/x/clv_xl.git", "cd clv_xl", True),
        ("git clone https://example.org/x/clv_xl here", "cd here", True),
        ("git clone https://example.org/x/clv_xl", "cd clv-xl", False),
        ("clv-xl sample out", "cd out", False),
        (None, "cd out", False),
    ],
)
def test_cd_only_follows_a_clone(before: str | None, text: str, fine: bool) -> None:
    assert (fault_of_cd(text, Command(1, before) if before else None) == "") is fine


@pytest.mark.skipif(os.name != "posix", reason="the stand-in commands are those of a POSIX shell")
def test_a_page_that_promises_what_does_not_happen_is_found(tmp_path: Path) -> None:
    page = """
```sh
echo one > made.txt
make report  # known
make rapport
git clone git@example.org:x/y.git
cd elsewhere
pip install something-else
cat missing.txt
false  # exit code 1
```

```console
$ cat made.txt
one
$ cat made.txt
two
$ cat made.txt  # exit code 3
one
```
"""
    found = faults(page, tmp_path, dict(os.environ))
    assert [fault.split(":")[1] for fault in found] == ["5", "6", "7", "8", "9", "16", "18"]
    for fault, words in zip(
        found,
        ("No rule", "https", "cd may only", "is not clv-xl", "exit code 1, not 0", "the page shows", "not 3"),
        strict=True,
    ):
        assert words in fault


def test_the_readme_says_where_the_command_is_after_make(cli_program: Path) -> None:
    """``make report`` puts it into .venv, which no shell searches."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert (
        text.index("make report") < text.index(f".venv/bin/{cli_program.name}") < text.index("clv-xl report")
    )


def test_every_test_that_a_document_names_is_there() -> None:
    named = {
        path
        for page in (ROOT / "docs").glob("*.md")
        for path in re.findall(r"tests/\w+\.py", page.read_text(encoding="utf-8"))
    }
    assert "tests/test_orders_account.py" in named
    assert not [path for path in sorted(named) if not (ROOT / path).is_file()]
