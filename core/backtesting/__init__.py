"""What a draft of the route set would have done to real mail, and what people did with that mail.

The same functions serve the page, the command line and notebooks::

    scope = open_desk().operator()
    tested = backtest(scope, read_routes(Path("draft.toml")), days=30)
    print(tested)
    tested.by_route
    tested.disagreements()[["received_at", "subject", "target", "became"]]

Both sets are evaluated by the statement that routes live mail (sql/match.sql), each as a whole and in its order. Steps
before routing count as they did: what a block, a limit, our own address or a flood ended is no subject of routes. An
answer goes where its question goes. Only mail whose own mailbox the person sees is looked at, so routes of other
mailboxes count nothing.
"""

from core.backtesting.result import KINDS, Backtest
from core.backtesting.running import backtest, backtest_route

__all__ = ["KINDS", "Backtest", "backtest", "backtest_route"]
