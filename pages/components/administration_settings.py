"""Administration: the settings in force, and where each of them is changed."""

import streamlit as st

from core.language import _
from core.scope import Scope
from pages.components import look, provider
from pages.components.look import text
from pages.components.reading import number, size


def show(scope: Scope) -> None:
    """What the configuration file and the environment say; they are changed there, not here."""
    configuration = scope.desk.configuration
    limits, collect = configuration.limits, configuration.collect
    signing_in = (
        _("by OpenID Connect") if provider.has_provider() else _("nobody: one machine, everybody who reaches it")
    )
    lines = {
        _("Configuration file"): str(configuration.path),
        _("Store"): str(scope.store),
        _("Sign-in"): signing_in,
        _("Collects every"): _("{seconds} s").format(seconds=f"{collect.every_seconds:g}"),
        _("Waits for a silent server"): _("{seconds} s").format(seconds=f"{collect.timeout_seconds:g}"),
        _("Largest mail taken apart"): size(limits.size),
        _("Largest header"): size(limits.header_bytes),
        _("Most parts of a mail"): number(limits.parts),
        _("Deepest nesting of a mail"): number(limits.depth),
    }
    rows = "".join(look.row(key, text(value)) for key, value in lines.items())
    st.html(f"<style>.sd-settings .sd-key{{flex-basis:15rem}}</style>"
            f'<div class="sd-head sd-settings" style="margin-top:.6rem">{rows}</div>')  # fmt: skip
    st.caption(
        _("These are changed in the configuration file and the environment, and take effect within half a minute.")
    )
