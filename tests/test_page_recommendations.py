"""The Recommendations page: what it lists, what it says of each, what can be answered and by whom, on a real store."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.acting import create, delete
from core.queue import tally
from core.recommendations import recommendations
from core.recommendations.answering import answers, refuse
from core.route_statistics import route_statistics
from tests.desk import INVOICES, PAYMENTS, PEOPLE, SENT, STAFF, DeskUnderTest, mail
from tests.page import keys, markup, opens, run

HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[x]"
WEEKS = 8
ACME, SALE, BANK = "Mail from *@acme.example", "Mail from news@shop.example", "Mail from bank@coin.example"


def decided_desk(folder: Path, now: datetime) -> DeskUnderTest:
    """A desk where the same mail was decided by hand again and again in the weeks before `now`.

    Invoices of Acme (2 of them wait), a newsletter that is deleted, statements about which one decision differs, and
    in the mailbox of Staff payslips.
    """
    desk = DeskUnderTest(folder, clock=now)
    sent = [now - timedelta(weeks=WEEKS - week, hours=-1) for week in range(WEEKS)]
    kinds = {
        "acme": [mail(sender=f"{who}@acme.example", to="bills@desk.example", sent=at, subject=f"Invoice {who} {at:%j}")
                 for at in sent for who in ("zoe", "yan")],
        "sale": [mail(sender="news@shop.example", to="ap@desk.example", sent=at, subject=f"Sale {at:%j}")
                 for at in sent],
        "bank": [mail(sender="bank@coin.example", to="ap@desk.example", sent=at, subject=f"{HOSTILE} statement {at:%j}")
                 for at in sent],
    }  # fmt: skip
    with desk.kept_open():
        ids = iter(desk.receive(*(each for some in kinds.values() for each in some)))
        came = {kind: [next(ids) for _each in some] for kind, some in kinds.items()}
        staff = desk.receive(*(mail(sender="pay@roll.example", to="people@desk.example", sent=at,
                                    subject=f"Payslip {at:%j}") for at in sent), mailbox=PEOPLE)  # fmt: skip
        for week, at in enumerate(sent):
            desk.clock = at + timedelta(minutes=20)
            create(desk.acting("ana"), came["acme"][2 * week : 2 * week + 2], INVOICES)
            delete(desk.acting("ana"), [came["sale"][week]], "Newsletter")
            create(desk.acting("bea"), [came["bank"][week]], PAYMENTS if week else INVOICES)
            create(desk.acting("hana"), [staff[week]], STAFF)
        desk.clock, late = now, now - timedelta(hours=2)
        fresh = [mail(sender="zoe@acme.example", to="bills@desk.example", subject=f"Invoice {n}", sent=late)
                 for n in range(2)]  # fmt: skip
        desk.receive(*fresh, mail(to="nobody@desk.example", subject="Who wants me", sent=late))
    return desk


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DeskUnderTest:
    return decided_desk(tmp_path_factory.mktemp("decided"), SENT)


@pytest.fixture
def desk(made: DeskUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskUnderTest]:
    yield from opens(made.copied_to(tmp_path / "desk"), monkeypatch)


def page(who: str = "leo", **parameters: str) -> AppTest:
    return run("recommendations", who, **parameters)


def cards(app: AppTest) -> list[str]:
    return [each.label.replace("\\", "") for each in app.button if (each.key or "").startswith("open-")]


def key_of(desk: DeskUnderTest, beginning: str, who: str = "leo") -> str:
    return next(each.key for each in recommendations(desk.acting(who)).offered if each.sentence.startswith(beginning))


def opened(desk: DeskUnderTest, beginning: str, who: str = "leo", **parameters: str) -> AppTest:
    return page(who, card=key_of(desk, beginning, who), **parameters)


def press(app: AppTest, *buttons: str) -> AppTest:
    """Press the button, and those of the dialog it opens. AppTest runs the whole page, so all count as pressed."""
    for each in buttons:
        app.button(key=each).click()
        if each != buttons[-1]:
            app.run()
            app.button(key=each).click()
    app.run()
    assert not app.exception, app.exception
    return app


def evidence(app: AppTest, part: str) -> AppTest:
    app.session_state["evidence"] = part
    return app.run()


def routes(desk: DeskUnderTest) -> dict[str, tuple[bool, bool]]:
    """The routes by name: active, in shadow."""
    rows = route_statistics(desk.acting("ada"))
    return {row["name"]: (bool(row["active"]), bool(row["shadow"])) for row in rows.to_dict("records")}


def test_cards_stand_in_the_order_of_what_they_save_with_what_speaks_for_them(desk: DeskUnderTest) -> None:
    app = page("ada")
    assert [each.split(" with")[0].split(",")[0].split(" to ")[0] for each in cards(app)] == [
        ACME, "Mail from pay@roll.example", SALE, BANK]  # fmt: skip
    assert "These 3 routes would have handled 79% of the unrouted mail of the last 90 days." in markup(app)
    assert "16 of 16 by hand in 8 weeks, at least 83% sure" in markup(app)
    assert "2 wait now" in markup(app)
    assert "saved a week" in markup(app)
    assert "Mails by week: " in markup(app)


def test_a_counter_example_stands_on_the_card_and_the_unsure_is_offered_in_shadow(desk: DeskUnderTest) -> None:
    app = page(words="bank@coin.example")
    assert len(cards(app)) == 1
    assert "▲ 1 decided otherwise" in markup(app)
    assert "◐ shadow" in markup(app)
    assert "not sure enough for a route: let it run in shadow" in markup(app)


def test_words_of_a_mail_are_never_markup(desk: DeskUnderTest) -> None:
    app = opened(desk, BANK)
    assert "<img" not in markup(app)
    assert "**bold**" in markup(app)
    assert any("\\*\\*bold" in each.label for each in app.button)


def test_an_agent_sees_what_speaks_from_their_mailboxes_only(desk: DeskUnderTest) -> None:
    assert not any("roll.example" in each for each in cards(page("ana")))
    assert [each.split(" to ")[0] for each in cards(page("hana"))] == ["Mail from pay@roll.example"]
    assert "acme" not in markup(page("hana"))


def test_the_slider_chooses_again_what_is_sure_enough(desk: DeskUnderTest) -> None:
    app = page(words="*@acme")
    assert "◐ shadow" not in markup(app)
    app.slider(key="sure").set_value(90).run()
    assert "◐ shadow" in markup(app)
    assert "◐ shadow" in markup(page(words="*@acme", sure="90"))


def test_a_link_to_a_card_turns_to_the_page_on_which_it_stands(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.components.recommendation_list.PER_PAGE", 1)
    app = opened(desk, BANK)
    assert [each.split(" to ")[0] for each in cards(app)] == [BANK]
    press(app, "previous")
    assert [each.split(",")[0] for each in cards(app)] == [SALE]


def test_a_desk_where_nothing_repeats_stays_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = DeskUnderTest(tmp_path)
    quiet.receive(mail(to="nobody@desk.example"))
    for _desk in opens(quiet, monkeypatch):
        app = page()
        assert "Nothing is handled by hand often enough to recommend a route." in app.info[0].value
        assert not app.get("vega_lite_chart")


def test_the_list_is_filtered_by_words_and_by_a_sender_that_was_clicked_on(desk: DeskUnderTest) -> None:
    assert [each.split(",")[0] for each in cards(page(words="BLOCK"))] == [SALE]
    app = page(catching="zoe@acme.example")
    assert [each.split(" to ")[0] for each in cards(app)] == [ACME]
    assert len(cards(press(app, "every-sender"))) == 3
    nothing = page(words="nowhere")
    assert not cards(nothing)
    assert "None of the recommendations fits this filter." in nothing.info[0].value


def test_a_mark_of_the_curve_leaves_its_card_alone_in_the_list(desk: DeskUnderTest) -> None:
    key = key_of(desk, SALE)
    app = page(card=key, only=key)
    assert [each.split(",")[0] for each in cards(app)] == [SALE]
    assert len(cards(press(app, "every-card"))) == 3


def test_the_evidence_is_one_click_away(desk: DeskUnderTest) -> None:
    app = press(page(), f"open-{key_of(desk, BANK)}")
    assert "Not sure enough for a route" in markup(app)
    table = app.dataframe[-1].value
    assert len(table) == 7
    assert set(table["became"]) == {"Ticket · Acme · P2P · Payments"}
    app.segmented_control(key=f"verdict-{key_of(desk, BANK)}").set_value("against").run()
    assert list(app.dataframe[-1].value["became"]) == ["Ticket · Acme · P2P · Invoices"]
    assert "Such mail came in 8 weeks of" in markup(evidence(app, "By week"))
    assert "1 person decided so" in markup(evidence(app, "People"))
    tried = markup(evidence(app, "Backtest and conflicts"))
    assert "Would newly catch 8 mails of the last 90 days." in tried
    assert "7 agree with what people did, 1 does not" in tried


def test_a_lead_puts_a_route_in_force_and_takes_it_back(desk: DeskUnderTest) -> None:
    app = press(opened(desk, ACME), "accept-live")
    assert "is saved as version 1. 2 such mails wait in the queue." in markup(app)
    assert {"replay-after", "see-route", "undo"} <= keys(app)
    assert list(routes(desk).values()) == [(True, False)]
    assert not any(each.startswith(ACME) for each in cards(app))
    press(app, "undo")
    assert routes(desk) == {}
    assert "it is recommended again" in markup(app)
    assert any(each.startswith(ACME) for each in cards(app))


def test_the_queue_is_decided_again_from_the_line_that_says_what_was_done(desk: DeskUnderTest) -> None:
    app = press(opened(desk, ACME), "accept-live")
    press(app, "replay-after", "replay-now")
    assert tally(desk.acting("leo")).waiting == 1
    assert "2 messages left the queue" in markup(app)
    press(app, "undo")
    assert tally(desk.acting("leo")).waiting == 3


@pytest.mark.parametrize(("how", "stands"), [("draft", (False, False)), ("shadow", (True, True))])
def test_an_agent_saves_a_draft_or_a_route_in_shadow_but_none_in_force(
    desk: DeskUnderTest, how: str, stands: tuple[bool, bool]
) -> None:
    app = opened(desk, ACME, "ana")
    assert "accept-live" not in keys(app)
    assert "A lead or administrator puts routes in force" in "".join(each.value for each in app.caption)
    press(app, f"accept-{how}")
    assert list(routes(desk).values()) == [stands]
    assert "replay-after" not in keys(app)


def test_a_block_is_told_as_a_block_and_made_by_whoever_works_on_the_mailbox(desk: DeskUnderTest) -> None:
    app = opened(desk, SALE, "ana")
    assert "block the sender" in markup(app)
    assert not {"accept-draft", "accept-shadow", "edit"} & keys(app)
    press(app, "accept-live")
    assert "Blocked" in markup(app)
    assert not any(each.startswith(SALE) for each in cards(app))
    press(app, "undo")
    assert "news@shop.example is not blocked any more." in markup(app)


def test_refusing_takes_a_reason_is_listed_apart_and_can_be_taken_back(desk: DeskUnderTest) -> None:
    app = press(opened(desk, ACME), "refuse")
    app.selectbox(key="refuse-reason").set_value("It would catch too much")
    app.button(key="refuse").click()
    press(app, "refuse-now")
    assert answers(desk.acting("leo"))["reason"].tolist() == ["It would catch too much"]
    assert not any(each.startswith(ACME) for each in cards(app))
    apart = page("ana", section="aside")
    assert "It would catch too much" in markup(apart)
    assert "leo@desk.example" in markup(apart)
    press(apart, "take-back")
    assert answers(desk.acting("leo")).empty


def test_putting_aside_hides_it_until_its_day(desk: DeskUnderTest) -> None:
    press(opened(desk, ACME), "snooze", "aside-now")
    rows = answers(desk.acting("leo"))
    assert list(rows["answer"]) == ["snoozed"]
    assert not any(each.startswith(ACME) for each in cards(page()))
    desk.clock += timedelta(days=200)
    assert answers(desk.acting("leo")).empty


def test_analysts_see_everything_and_are_offered_nothing(desk: DeskUnderTest) -> None:
    app = opened(desk, ACME, "ida")
    assert len(cards(app)) == 3
    assert "Analysts look at mail" in markup(app)
    assert not keys(app) & {"accept-live", "accept-draft", "accept-shadow", "edit", "refuse", "snooze"}


def test_whoever_refuses_in_the_meantime_is_noticed_at_once(desk: DeskUnderTest) -> None:
    app = page()
    assert len(cards(app)) == 3
    scope = desk.acting("bea")
    refuse(scope, recommendations(scope).offered[0], "Not yet")
    assert len(cards(app.run())) == 2


@pytest.mark.parametrize(
    ("section", "told"),
    [("senders", "zoe@acme.example comes most often without a route: 10 mails in 9 weeks"),
     ("since", "No route is overruled by people more than before")],
)  # fmt: skip
def test_what_keeps_coming_and_what_routes_do_since_have_their_finding(
    desk: DeskUnderTest, section: str, told: str
) -> None:
    app = page(section=section)
    assert told in markup(app)
    assert app.get("vega_lite_chart")
