"""`[publish]` of straydesk.toml: what analysts get as Parquet by itself."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.configuration_parts import Address, Section


class PublishConfiguration(Section):
    """`[publish]`: where the documented views are published, how often, and as whom; without `person` all there is."""

    folder: Path
    every_minutes: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60
    person: Address | None = None
    bodies: bool = False
