"""Measure on everything there is: `python -m tests.evaluation` prints a line for each desk, as Markdown."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from shutil import rmtree

from core.configuration import DEMO
from core.evaluating import LEARNERS, evaluate_twice
from tests.evaluation import table
from tests.evaluation.demo import demo_desk
from tests.evaluation.generated import SHAPES, generated
from tests.evaluation.living import LivingDesk, lived
from tests.evaluation.real_mail import real_mail

MADE: Mapping[str, Callable[[Path], LivingDesk]] = {
    "real mail": real_mail,
    "real mail without List-Id": partial(real_mail, with_list_id=False),
    "real mail, less spam": partial(real_mail, spam_every=8),
    **{shape.name: partial(generated, shape=shape) for shape in SHAPES},
}
NAMES = ("demo", *MADE)


def main() -> None:
    asked = _arguments()
    lines = []
    print(table.head())
    for line in _lines(asked):
        print(line, flush=True)
        lines.append(line)
    if asked.write:
        table.write(asked.write, lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=__doc__)
    parser.add_argument("name", nargs="*", help="; ".join(NAMES).replace("%", "%%"))
    parser.add_argument("--folder", type=Path, default=Path("data/evaluation"), help="where desks are made, once")
    parser.add_argument("--demo", type=Path, default=DEMO.parent, help="where the demo was made")
    parser.add_argument("--learner", action="append", choices=[*LEARNERS])
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table between its marks in this page, too")
    asked = parser.parse_args()
    if unknown := set(asked.name) - set(NAMES):
        parser.error(f"there is no {', '.join(unknown)}")
    return asked


def _lines(asked: argparse.Namespace) -> Iterator[str]:
    for name in asked.name or NAMES:
        living = demo_desk(asked.demo) if name == "demo" else _made(asked.folder, name)
        if living is None:
            print("There is no demo: python -m core demo", file=sys.stderr)
            continue
        decided, meant = evaluate_twice(living.scope, living.meant, learners=asked.learner)
        yield table.line(name, decided)
        if not decided.answers.became.equals(meant.answers.became):
            yield table.line(f"{name}, as meant", meant)


def _made(within: Path, name: str) -> LivingDesk:
    folder = within / name.replace(" ", "_").replace("%", "")
    if made := lived(folder):
        return made
    rmtree(folder, ignore_errors=True)  # what was begun and not ended
    return MADE[name](folder)


if __name__ == "__main__":
    main()
