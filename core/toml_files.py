"""Files that people write in TOML, checked against a model: each mistake becomes a sentence with its place."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import ConfigurationProblem
from core.language import _

Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path, model: type[Model], if_unreadable: str) -> Model:
    """The file as the model. Raises ConfigurationProblem: `if_unreadable` is its hint when there is no such file."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return model.model_validate(document)
    except OSError as error:
        raise ConfigurationProblem(
            _("{path} can't be read: {reason}.").format(path=path, reason=error.strerror), if_unreadable
        ) from error
    except ValidationError as error:
        raise refusal(path, reasons(error, document)) from error
    except ValueError as error:  # tomllib's own error, and UnicodeDecodeError, are both ValueErrors
        raise refusal(path, [_("it is not valid TOML ({reason}); correct that line").format(reason=error)]) from error


def refusal(path: Path, problems: Iterable[str]) -> ConfigurationProblem:
    """One problem with one line for each thing that is wrong in the file."""
    return ConfigurationProblem("\n".join(f"{path}: {problem}." for problem in problems))


def reasons(error: ValidationError, document: dict[str, Any]) -> list[str]:
    """What is wrong in a document, each with its place, without the full stop."""
    return [_explained(problem, document) for problem in error.errors()]


def _explained(problem: ErrorDetails, document: dict[str, Any]) -> str:
    """A problem as place and sentence: `mailbox 2 “Payables”, source: It names no path`."""
    place: list[str] = []
    inside: Any = document
    for step in problem["loc"]:
        try:
            inside = inside[step]
        except (KeyError, IndexError, TypeError):
            inside = {}
        if isinstance(step, str):
            place.append(step)
        else:
            name = inside.get("name") or inside.get("email") if isinstance(inside, dict) else inside
            place[-1] += f" {step + 1}" + (f" “{name}”" if isinstance(name, str) else "")
    return f"{', '.join(place)}: {_reason(problem)}".removeprefix(": ")


def _reason(problem: ErrorDetails) -> str:
    """What is wrong and what to do about it, in words of this program where it knows better than the library."""
    context = problem.get("ctx", {})
    match problem["type"]:
        case "extra_forbidden" if problem["loc"][-1] == "password":
            return _("passwords never stand in this file; use password_env, password_file or the keyring")
        case "extra_forbidden":
            return _("this key is not known; check its spelling or take it out")
        case "missing":
            return _("this key is missing; add it")
        case "literal_error":
            return _("this must be one of {choices}").format(choices=context.get("expected", ""))
        case "value_error":
            return str(context.get("error", problem["msg"])).rstrip(".")
        case "string_too_short":
            return _("this is empty; write something here or take the key out")
        case _:
            return _("this can't be used ({reason}); correct it").format(reason=problem["msg"])
