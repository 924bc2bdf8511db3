"""`metrics`: what Prometheus asks for, printed once."""

import sys

from core.commands.options import As, Json, acting
from core.commands.printing import answer_json
from core.metrics import exposition, samples


def metrics(as_: As = None, as_json: Json = False) -> None:
    """Print the metrics for Prometheus, such as for its textfile collector. `collect --metrics-port` serves them."""
    scope = acting(as_)
    if as_json:
        answer_json(samples(scope))
    else:
        sys.stdout.write(exposition(scope))
