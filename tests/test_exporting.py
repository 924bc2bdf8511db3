"""What leaves the desk as a file: nothing in it runs in a spreadsheet, and nothing of it is lost."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import pandas as pd
import pytest

from core.exporting import as_csv, as_parquet


def read(frame: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(StringIO(as_csv(frame).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "hostile",
    [
        '=HYPERLINK("http://evil.example","x")',
        "=1+1",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "＝1+1",
        "＠SUM(A1)",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused(hostile: str) -> None:
    assert read(pd.DataFrame({"subject": [hostile]}))[1] == ["'" + hostile]


def test_a_nul_cannot_hide_the_beginning_of_a_formula() -> None:
    assert read(pd.DataFrame({"subject": ["\x00=1+1"]}))[1] == ["'=1+1"]


def test_a_formula_hidden_in_a_list_is_defused_too() -> None:
    assert read(pd.DataFrame({"mailboxes": [["=1+1", "b"]]}))[1] == ["'=1+1; b"]


@pytest.mark.parametrize("harmless", ["Re: invoice", "a=b", "5 - 3", "'quoted'", "mail@desk.example", "Ñandú"])
def test_other_text_stays_as_it_is(harmless: str) -> None:
    assert read(pd.DataFrame({"subject": [harmless]}))[1] == [harmless]


def test_a_negative_number_stays_a_number() -> None:
    assert read(pd.DataFrame({"change": [-3, 4], "share": [-0.5, 1.0]}))[1:] == [["-3", "-0.5"], ["4", "1.0"]]


def test_a_text_cannot_break_out_of_its_cell_or_its_line() -> None:
    hostile = 'a",=1+1,"b\r\n=2+2;=3+3'
    assert read(pd.DataFrame({"subject": [hostile], "next": ["x"]})) == [["subject", "next"], [hostile, "x"]]


def test_times_are_written_for_people_and_missing_ones_are_empty() -> None:
    frame = pd.DataFrame({"received_at": [datetime(2025, 3, 3, 9, 0, 5), None], "cause": [None, "no_route"]})
    assert read(frame)[1:] == [["2025-03-03 09:00:05", ""], ["", "no_route"]]


def test_lists_are_joined_as_they_come_from_the_store() -> None:
    frame = pd.DataFrame({"mailboxes": [["Payables", "People"], []]})
    assert [row[0] for row in read(frame)[1:]] == ["Payables; People", ""]


def test_a_spreadsheet_is_told_that_it_is_utf_8() -> None:
    assert as_csv(pd.DataFrame({"a": ["ñ"]})).startswith(b"\xef\xbb\xbf")


def test_half_a_character_does_not_stop_an_export() -> None:
    assert read(pd.DataFrame({"subject": pd.Series(["a\ud800b"], dtype="object")}))[1] == ["a?b"]


def test_an_empty_frame_still_names_its_columns() -> None:
    empty = pd.DataFrame({"id": pd.Series([], dtype="object"), "count": pd.Series([], dtype="int64")})
    assert read(empty) == [["id", "count"]]


def test_parquet_gives_back_every_value_as_it_was() -> None:
    frame = pd.DataFrame(
        {"subject": ["=1+1", "ñ"], "count": [-1, 2], "received_at": [datetime(2025, 3, 3, 9), None],
         "mailboxes": [["a", "b"], []]}
    )  # fmt: skip
    back = pd.read_parquet(BytesIO(as_parquet(frame)))
    assert back["subject"].tolist() == ["=1+1", "ñ"]
    assert back["count"].tolist() == [-1, 2]
    assert back["received_at"].equals(frame["received_at"])
    assert [list(each) for each in back["mailboxes"]] == [["a", "b"], []]
