"""What a filter shows, as files; made when somebody asks for one."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core.exporting import as_csv, as_parquet
from core.language import _

MOST = 100_000  # rows in a file


def show(name: str, rows: Callable[[], pd.DataFrame]) -> None:
    """Two quiet buttons; `rows` answers what goes into the file, at most MOST rows."""
    with st.container(horizontal=True, key=f"export-{name}"):
        st.download_button("CSV", lambda: as_csv(rows()), f"{name}.csv", "text/csv", key=f"{name}-csv",
                           type="tertiary", icon=":material/download:", on_click="ignore",
                           help=_("Safe to open in a spreadsheet"))  # fmt: skip
        st.download_button("Parquet", lambda: as_parquet(rows()), f"{name}.parquet", "application/octet-stream",
                           key=f"{name}-parquet", type="tertiary", icon=":material/download:", on_click="ignore",
                           help=_("For notebooks"))  # fmt: skip
