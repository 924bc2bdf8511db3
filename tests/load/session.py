"""A browser's session without the browser: Streamlit's own messages over the websocket of a dashboard.

Of what the dashboard draws only the widgets are kept, by the keys that the pages give them. What a person does is sent
as the browser does it: the state of the widget that was touched, for the fragment in which it stands.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATIENCE = 120.0  # seconds for one run of a page
AGAIN = ForwardMsg.FINISHED_EARLY_FOR_RERUN
FRAGMENT = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
KEYED = re.compile(r"^\$\$ID-[0-9a-f]+-(.+)$")


class Failed(Exception):
    """What a person would call an error: the page says so, did not come, or a widget is not there."""


@dataclass(frozen=True)
class Widget:
    """A widget on the screen: its id, the fragment that it stands in, and what it is."""

    id: str
    fragment: str
    element: Any
    run: int


@dataclass
class Session:
    """A tab that is open at a dashboard. `url`: ws://…"""

    url: str
    query: str = ""
    widgets: dict[str, Widget] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    again: dict[str, float] = field(default_factory=dict)
    _socket: websockets.ClientConnection | None = None
    _run: int = 0

    async def open(self) -> None:
        """Connect and let the page run to its end."""
        self._socket = await websockets.connect(
            self.url + "/_stcore/stream", subprotocols=[websockets.Subprotocol("streamlit")], max_size=None
        )
        await self._rerun()

    async def close(self) -> None:
        """Close the tab."""
        if self._socket:
            await self._socket.close()

    @property
    def opened(self) -> str:
        """The id of the message that is open."""
        return parse_qs(self.query).get("id", [""])[0]

    def has(self, key: str) -> bool:
        """Whether a widget of this key is there."""
        return key in self.widgets

    def keys(self, beginning: str) -> list[str]:
        """The keys that begin so."""
        return [key for key in self.widgets if key.startswith(beginning)]

    async def press(self, key: str) -> None:
        """Press a button."""
        if self._found(key).element.disabled:
            raise Failed(f"{key} is off")
        await self._touched(key, trigger_value=True)

    async def choose(self, key: str, option: str) -> None:
        """Choose an option of a pick list, by how it reads, or by how it begins."""
        options = list(self._found(key).element.options)
        found = [each for each in options if each.startswith(option)]
        if not found:
            raise Failed(f"{key} offers no {option!r}")
        await self._touched(key, string_value=found[0])

    async def click_row(self, beginning: str, row: int) -> None:
        """Click into a row of the table whose key begins so."""
        keys = self.keys(beginning)
        if not keys:
            raise Failed(f"there is no table {beginning!r}")
        await self._touched(keys[-1], string_value=json.dumps(
            {"selection": {"rows": [], "columns": [], "cells": [[row, "subject"]]}}))  # fmt: skip

    async def look_again(self, fragment: str) -> None:
        """What the browser asks for by itself every so often."""
        await self._rerun(fragment, automatic=True)

    def _found(self, key: str) -> Widget:
        if key not in self.widgets:
            raise Failed(f"there is no {key!r}")
        return self.widgets[key]

    async def _touched(self, key: str, **value: Any) -> None:
        widget = self._found(key)
        await self._rerun(widget.fragment, {"id": widget.id, **value})

    async def _rerun(
        self, fragment: str = "", touched: Mapping[str, Any] | None = None, automatic: bool = False
    ) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.fragment_id, asked.is_auto_rerun = self.query, fragment, automatic
        asked.context_info.timezone, asked.context_info.locale = "Europe/Madrid", "en-GB"
        asked.context_info.url = self.url.replace("ws", "http", 1) + "/"
        if touched:
            asked.widget_states.widgets.add(**touched)
        assert self._socket
        await self._socket.send(message.SerializeToString())
        await asyncio.wait_for(self._until_finished(), PATIENCE)

    async def _until_finished(self) -> None:
        """Until a run has ended that nobody begins anew."""
        assert self._socket
        while True:
            message = ForwardMsg.FromString(await self._socket.recv(decode=False))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._run += 1
            elif kind == "delta":
                self._drawn(message.delta)
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "auto_rerun":
                self.again[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished != AGAIN:
                self._forget(message.script_finished == FRAGMENT)
                return

    def _drawn(self, delta: Delta) -> None:
        kind = delta.new_element.WhichOneof("type") if delta.WhichOneof("type") == "new_element" else None
        if kind is None:
            return
        element = getattr(delta.new_element, kind)
        if kind == "exception":
            self.errors.append(f"{element.type}: {element.message}")
        if kind == "alert" and element.format == element.ERROR:
            self.errors.append(element.body)
        if keyed := KEYED.match(getattr(element, "id", "") or ""):
            self.widgets[keyed[1]] = Widget(element.id, delta.fragment_id, element, self._run)

    def _forget(self, fragment_only: bool) -> None:
        """What the run did not draw again is gone: of the whole page, or of the fragments that ran."""
        ran = {each.fragment for each in self.widgets.values() if each.run == self._run}
        self.widgets = {
            key: each
            for key, each in self.widgets.items()
            if each.run == self._run or (fragment_only and each.fragment not in ran)
        }
