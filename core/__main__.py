"""The command line: `python -m core VERB`. Each verb is a function of core.commands; verbs.py there names them."""

import os
import sys

import typer

from core.commands.printing import say
from core.commands.verbs import PLAIN, Verbs
from core.errors import StraydeskError
from core.language import speak
from core.settings import settings

app = typer.Typer(
    **PLAIN, cls=Verbs, pretty_exceptions_enable=False, help="The desk for mail that no rule caught.",
    epilog="\b\nBegin with:\n  python -m core demo\n  python -m core queue\nEvery verb explains itself:\n"
    "  python -m core queue --help",
)  # fmt: skip


@app.callback()
def _all_verbs() -> None:
    pass


def main() -> int:
    """Run the verb that was asked for; 0 when it went well, 1 with a sentence for a problem. Usage ends with 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        speak(settings().language or _of_the_terminal())
        app()
    except StraydeskError as error:
        say(error.sentence)
        if error.hint:
            say(error.hint)
        return 1
    return 0


def _of_the_terminal() -> str:
    """The language that the environment asks for, by the order of POSIX."""
    return next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "en")


if __name__ == "__main__":
    sys.exit(main())
