"""The verbs by name. The module of a verb is loaded when it is asked for: no verb waits for what only others use."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

PLAIN: dict[str, Any] = {"no_args_is_help": True, "add_completion": False, "rich_markup_mode": None}
ID = "0199c2f4-7d1e-7b3a-9c55-2f0a6d1e8b42"
# Where each function is, and an example; those of a group are in the group.
VERBS = {
    "demo": ("demo.demo", "demo"),
    "serve": ("serve.serve", "serve --port 8600"),
    "collect": ("collect.collect_mail", "collect --watch"),
    "effects": ("effects.effects", "effects --dry-run"),
    "status": ("status.status", "status --check"),
    "metrics": ("metrics.metrics", "metrics > /var/lib/node_exporter/straydesk.prom"),
    "backup": ("backup.make_backup", "backup /backups/straydesk-monday"),
    "restore-backup": ("backup.restore_a_backup", "restore-backup /backups/straydesk-monday --to restored.duckdb"),
    "retention": ("retention.retention", "retention --dry-run"),
    "publish": ("publish.publish_views", "publish /data/published --as ida@desk.example"),
    "dictionary": ("publish.dictionary", "dictionary > docs/data_dictionary.md"),
    "maintain": ("maintain.maintain_store", "maintain --dry-run"),
    "migrate-store": (
        "migrate.migrate",
        'migrate-store data/straydesk.duckdb "ducklake:postgres:dbname=straydesk '
        'host=db.example user=desk" --to-data s3://desk/mail',
    ),
    "queue": ("queue.queue", 'queue --mailbox "Accounts Payable" --search invoice'),
    "show": ("show.show", f"show {ID} --attachment 2 --output invoice.pdf"),
    "why": ("why.why", f"why {ID}"),
    "create": ("actions.create", f"create {ID} --customer Acme --contract P2P --service Invoices"),
    "candidates": ("actions.candidates", f"candidates {ID}"),
    "attach": ("actions.attach", f"attach {ID} --to T-000123"),
    "delete": ("actions.delete", f'delete {ID} --reason "Spam"'),
    "restore": ("actions.restore", f"restore {ID}"),
    "undo": ("actions.undo", f"undo {ID}"),
    "blocks": ("blocks.list_blocks", "blocks --all"),
    "block": ("blocks.block", 'block news@shop.example --mailbox "Accounts Payable" --reason "Advertising"'),
    "allow": ("blocks.allow", 'allow boss@shop.example --reason "Writes about orders"'),
    "lift": ("blocks.lift", f"lift {ID}"),
    "backtest": ("backtest.backtest", "backtest --routes draft.toml --days 30"),
    "evaluate": ("evaluate.evaluate", "evaluate --weeks 8"),
    "replay": ("replay.replay", "replay --dry-run"),
    "bench": ("bench.bench", "bench --defects"),
    "reparse": ("bench.reparse", "reparse --older --dry-run"),
    "work-items": ("items.work_items", "work-items --status open"),
    "item": ("items.item", "item T-000123"),
    "merge": ("items.merge", "merge T-000124 T-000130 --into T-000123"),
    "close": ("items.close", 'close T-000123 --reason "Paid"'),
    "reopen": ("items.reopen", "reopen T-000123"),
    "digest": ("sending.show_digest", "digest --team Finance"),
    "deliver": ("sending.deliver_outbox", "deliver"),
    "recommend": ("groups.recommended", ""),
    "routes": ("groups.route_set", ""),
}


class Loaded(Mapping[str, Any]):
    """The commands by name, each made when it is first looked at."""

    def __getitem__(self, name: str) -> Any:
        return _command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(VERBS)

    def __len__(self) -> int:
        return len(VERBS)


class Verbs(TyperGroup):
    """The group of all verbs, for `typer.Typer(cls=Verbs)`."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = cast(Any, Loaded())  # nobody adds to them


def verb(group: typer.Typer, name: str, function: Callable[..., Any], example: str) -> None:
    """Have the group run the function by this name; its help ends with the example."""
    group.command(name, epilog=f"\b\nExample:\n  python -m core {example}")(function)


@cache
def _command(name: str) -> Any:
    """Typer's command of a function, or of a group of them. Raises KeyError."""
    place, example = VERBS[name]
    module, function = place.split(".")
    found = getattr(import_module(f"core.commands.{module}"), function)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(**PLAIN | {"no_args_is_help": False})
        verb(alone, name, found, example)
        found = alone
    command = get_command(found)
    command.name = name
    return command
