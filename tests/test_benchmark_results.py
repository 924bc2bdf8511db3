"""What `make bench` makes of its measurements, and that each benchmark still runs, at a size that says nothing."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import bench_collecting, bench_memory, bench_queue, timing
from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.chart import PANELS, chart, finding
from tests.benchmarks.growth import growth
from tests.benchmarks.measuring import measure
from tests.benchmarks.report import BEGIN, END, Run, filled, printed, written
from tests.benchmarks.results import Bar, Result, at_a_million, times, written_down
from tests.homes import with_others
from tests.real_mail import real_paths
from tests.servers.dovecot import why_not

pytestmark = with_others

TINY = 2_000
PAGE = Result(
    "queue", "the queue page, p95", "file", 1_000_000, 50.0, "ms", "a plain query", 25.0, Bar("< 200 ms", 200)
)
RATE = Result("collect", "collecting", "lake", 0, 900.0, "messages/s", "imap_tools", 2000.0,
              Bar("≥ 0.5 ×", 0.5, "ratio", at_least=True))  # fmt: skip


def test_a_ratio_above_one_is_better_for_times_and_for_rates() -> None:
    assert (PAGE.ratio, RATE.ratio) == (0.5, 0.45)
    assert replace(PAGE, value=5.0).ratio == 5.0
    assert replace(RATE, value=4000.0).ratio == 2.0


def test_a_bar_asks_for_the_value_or_for_the_ratio() -> None:
    assert PAGE.met is True and replace(PAGE, value=200.0).met is False
    assert RATE.met is False and replace(RATE, value=1000.0).met is True
    assert replace(PAGE, bar=None).met is None


def test_a_bar_holds_at_the_size_that_it_names() -> None:
    bar = Bar("< 1 s", 1.0)
    assert at_a_million(1_000_000, bar) == bar and at_a_million(100_000, bar) is None


def test_ratios_have_as_many_digits_as_they_deserve() -> None:
    assert [times(ratio) for ratio in (0.4567, 12.34, 1234.5)] == ["0.46 ×", "12.3 ×", "1,234 ×"]


def run(*results: Result) -> Run:
    return Run.begun().over(results, [])


def test_a_run_is_the_same_when_it_is_read_back_from_its_file(tmp_path: Path) -> None:
    whole = run(PAGE, RATE)
    written(whole, tmp_path)
    told = json.loads((tmp_path / "benchmarks.json").read_text())
    assert [each["met"] for each in told["results"]] == [True, False]
    assert told["machine"]["cores"] and told["versions"]["duckdb"] and told["commit"]
    assert Run.of(told).results == list(whole.results)


def test_the_documents_name_what_was_measured_and_which_bar_is_missed(tmp_path: Path) -> None:
    written(run(PAGE, RATE), tmp_path)
    text = (tmp_path / "benchmarks.md").read_text()
    assert (
        "| the queue page, p95 | file | 1,000,000 | 50.0 ms | a plain query: 25.0 ms | 0.50 × | < 200 ms | met |"
        in text
    )
    assert (
        "| collecting | lake | 0 | 900 messages/s | imap_tools: 2,000 messages/s | 0.45 × | ≥ 0.5 × | **missed** |"
        in text
    )
    assert (tmp_path / "benchmarks.png").read_bytes().startswith(b"\x89PNG")


def test_the_terminal_has_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    printed(run(PAGE, RATE))
    table = capsys.readouterr().out
    assert "0.50 ×" in table and "missed" in table and "imap_tools: 2,000 messages/s" in table


def test_growth_is_told_by_its_factor_for_ten_times_as_much_and_by_what_a_further_million_costs() -> None:
    taken = [
        replace(PAGE, stored=stored, value=value)
        for stored, value in ((10_000, 10.0), (100_000, 12.0), (1_000_000, 40.0))
    ]
    assert list(growth(taken))[2:] == [
        "| the queue page, p95 | file | 10.0 ms | 12.0 ms | 40.0 ms | 2.0 | +31.1 ms | 114 s |"
    ]  # 40 / 10 over two powers of ten; (40 - 12) ms over 900,000 messages, and that 3,649 times more


def test_figures_take_the_place_of_those_that_stood_there() -> None:
    once = filled(f"before\n{BEGIN}\n{END}\nafter", "first")
    assert filled(once, "second") == f"before\n{BEGIN}\n\nsecond\n\n{END}\nafter"


def test_the_plan_for_more_mail_has_a_place_for_the_figures() -> None:
    text = (Path(__file__).parent.parent / "docs" / "scale.md").read_text()
    assert text.index(BEGIN) < text.index(END)


def test_the_title_of_the_chart_says_the_finding() -> None:
    assert (
        finding([PAGE, RATE])
        == "With 1,000,000 messages stored: all 1 bars on the file and 0 of 1 bars on the lake are met"
    )


def test_each_panel_that_was_measured_is_in_the_chart_with_its_bar() -> None:
    told: dict[str, Any] = chart([PAGE, replace(PAGE, key="search", stored=10_000, bar=None)]).to_dict()
    shown = {panel["title"]["text"]: len(panel["layer"]) for panel in told["concat"]}
    assert shown == {PANELS["queue"][0]: 3, PANELS["search"][0]: 2}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in (
        (timing, "CALLS", 2), (timing, "LEAST", 1), (bench_queue, "BACKLOG", 600), (bench_memory, "LARGE", 1),
        (bench_memory, "SIZE", 200_000), (bench_memory, "TIMES", 1),
        (bench_collecting, "MESSAGES", 30), (bench_collecting, "ROUNDS", 1),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_still_runs(name: str, tmp_path: Path) -> None:
    if name in ("queue", "collecting") and not real_paths("spamassassin"):
        pytest.skip("there is no real mail here")
    if name in ("memory", "collecting") and (reason := why_not()):
        pytest.skip(reason)
    measure(name, "file", [TINY], tmp_path / "results")
    found = written_down(tmp_path / "results")
    assert found and all(each.value > 0 and each.against_value > 0 for each in found)
    assert TINY in {each.stored for each in found}


@pytest.mark.usefixtures("small")
def test_a_lake_is_measured_like_a_file(tmp_path: Path) -> None:
    measure("stores", "lake", [TINY], tmp_path / "results")
    measure("routing", "lake", [TINY], tmp_path / "results")
    assert {(each.key, each.home) for each in written_down(tmp_path / "results")} == {
        ("make", "lake"), ("routes", "lake"), ("routes-loop", "lake")}  # fmt: skip
