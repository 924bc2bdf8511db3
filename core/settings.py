"""What the environment says: where the configuration and the store are, and how this process speaks."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import ConfigurationProblem
from core.language import _

PREFIX = "STRAYDESK_"


class Settings(BaseSettings):
    """One field for each STRAYDESK_… variable; an empty variable counts as not set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    config: Path | None = None
    store: str = "data/straydesk.duckdb"
    data: str = ""  # where a shared store keeps its data: a folder or s3://…
    language: Literal["", "en", "es"] = ""
    log: Literal["text", "json"] = "text"  # how the collector tells what it does while it watches
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    routes_need_approval: bool = False  # what agents change of routes waits for a lead or administrator


def settings() -> Settings:
    """The settings of this process, read from the environment now. ConfigurationProblem names each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            _("The environment variable {name} can't be used: {reason}. Correct it or unset it.").format(
                name=PREFIX + str(problem["loc"][0]).upper(), reason=problem["msg"]
            )
            for problem in error.errors()
        ]
        raise ConfigurationProblem("\n".join(lines)) from error
