"""Habits that hold for the whole project."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import runpy
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import call_command

import seacucumber
from seacucumber import conf

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "seacucumber"
DOCS = ROOT / "docs"
#: The project that the tutorial has its reader make.
READERS_PROJECT = "shop/"
README = (ROOT / "README.rst").read_text(encoding="utf-8")

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(seacucumber.__path__, "seacucumber.")
    if not module.name.endswith("__main__")
)
DEFAULTS = {
    field.name: field.default_factory()
    if callable(field.default_factory)
    else field.default
    for kind in (conf.Mailer, conf.Retention)
    for field in fields(kind)
}
#: The settings table of the README: name -> its default, as written there.
DOCUMENTED = {
    row["name"]: row["default"]
    for row in re.finditer(
        r"^   \* - ``(?P<name>[A-Z_]+)``.*?\n     - (?:``(?P<default>.+)``|.*)\n",
        README.partition("\nSettings\n-")[2].partition("\nComing from ")[0],
        re.MULTILINE,
    )
}


def test_every_check_has_an_id_of_its_own() -> None:
    ids = Counter(
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"seacucumber\.[EW]\d{3}", node.value)
    )

    assert ids, "no system check found: has the way ids are written changed?"
    assert {name: count for name, count in ids.items() if count > 1} == {}


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "seacucumber", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(
    "row", [*conf.SETTINGS, *conf.RETENTION], ids=lambda row: row.names[0]
)
def test_setting_is_in_the_readme_with_its_default(row: conf.Setting) -> None:
    assert row.names[0] in DOCUMENTED
    for name in row.names[1:]:
        assert f"``{name}``" in README

    default = ast.literal_eval(DOCUMENTED[row.names[0]])
    expected = DEFAULTS[row.attribute]
    assert expected == (None if default is None else row.parse(default))


def test_readme_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"``(CUCUMBER_[A-Z_]+)``", README))

    assert named - conf.known_names() == set()


@pytest.mark.parametrize(
    "path",
    [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_file_can_be_read_in_one_sitting(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= 450


def test_function_can_be_read_at_a_glance() -> None:
    """What its docstring promises is not counted."""
    long = {
        f"{path.relative_to(ROOT)}: {function.name}": lines
        for path in PACKAGE.rglob("*.py")
        if "migrations" not in path.parts
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := _lines_of_code(function)) > 50
    }

    assert long == {}


def _lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    first = function.body[0]
    docstring = 0
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        docstring = first.end_lineno - first.lineno + 1
    return function.end_lineno - function.lineno + 1 - docstring


@pytest.mark.parametrize(
    "page",
    ["CONTRIBUTING.rst", *(f"docs/{path.name}" for path in DOCS.glob("*.rst"))],
)
def test_files_that_a_page_names_exist(page: str) -> None:
    """A file of the package is named by its path below it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"``((?:[a-z_0-9]+/)+(?:[a-z_0-9]+\.(?:py|rst|svg))?)``", text)

    missing = [
        name
        for name in named
        if not ((PACKAGE / name).exists() or (ROOT / name).exists())
        and not name.startswith(READERS_PROJECT)
    ]
    assert missing == []


def test_drawing_of_the_layers_is_that_of_the_contract() -> None:
    drawing = runpy.run_path(str(DOCS / "layers.py"))

    assert (DOCS / "layers.svg").read_text(encoding="utf-8") == drawing["draw"](
        drawing["layers"]()
    ), "make drawing"


def test_a_mail_passes_at_most_sixteen_files() -> None:
    page = (DOCS / "life-of-a-message.rst").read_text(encoding="utf-8")
    table = page.partition("The files, in order\n")[2].partition("1. Written\n")[0]

    files = re.findall(r"^``([a-z_/0-9]+\.py)``", table, re.MULTILINE)
    assert 10 < len(files) <= 16
    assert [name for name in files if not (PACKAGE / name).is_file()] == []


@pytest.mark.parametrize("name", MODULES)
def test_module_has_what_it_says_it_exports(name: str) -> None:
    module = importlib.import_module(name)

    missing = [
        export
        for export in getattr(module, "__all__", ())
        if not hasattr(module, export)
    ]
    assert missing == []
