"""The command line: `python -m core VERB`. Each verb is a function of core.commands; here they get name and example."""

import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from core.commands import (
    actions,
    backtest,
    backup,
    bench,
    blocks,
    checking,
    collect,
    demo,
    effects,
    evaluate,
    items,
    maintain,
    metrics,
    migrate,
    publish,
    queue,
    recommend,
    recommend_answers,
    replay,
    retention,
    route_changes,
    routes,
    sending,
    serve,
    show,
    status,
    why,
)
from core.commands.printing import say
from core.errors import StraydeskError
from core.language import speak
from core.settings import settings

PLAIN: dict[str, Any] = {"no_args_is_help": True, "add_completion": False, "rich_markup_mode": None}

app = typer.Typer(
    **PLAIN, pretty_exceptions_enable=False, help="The desk for mail that no rule caught.",
    epilog="\b\nBegin with:\n  python -m core demo\n  python -m core queue\nEvery verb explains itself:\n"
    "  python -m core queue --help",
)  # fmt: skip
route_set = typer.Typer(**PLAIN)
recommended = typer.Typer(**PLAIN | {"no_args_is_help": False})
ID = "0199c2f4-7d1e-7b3a-9c55-2f0a6d1e8b42"


def _verb(group: typer.Typer, name: str, function: Callable[..., None], example: str) -> None:
    group.command(name, epilog=f"\b\nExample:\n  python -m core {example}")(function)


_verb(app, "demo", demo.demo, "demo")
_verb(app, "serve", serve.serve, "serve --port 8600")
_verb(app, "collect", collect.collect_mail, "collect --watch")
_verb(app, "effects", effects.effects, "effects --dry-run")
_verb(app, "status", status.status, "status --check")
_verb(app, "metrics", metrics.metrics, "metrics > /var/lib/node_exporter/straydesk.prom")
_verb(app, "backup", backup.make_backup, "backup /backups/straydesk-monday")
_verb(app, "restore-backup", backup.restore_a_backup, "restore-backup /backups/straydesk-monday --to restored.duckdb")
_verb(app, "retention", retention.retention, "retention --dry-run")
_verb(app, "publish", publish.publish_views, "publish /data/published --as ida@desk.example")
_verb(app, "dictionary", publish.dictionary, "dictionary > docs/data_dictionary.md")
_verb(app, "maintain", maintain.maintain_store, "maintain --dry-run")
_verb(app, "migrate-store", migrate.migrate, 'migrate-store data/straydesk.duckdb "ducklake:postgres:dbname=straydesk '
      'host=db.example user=desk" --to-data s3://desk/mail')  # fmt: skip
_verb(app, "queue", queue.queue, 'queue --mailbox "Accounts Payable" --search invoice')
_verb(app, "show", show.show, f"show {ID} --attachment 2 --output invoice.pdf")
_verb(app, "why", why.why, f"why {ID}")
_verb(app, "create", actions.create, f"create {ID} --customer Acme --contract P2P --service Invoices")
_verb(app, "candidates", actions.candidates, f"candidates {ID}")
_verb(app, "attach", actions.attach, f"attach {ID} --to T-000123")
_verb(app, "delete", actions.delete, f'delete {ID} --reason "Spam"')
_verb(app, "restore", actions.restore, f"restore {ID}")
_verb(app, "undo", actions.undo, f"undo {ID}")
_verb(app, "blocks", blocks.list_blocks, "blocks --all")
_verb(app, "block", blocks.block, 'block news@shop.example --mailbox "Accounts Payable" --reason "Advertising"')
_verb(app, "allow", blocks.allow, 'allow boss@shop.example --reason "Writes about orders"')
_verb(app, "lift", blocks.lift, f"lift {ID}")
_verb(app, "backtest", backtest.backtest, "backtest --routes draft.toml --days 30")
_verb(app, "evaluate", evaluate.evaluate, "evaluate --weeks 8")
_verb(app, "replay", replay.replay, "replay --dry-run")
_verb(app, "bench", bench.bench, "bench --defects")
_verb(app, "reparse", bench.reparse, "reparse --older --dry-run")
_verb(app, "work-items", items.work_items, "work-items --status open")
_verb(app, "item", items.item, "item T-000123")
_verb(app, "merge", items.merge, "merge T-000124 T-000130 --into T-000123")
_verb(app, "close", items.close, 'close T-000123 --reason "Paid"')
_verb(app, "reopen", items.reopen, "reopen T-000123")
_verb(app, "digest", sending.show_digest, "digest --team Finance")
_verb(app, "deliver", sending.deliver_outbox, "deliver")
_verb(route_set, "import", routes.import_routes, "routes import routes.toml")
_verb(route_set, "export", routes.export_routes, "routes export > routes.toml")
_verb(route_set, "check", checking.check_routes, "routes check routes.toml")
_verb(route_set, "list", route_changes.list_routes, "routes list --search invoice")
_verb(route_set, "show", route_changes.show_route, 'routes show "Acme invoices"')
_verb(route_set, "history", route_changes.history, 'routes history "Acme invoices"')
_verb(route_set, "switch", route_changes.switch, 'routes switch "Acme invoices" --on')
_verb(route_set, "rollback", route_changes.rollback, 'routes rollback "Acme invoices" --to 3')
_verb(recommended, "accept", recommend_answers.accept, "recommend accept 6708c1dbe8ce --shadow")
_verb(
    recommended, "refuse", recommend_answers.refuse, 'recommend refuse 6708c1dbe8ce --reason "These are two services"'
)
_verb(recommended, "answers", recommend_answers.answers, "recommend answers")
_verb(recommended, "withdraw", recommend_answers.withdraw, f"recommend withdraw {ID}")
app.add_typer(
    recommended,
    name="recommend",
    callback=recommend.recommend,
    invoke_without_command=True,
    epilog="\b\nExample:\n  python -m core recommend --toml > draft.toml",
)
app.add_typer(route_set, name="routes", help="The route set: list, change, import, export and check it.",
              epilog="\b\nExample:\n  python -m core routes check routes.toml")  # fmt: skip


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
