"""The verbs that have verbs below them: `routes …` and `recommend …`."""

import typer

from core.commands import checking, recommend, recommend_answers, route_changes, routes
from core.commands.verbs import ID, PLAIN, verb

route_set = typer.Typer(
    **PLAIN, help="The route set: list, change, import, export and check it.",
    epilog="\b\nExample:\n  python -m core routes check routes.toml",
)  # fmt: skip
recommended = typer.Typer(
    **PLAIN | {"no_args_is_help": False}, callback=recommend.recommend, invoke_without_command=True,
    epilog="\b\nExample:\n  python -m core recommend --toml > draft.toml",
)  # fmt: skip


verb(route_set, "import", routes.import_routes, "routes import routes.toml")
verb(route_set, "export", routes.export_routes, "routes export > routes.toml")
verb(route_set, "check", checking.check_routes, "routes check routes.toml")
verb(route_set, "list", route_changes.list_routes, "routes list --search invoice")
verb(route_set, "show", route_changes.show_route, 'routes show "Acme invoices"')
verb(route_set, "history", route_changes.history, 'routes history "Acme invoices"')
verb(route_set, "switch", route_changes.switch, 'routes switch "Acme invoices" --on')
verb(route_set, "rollback", route_changes.rollback, 'routes rollback "Acme invoices" --to 3')
verb(recommended, "accept", recommend_answers.accept, "recommend accept 6708c1dbe8ce --shadow")
verb(recommended, "refuse", recommend_answers.refuse, 'recommend refuse 6708c1dbe8ce --reason "These are two services"')
verb(recommended, "answers", recommend_answers.answers, "recommend answers")
verb(recommended, "withdraw", recommend_answers.withdraw, f"recommend withdraw {ID}")
