"""The house keeps its own rules: who may import whom, how large a room grows, what README and the catalogue know."""

import ast
import re
import statistics
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import typer
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from pydantic import BaseModel

from core.configuration_file import ConfigurationFile
from core.configuration_parts import Section
from core.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "core").rglob("*.py"))
PAGES = [*sorted((ROOT / "pages").rglob("*.py")), *ROOT.glob("dashboard.py")]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> set[str]:
    """The modules a file imports, with their dots; a relative import counts as one of its own package."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(
                ".".join([*path.relative_to(ROOT).parts[:1], node.module or ""]) if node.level else node.module or ""
            )
    return names


def who_imports(package: str, files: list[Path]) -> set[str]:
    roots = ((file, {name.partition(".")[0] for name in imported(file)}) for file in files)
    return {str(file.relative_to(ROOT)) for file, names in roots if package in names}


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("above", ["pages", "dashboard", "streamlit", "tests"])
def test_core_imports_nothing_that_stands_above_it(above: str) -> None:
    assert who_imports(above, CORE) == set()


@pytest.mark.parametrize("above", ["dashboard", "tests"])
def test_pages_import_nothing_that_stands_above_them(above: str) -> None:
    assert who_imports(above, PAGES) == set()


def test_a_shared_widget_imports_no_screen() -> None:
    widgets = [file for file in PAGES if "components" in file.parts]
    names = {name for file in widgets for name in imported(file) if name.startswith("pages.")}
    assert {name for name in names if not name.startswith("pages.components")} == set()


@pytest.mark.parametrize(("package", "room"), [("imap_tools", "core/sources/"), ("duckdb", "core/store/")])
def test_a_library_is_imported_in_its_one_room_only(package: str, room: str) -> None:
    importers = who_imports(package, CORE + PAGES)
    assert importers
    assert {file for file in importers if not file.startswith(room)} == set()


def test_pages_hold_no_sql() -> None:
    sql = re.compile(
        r"\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from)\b", re.IGNORECASE | re.DOTALL
    )
    texts = ((file, node.value) for file in PAGES for node in ast.walk(tree(file)) if isinstance(node, ast.Constant))
    assert [(file.name, text) for file, text in texts if isinstance(text, str) and sql.search(text)] == []


@pytest.mark.parametrize(("files", "limit"), [(CORE, 200), (PAGES, 120)], ids=["core", "pages"])
def test_no_file_outgrows_its_room(files: list[Path], limit: int) -> None:
    sizes = {str(file.relative_to(ROOT)): file.read_text().count("\n") for file in files}
    assert {file: size for file, size in sizes.items() if size > limit} == {}


def test_no_function_is_longer_than_forty_lines_and_most_are_short() -> None:
    sizes = {f"{file.name}: {each.name}": lines(each) for file in CORE + PAGES for each in functions(file)}
    assert {function: size for function, size in sizes.items() if size > 40} == {}
    assert statistics.median(lines(each) for file in CORE for each in functions(file)) <= 8


def public(body: list[ast.stmt]) -> Iterator[Function]:
    """The functions and methods somebody outside may call."""
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)


def test_every_public_function_says_what_it_answers() -> None:
    found = [(file, each) for file in CORE for each in public(tree(file).body)]
    assert len(found) > 20
    assert [f"{file.relative_to(ROOT)}: {each.name}" for file, each in found if not ast.get_docstring(each)] == []


def test_no_room_is_named_for_having_no_subject() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)")
    assert [
        file
        for file in CORE + PAGES
        if any(vague.search(part) for part in file.relative_to(ROOT).with_suffix("").parts)
    ] == []


@pytest.mark.parametrize(
    "files", [("requirements.txt",), ("requirements.txt", "requirements-dev.txt")], ids=["run", "test"]
)
def test_every_library_that_is_imported_is_pinned(files: tuple[str, ...]) -> None:
    pins = {
        normal(name) for file in files for name in re.findall(r"^([\w.-]+)==", (ROOT / file).read_text(), re.MULTILINE)
    }
    code = CORE + PAGES if len(files) == 1 else sorted((ROOT / "tests").rglob("*.py"))
    modules = {name.partition(".")[0] for file in code for name in imported(file)}
    foreign = modules - set(sys.stdlib_module_names) - {"core", "pages", "dashboard", "tests"}
    found = packages_distributions()
    assert {name for name in foreign if not {normal(each) for each in found.get(name, [])} & pins} == set()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_map_of_the_house_names_every_room_of_core() -> None:
    rooms = {each.name for each in (ROOT / "core").iterdir() if each.suffix == ".py" or each.is_dir()}
    text = (ROOT / "CONTRIBUTING.md").read_text()
    unnamed = {room for room in rooms if not re.search(rf"[`/]{re.escape(room)}[`/]", text)}
    assert unnamed - {"__init__.py", "__main__.py", "__pycache__"} == set()


# README


def readme() -> str:
    return (ROOT / "README.md").read_text()


def verbs() -> set[str]:
    """Every verb of the command line; of a group, each with the name of the group before it."""
    from core.__main__ import app

    return set(spelled(typer.main.get_command(app), ""))


def spelled(command: Any, name: str) -> Iterator[str]:
    below = getattr(command, "commands", None)
    if below is None:
        yield name
        return
    for each, inner in below.items():
        yield from spelled(inner, f"{name} {each}".strip())


def test_readme_names_every_verb_of_the_command_line() -> None:
    text = readme()
    assert {verb for verb in verbs() if not re.search(rf"`[^`\n]*\b{re.escape(verb)}\b", text)} == set()


def test_readme_names_no_verb_that_does_not_exist() -> None:
    named = set(re.findall(r"python -m core ([a-z]+(?:-[a-z]+)*)", readme()))
    assert named
    assert named - {verb.partition(" ")[0] for verb in verbs()} == set()


def test_readme_names_every_environment_variable_and_no_other() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", readme())) - {f"{PREFIX}TEST_MAIL"} == known


def keys(section: type[BaseModel]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield name
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, Section):
                yield from keys(inner)


def test_readme_names_every_key_of_the_configuration() -> None:
    text = readme()
    assert {key for key in keys(ConfigurationFile) if not re.search(rf"\b{key}\b", text)} == set()


# Translations


def spoken() -> Iterator[tuple[Path, list[ast.expr]]]:
    """What stands in every `_()` and `n_()`: the file, and the one or two sentences."""
    for file in CORE + PAGES:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "n_"):
                yield file, list(node.args[: 1 if node.func.id == "_" else 2])


def sentences() -> set[str | tuple[str, ...]]:
    found: set[str | tuple[str, ...]] = set()
    for _file, arguments in spoken():
        texts = tuple(
            each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)
        )
        found.add(texts[0] if len(arguments) == 1 else texts)
    return found


def catalogue() -> Catalog:
    with (ROOT / "core/locale/es/LC_MESSAGES/straydesk.po").open("rb") as file:
        return read_po(file, locale="es")


def known() -> dict[str | tuple[str, ...], tuple[str, ...]]:
    """Each sentence of the catalogue with its translations: one, or one for each number."""
    return {
        entry.id if isinstance(entry.id, str) else tuple(entry.id): (
            (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))
        )
        for entry in catalogue()
        if entry.id
    }


def test_every_sentence_is_written_out_where_it_is_translated() -> None:
    dynamic = [
        f"{file.relative_to(ROOT)}:{each.lineno}"
        for file, arguments in spoken()
        for each in arguments
        if not isinstance(each, ast.Constant)
    ]
    assert dynamic == []


def test_no_sentence_stands_inside_an_f_string_where_extraction_does_not_look() -> None:
    inside = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in CORE + PAGES
        for written in ast.walk(tree(file))
        if isinstance(written, ast.JoinedStr)
        for call in ast.walk(written)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "n_")
    ]
    assert inside == []


def test_every_sentence_has_its_spanish_translation() -> None:
    translated = {sentence for sentence, texts in known().items() if all(texts)}
    assert sentences() - translated == set()


def test_the_catalogue_holds_no_sentence_that_is_gone() -> None:
    assert known().keys() - sentences() == set()
    assert not catalogue().obsolete


def test_no_translation_is_only_guessed() -> None:
    assert [entry.id for entry in catalogue() if entry.id and entry.fuzzy] == []


def test_every_translation_fills_in_what_its_sentence_does() -> None:
    def fields(texts: tuple[str, ...]) -> set[str]:
        return {name for text in texts for name in re.findall(r"\{\w*[^}]*\}", text)}

    pairs = (
        (sentence if isinstance(sentence, tuple) else (sentence,), texts)
        for sentence, texts in known().items()
        if all(texts)
    )
    assert [sentence for sentence, texts in pairs if fields(sentence) != fields(texts)] == []
