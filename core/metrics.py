"""How collecting goes, for Prometheus: read from the store when asked, so that any process can tell."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pandas as pd
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.errors import StoreProblem
from core.lag import lags
from core.scope import Scope
from core.status import mailbox_states
from core.store import sql

OUTCOMES = ("stored", "duplicate", "too_large")
Row = dict[str, Any]
Value = Callable[[Row, datetime], float | None]


def _seconds_since(column: str) -> Value:
    return lambda row, now: (now - row[column]).total_seconds() if row[column] is not None else None


def _seconds_until(column: str) -> Value:
    return lambda row, now: (row[column] - now).total_seconds() if row[column] is not None else None


# By the names that Prometheus knows them by; what they mean is English, as is all of Prometheus.
GAUGES: dict[str, tuple[str, Value]] = {
    "straydesk_mailbox_up": ("1 if the last run over the mailbox went well, 0 if it met a problem or there was none.",
                             lambda row, _now: float(row["last_run_at"] is not None and row["problem"] is None)),
    "straydesk_messages_failed": ("Messages on the server that the last run could not take in.",
                                  lambda row, _now: row["failed"] + row["left_over"]),
    "straydesk_residues": ("Messages that the server lists and does not hand out, by name in the page Mailboxes.",
                           lambda row, _now: row["residues"]),
    "straydesk_backlog": ("Messages that the newest run had listed and that are not taken in yet.",
                          lambda row, _now: row["backlog"]),
    "straydesk_lag_seconds": ("Median time from a server's receiving to collecting, of the mail of the last day.",
                              lambda row, _now: row["lag_seconds"]),
    "straydesk_certificate_expires_seconds": ("Until the server's certificate runs out.", _seconds_until(
        "certificate_expires_at")),
    "straydesk_messages_waiting": ("Unprocessed messages.", lambda row, _now: row["waiting"]),
    "straydesk_oldest_waiting_age_seconds": ("Since the oldest unprocessed message was received.",
                                             _seconds_since("oldest_at")),
    "straydesk_last_success_age_seconds": ("Since a run over the mailbox last went well.",
                                           _seconds_since("last_success_at")),
    "straydesk_last_run_seconds": ("How long the last run took that brought something or met a problem.",
                                   lambda row, _now: row["run_seconds"]),
}  # fmt: skip


def exposition(scope: Scope) -> str:
    """The metrics of the mailboxes in scope in Prometheus' text format. Raises StoreProblem."""
    return generate_latest(_registry(_Mailboxes(scope))).decode()


def samples(scope: Scope) -> list[dict[str, Any]]:
    """The same as a list: name, labels, value."""
    return [{"name": each.name, "labels": each.labels, "value": each.value}
            for metric in _Mailboxes(scope).collect() for each in metric.samples]  # fmt: skip


def serve_metrics(scope: Scope, address: str, port: int) -> Callable[[], None]:
    """Answer Prometheus at http://address:port/metrics from a thread of its own; call the answer to end that.

    While the store can't be read, `straydesk_up` is 0 and the rest is missing. Raises OSError for a port that is taken.
    """
    server, thread = start_http_server(port, address, registry=_registry(_Reachable(_Mailboxes(scope))))

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


class _Mailboxes(Collector):
    """What the store says about each mailbox, now."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def collect(self) -> Iterator[Metric]:
        """The metrics, each with a sample for every mailbox that has one."""
        rows, now = _read(self._scope), self._scope.desk.now()
        yield GaugeMetricFamily("straydesk_up", "1 if the store can be read.", value=1)
        taken = CounterMetricFamily("straydesk_messages", "Messages taken in.", labels=("mailbox", "outcome"))
        for row in rows:
            for outcome in OUTCOMES:
                taken.add_metric((row["mailbox"], outcome), row[f"{outcome}_ever"])
        yield taken
        for name, (meaning, value) in GAUGES.items():
            gauge = GaugeMetricFamily(name, meaning, labels=("mailbox",))
            for row in rows:
                if (sample := value(row, now)) is not None:
                    gauge.add_metric((row["mailbox"],), sample)
            yield gauge


class _Reachable(Collector):
    """The same for a scrape, which must get an answer also where the store gives none."""

    def __init__(self, mailboxes: _Mailboxes) -> None:
        self._mailboxes = mailboxes

    def collect(self) -> list[Metric]:
        """The metrics, or only that there are none."""
        try:
            return list(self._mailboxes.collect())
        except StoreProblem:
            return [GaugeMetricFamily("straydesk_up", "1 if the store can be read.", value=0)]


def _registry(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry


def _read(scope: Scope) -> list[Row]:
    with scope.store.reading() as db:
        found = mailbox_states(scope).merge(db.frame(sql("metrics"), mailboxes=list(scope.mailboxes)), on="mailbox")
        found = found.merge(lags(scope), on="mailbox")
    plain = found.astype(object).where(found.notna(), None)
    return [{str(name): _plain(value) for name, value in row.items()} for row in plain.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
