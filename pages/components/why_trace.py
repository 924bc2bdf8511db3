"""Why a mail is where it is: how routing ended, and for each address the routes tried, in their order."""

from collections.abc import Hashable, Mapping
from typing import Any

import streamlit as st

from core.language import _, n_
from core.route_set import route_frame
from core.route_versions import route_in
from core.route_words import route_conditions
from core.routes import Route
from core.scope import Scope
from pages.components import why_words
from pages.components.look import box, row, soft, text
from pages.components.reading import number

SHOWN = 8  # routes for one address; the others are only counted
Told = dict[str, Any]
Versions = Mapping[tuple[str, int], str]


def show(scope: Scope, told: Told, *, conclusion: bool = True) -> None:
    """What `core.messages.why` or `core.why_anything` tell; without a `conclusion` where the screen has it already."""
    versions = _versions(scope)
    blocks = [box(why_words.ended(told))] if conclusion else []
    blocks += [box(line) for line in why_words.before(told)]
    blocks += [_recipient(each, versions) for each in asked(told)]
    if not told["recipients"]:
        blocks.append(soft(_("It names no address, so no route was tried.")))
    with st.container(key="why-trace"):
        st.html(f'<div class="sd-head">{"".join(blocks)}</div>')


def asked(told: Told) -> list[Told]:
    """The recipients that routes were asked about: a delivery address only where no To or Cc address was routed."""
    named = any(each["route"] for each in told["recipients"] if each["kind"] != "delivered")
    return [each for each in told["recipients"] if not (named and each["kind"] == "delivered")]


def opens(told: Told) -> None:
    """What a mail that is only asked about would open."""
    for each in told["opens"]:
        kind = {"ticket": _("Ticket"), "case": _("Case")}[each["kind"]]
        target = " · ".join((kind, each["customer"], each["contract"], each["service"]))
        words = _("Would open {target} by “{route}”, for {addresses}.").format(
            target=target, route=each["route"], addresses=", ".join(each["addresses"]))  # fmt: skip
        st.html(box(f'<span class="sd-strong">{text(words)}</span>'))


def _recipient(one: Told, versions: Versions) -> str:
    labels = {"to": _("To"), "cc": _("Cc"), "delivered": _("Delivered to")}
    tried = sorted(one["routes_tried"], key=lambda each: each["position"])
    hidden = max(0, len(tried) - SHOWN)
    lines = [_tried(each, one, versions) for each in tried[hidden:]]
    if hidden:
        before = n_("{count} earlier route was tried in vain.", "{count} earlier routes were tried in vain.", hidden)
        lines.insert(0, soft(before.format(count=number(hidden))))
    address = f'<span class="sd-strong">{text(one["address"])}</span>'
    told = "".join(f"<div>{line}</div>" for line in [*lines, soft(_stop(one, tried))])
    return f'<div class="sd-why">{row(labels[one["kind"]], address, *_mark(one))}{told}</div>'


def _mark(one: Told) -> tuple[str, str]:
    """What became of an address, as a sign with words, and the class that colours it."""
    if not one["valid"]:
        return _("✕ no address"), "sd-bad"
    if one["route"]:
        return _("✓ routed"), "sd-yes"
    return ("", "") if one["kind"] == "delivered" else (_("– no route"), "sd-no")


def _tried(tried: Told, one: Told, versions: Versions) -> str:
    """A route: its sign, what it is called, why it did not hold, and its conditions where they are still the same."""
    said = {"opened": _("took it: {target}").format(target=one["target"] or ""),
            "target_missing": _("took it, but what it opens no longer exists")}.get(tried["outcome"])  # fmt: skip
    sign = {"opened": "✓", "target_missing": "▲"}.get(tried["outcome"], "✕")
    missed = "; ".join(why_words.failures().get(code, code) for code in tried["failed"])
    version = soft(_("version {version}").format(version=tried["version"]))
    lead = f'{sign} <span class="sd-strong">{text(tried["route"])}</span> {version}: {text(said or missed)}'
    conditions = versions.get((tried["route"], tried["version"]), "")
    return f"{lead}<br>{soft(conditions)}" if conditions else lead


def _stop(one: Told, tried: list[Told]) -> str:
    """Where trying ended, and why there."""
    if not one["valid"]:
        return str(_("This is no address, so no route was tried for it."))
    if tried and tried[-1]["outcome"] != "missed":
        return str(_("It stopped here: the first route that holds takes the mail."))
    if one["kind"] == "delivered":
        return str(_("No further route takes blind copies to this address.") if tried else
                   _("No route takes blind copies to this address."))  # fmt: skip
    return str(_("No further route is for this address.") if tried else _("No route is for this address."))


def _versions(scope: Scope) -> Versions:
    """The conditions of the routes that stand, by name and version: an older version may have had others."""
    rows = route_frame(scope).astype(object)
    records = rows.where(rows.notna(), None).to_dict("records")
    return {(str(each["name"]), int(each["version"])): route_conditions(_route(each)) for each in records}


def _route(record: dict[Hashable, Any]) -> Route:
    """The route of a row of the frame, whose lists are arrays."""
    several = ("sender", "subject_contains", "body_contains")
    lists = {name: list(record[name]) if record[name] is not None else [] for name in several}
    return route_in({str(name): value for name, value in record.items()} | lists)
