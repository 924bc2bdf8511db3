"""What people do by hand again and again becomes a route that is proposed, with its proof; anything else, silence.

Mail comes day by day, is collected and decided by the real functions, and the desk's clock goes along.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.acting import attach, create, delete
from core.errors import InvalidInput, NotAllowed, NotFound, StraydeskError
from core.recommendations import Recommendation, recommendations
from core.recommendations.answering import accept, answers, refuse, snooze, withdraw
from core.recommendations.suggesting import suggest_targets
from core.recommendations.watching import decided_by_week, drift_alarms, routes_added
from core.replaying import replay_preview
from core.route_edits import switch_route
from core.routes import Target
from core.undoing import undo
from core.work_items import merge
from tests.desk import AP, AR, INVOICES, PAYMENTS, PEOPLE, SENT, STAFF, DeskUnderTest, mail, route

ACME = "bill@acme.example"
FROM_ACME = "Mail from bill@acme.example to ap@desk.example with “invoice” → Ticket · Acme · P2P · Invoices"


class Habits:
    """A desk whose people decide what comes: a mail a day, decided two hours later."""

    def __init__(self, folder: Path, **given: object) -> None:
        self.desk = DeskUnderTest(folder, **given)  # type: ignore[arg-type]
        self.desk.clock = SENT

    def decided(
        self, count: int, target: Target | str, *, mailbox: str = AP, by: str = "ana", **fields: object
    ) -> list[str]:
        """So many mails, one a day, each decided as given; a text is the reason they are deleted for."""
        own = {AP: "ap", AR: "ar", PEOPLE: "people"}[mailbox]
        given = {"sender": ACME, "to": f"{own}@desk.example", "subject": "Invoice {n}"} | fields
        days = [self.desk.clock + timedelta(days=number + 1) for number in range(count)]
        ids = self.desk.receive(*(_mail(given, day) for day in days), mailbox=mailbox)
        scope = self.desk.acting("hana" if mailbox == PEOPLE else by)
        for id, day in zip(ids, days, strict=True):
            self.desk.clock = day + timedelta(hours=2)
            if isinstance(target, Target):
                create(scope, [id], target)
            else:
                delete(scope, [id], target)
            self.desk.clock += timedelta(minutes=1)
        return ids

    def offered(self, by: str = "ada", **asked: float) -> list[Recommendation]:
        return list(recommendations(self.desk.acting(by), **asked).offered)  # type: ignore[arg-type]

    def waits(self, **fields: str) -> str:
        """A mail that nobody has decided yet."""
        self.desk.clock += timedelta(hours=1)
        given = {"sender": ACME, "to": "ap@desk.example", "subject": "Invoice 9"} | fields
        id = self.desk.receive_one(mail(**given, sent=self.desk.clock))
        self.desk.clock += timedelta(minutes=1)
        return id


def _mail(fields: dict[str, object], sent: datetime) -> bytes:
    given = {name: str(value).format(n=f"{sent:%j%H%M}") for name, value in fields.items()}
    return mail(**given, sent=sent)


@pytest.fixture
def habits(tmp_path: Path) -> Iterator[Habits]:
    habits = Habits(tmp_path)
    with habits.desk.kept_open():
        yield habits


def told(found: Iterable[Recommendation]) -> list[str]:
    return [f"{each.conditions} → {each.becomes}" for each in found]


def test_what_was_done_by_hand_again_and_again_is_recommended_with_its_numbers(habits: Habits) -> None:
    ids = habits.decided(12, INVOICES)
    habits.waits()
    (found,) = habits.offered()
    assert told([found]) == [FROM_ACME]
    assert found.sentence == f"{FROM_ACME}: 12 of 12 by hand in 2 weeks, at least 81% sure"
    assert (found.support, found.agreeing, found.against, found.waiting, found.standing) == (12, 12, 0, 1, "route")
    assert (
        found.route and found.route.mailbox == AP and found.route.target == INVOICES and not found.route.match_delivered
    )
    whole = recommendations(habits.desk.acting("ada"))
    assert (whole.unrouted, whole.by_hand, whole.waiting, whole.settled) == (13, 12, 1, 0)
    assert whole.sentence == "This 1 route would have handled 100% of the unrouted mail of the last 90 days."
    assert set(whole.samples.message_id) > set(ids) and whole.weekly.agreed.sum() == 12
    assert list(whole.people.itertuples(index=False, name=None)) == [
        (found.key, "ana@desk.example", "ana@desk.example", 12)
    ]


def test_below_the_bound_it_runs_in_shadow_and_of_two_mails_nothing_is_said(habits: Habits) -> None:
    habits.decided(2, INVOICES)
    assert habits.offered() == []
    habits.decided(2, INVOICES)
    assert [each.standing for each in habits.offered()] == ["shadow"]
    assert [each.standing for each in habits.offered(bound=0.55)] == ["route"]
    habits.decided(4, INVOICES)
    assert [each.standing for each in habits.offered()] == ["route"]
    assert [each.standing for each in habits.offered(bound=0.95)] == ["shadow"]


def test_a_domain_is_recommended_when_several_of_it_write_and_the_sender_when_one_does(habits: Habits) -> None:
    for name in ("ann", "bob", "cid", "dan"):
        habits.decided(3, INVOICES, sender=f"{name}@acme.example")
    assert told(habits.offered()) == [FROM_ACME.replace("bill@", "*@")]


def test_a_free_mail_domain_never_becomes_a_rule_and_neither_does_our_own(habits: Habits) -> None:
    for name in ("ann", "bob", "cid", "dan", "eve", "fay"):
        habits.decided(2, INVOICES, sender=f"{name}@gmail.com", subject="{n}")
        habits.decided(2, PAYMENTS, sender=f"{name}@desk.example", subject="{n}")
    assert not [each for each in told(habits.offered(bound=0.5, loosest=0.4)) if "*@" in each]


def test_words_part_what_one_sender_writes_about(habits: Habits) -> None:
    for _round in range(8):
        habits.decided(1, INVOICES, subject="Invoice {n}")
        habits.decided(1, PAYMENTS, subject="Reminder {n}")
    assert sorted(told(habits.offered())) == [
        "Mail from bill@acme.example to ap@desk.example with “invoice” → Ticket · Acme · P2P · Invoices",
        "Mail from bill@acme.example to ap@desk.example with “reminder” → Ticket · Acme · P2P · Payments",
    ]


def test_a_template_is_told_where_words_do_not_part_it(habits: Habits) -> None:
    for _round in range(8):
        habits.decided(1, INVOICES, subject="Order {n} shipped today")
        habits.decided(1, PAYMENTS, subject="Today order {n} shipped back")
        habits.decided(1, STAFF, subject="Back order {n} today")
    found = {each.becomes: each for each in habits.offered()}
    (shaped,) = [each for each in found.values() if each.becomes.endswith("Invoices")]
    assert shaped.subject_like == "order … shipped today" and shaped.route
    assert shaped.route.subject_regex == r"(?i)order \S+ shipped today"


def test_anybody_s_mail_to_an_address_with_a_word_is_recommended_once_several_write_it(habits: Habits) -> None:
    for number in range(9):
        habits.decided(1, INVOICES, sender=f"x{number}@gmail.com", subject="Factura {n}")
        habits.decided(1, PAYMENTS, sender=f"y{number}@gmail.com", subject="{n}")
    assert told(habits.offered()) == ["Mail to ap@desk.example with “factura” → Ticket · Acme · P2P · Invoices"]


def test_an_address_alone_is_recommended_once_several_people_write_to_it(habits: Habits) -> None:
    for number in range(9):
        habits.decided(1, INVOICES, sender=f"x{number}@gmail.com", to="bills@desk.example", subject="{n}")
        habits.decided(1, PAYMENTS, sender=f"y{number}@gmail.com", subject="{n}")
    assert [(each.name, each.conditions) for each in habits.offered() if each.becomes.endswith("Invoices")] == [
        ("Invoices: bills@desk.example", "Mail to bills@desk.example")
    ]


def test_counter_examples_lower_what_is_promised_and_too_many_silence_it(habits: Habits) -> None:
    habits.decided(14, INVOICES)
    habits.decided(1, PAYMENTS)
    habits.decided(3, INVOICES)
    (found,) = habits.offered()
    assert (found.agreeing, found.against) == (17, 1)
    samples = recommendations(habits.desk.acting("ada")).samples
    assert list(samples[samples.verdict == "against"].became) == ["Ticket · Acme · P2P · Payments"]
    for _round in range(8):
        habits.decided(1, PAYMENTS)
        habits.decided(1, INVOICES)
    assert habits.offered() == []


def test_a_habit_that_changes_is_noticed_and_the_new_one_takes_its_place(habits: Habits) -> None:
    habits.decided(20, INVOICES)
    habits.decided(2, PAYMENTS)
    assert habits.offered() == []  # two of the last three say otherwise
    habits.decided(6, PAYMENTS)
    (found,) = habits.offered(bound=0.6)
    assert (found.becomes, found.support, found.against) == ("Ticket · Acme · P2P · Payments", 8, 0)
    assert found.changed_at is not None


def test_a_sender_that_fell_silent_is_not_worth_a_route(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    habits.desk.clock += timedelta(days=35)
    assert habits.offered() == []


def test_unwanted_mail_becomes_a_block_unless_the_domain_also_brings_work(habits: Habits) -> None:
    habits.decided(12, "advertisement", sender="news@letter.example", subject="Offer {n}")
    habits.decided(12, "out of office", sender="ann@acme.example", subject="Away {n}")
    habits.decided(12, INVOICES)
    blocks = [each for each in habits.offered() if each.deed == "block"]
    assert [(each.block.kind, each.block.value, each.block.mailbox) for each in blocks if each.block] == [
        ("address", "news@letter.example", AP)
    ]
    assert not [each for each in habits.offered() if "ann@acme.example" in each.conditions]


def test_bounces_are_never_blocked(habits: Habits) -> None:
    habits.decided(12, "bounce", sender="MAILER-DAEMON@mx.example", subject="Undelivered {n}")
    assert habits.offered() == []


def test_an_accepted_route_takes_the_waiting_mail_and_is_not_recommended_again(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    waiting = habits.waits()
    scope = habits.desk.acting("leo")
    (found,) = habits.offered("leo")
    assert accept(scope, found, "live").sentence == "“Invoices from bill@acme.example” is saved as version 1."
    preview = replay_preview(scope)
    assert list(preview.id) == [waiting] and list(preview.routes) == ["Invoices from bill@acme.example"]
    assert habits.offered("leo") == []
    assert recommendations(scope).settled == 13
    assert habits.desk.says(habits.waits()) == "route: Invoices from bill@acme.example"


@pytest.mark.parametrize(("how", "active", "shadow"), [("draft", False, False), ("shadow", True, True)])
def test_agents_accept_as_a_draft_or_in_shadow_only(habits: Habits, how: str, active: bool, shadow: bool) -> None:
    habits.decided(12, INVOICES)
    scope = habits.desk.acting("ana")
    (found,) = habits.offered("ana")
    with pytest.raises(NotAllowed):
        accept(scope, found, "live")
    accept(scope, found, how)  # type: ignore[arg-type]
    assert habits.desk.rows("SELECT active, shadow FROM route_newest") == [(active, shadow)]
    assert habits.offered("ana") == []


def test_a_route_switched_off_that_came_from_elsewhere_leaves_the_recommendation_as_it_is(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    scope = habits.desk.acting("leo")
    (found,) = habits.offered("leo")
    saved = accept(scope, found, "live").route
    assert saved
    habits.desk.change("DELETE FROM recommendation_answer")
    switch_route(scope, saved.id, on=False)
    assert len(habits.offered("leo")) == 1


def test_an_accepted_block_deletes_what_waits_and_is_undone_in_one_go(habits: Habits) -> None:
    habits.decided(12, "advertisement", sender="news@letter.example", subject="Offer {n}")
    waiting = habits.waits(sender="news@letter.example")
    scope = habits.desk.acting("leo")
    (found,) = habits.offered("leo")
    outcome = accept(scope, found, "live").outcome
    assert outcome and outcome.ids == [waiting] and habits.offered("leo") == []
    undo(scope, outcome.batch)
    assert habits.desk.says(waiting) == "no_route" and len(habits.offered("leo")) == 1


def test_a_refused_one_says_nothing_until_people_go_on_doing_it_by_hand(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    scope = habits.desk.acting("leo")
    (found,) = habits.offered("leo")
    with pytest.raises(InvalidInput, match="needs a reason"):
        refuse(scope, found, "  ")
    refuse(scope, found, "They will move to a portal")
    assert habits.offered("leo") == []
    (answer,) = answers(scope).to_dict("records")
    assert (answer["answer"], answer["what"], answer["reason"], answer["by"]) == (
        "refused", found.sentence, "They will move to a portal", "leo@desk.example")  # fmt: skip
    habits.decided(3, INVOICES)
    (again,) = habits.offered("leo")
    assert again.refused and again.refused.reason == "They will move to a portal"


def test_an_answer_taken_back_lets_it_be_recommended_again(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    scope = habits.desk.acting("leo")
    refuse(scope, habits.offered("leo")[0], "no")
    withdraw(scope, answers(scope).id[0])
    assert len(habits.offered("leo")) == 1 and answers(scope).empty
    with pytest.raises(NotFound):
        withdraw(scope, "01a20a59-4098-7460-ab64-26c7b3c8d83a")


def test_one_put_aside_comes_back_on_its_day(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    scope = habits.desk.acting("leo")
    (found,) = habits.offered("leo")
    with pytest.raises(InvalidInput):
        snooze(scope, found, habits.desk.clock)
    snooze(scope, found, habits.desk.clock + timedelta(days=7))
    assert habits.offered("leo") == [] and list(answers(scope).answer) == ["snoozed"]
    habits.desk.clock += timedelta(days=8)
    assert len(habits.offered("leo")) == 1 and answers(scope).empty


def test_nobody_learns_from_mail_of_other_teams_nor_answers_for_them(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    habits.decided(12, STAFF, mailbox=PEOPLE, sender="doc@clinic.example", subject="Sick note {n}")
    assert [each.mailbox for each in habits.offered("hana")] == [PEOPLE]
    assert [each.mailbox for each in habits.offered("ana")] == [AP]
    assert habits.offered("nemo") == []
    (of_finance,) = habits.offered("ana")
    for act in (lambda scope: accept(scope, of_finance, "draft"), lambda scope: refuse(scope, of_finance, "no"),
                lambda scope: snooze(scope, of_finance, datetime(2030, 1, 1))):  # fmt: skip
        with pytest.raises(StraydeskError, match="no mailbox"):
            act(habits.desk.acting("hana"))
        with pytest.raises(NotAllowed):
            act(habits.desk.acting("ida"))
    refuse(habits.desk.acting("ana"), of_finance, "no")
    assert answers(habits.desk.acting("hana")).empty


def test_a_route_of_all_mailboxes_is_only_for_who_sees_them_all(habits: Habits) -> None:
    for mailbox in (AP, PEOPLE):
        habits.decided(4, INVOICES, mailbox=mailbox)
    assert [each.mailbox for each in habits.offered("ada")] == [None]
    assert [each.mailbox for each in habits.offered("ana")] == [AP]


def test_mail_that_is_attached_counts_for_its_item_and_what_is_undone_for_nothing(habits: Habits) -> None:
    first = habits.decided(6, INVOICES)[0]
    (reference,) = habits.desk.items(first)
    for _number in range(5):
        attach(habits.desk.acting("ana"), [habits.waits()], reference)
        habits.desk.clock += timedelta(days=1)
    assert habits.offered()[0].agreeing == 11
    undo(habits.desk.acting("ana"), create(habits.desk.acting("ana"), [habits.waits()], INVOICES).batch)
    assert habits.offered()[0].agreeing == 11


def test_a_target_that_is_gone_is_not_recommended(habits: Habits) -> None:
    habits.decided(12, INVOICES)
    habits.desk.change("DELETE FROM catalog WHERE service = 'Invoices'")
    assert habits.offered() == []


def test_minutes_come_from_the_journal(habits: Habits) -> None:
    for _day in range(24):
        habits.decided(1, INVOICES, subject="{n}")
        id = habits.waits(sender="pay@acme.example", subject="Reminder")
        habits.desk.clock += timedelta(minutes=-56)  # six minutes after the one before, by the same person
        create(habits.desk.acting("ana"), [id], PAYMENTS)
    minutes = {each.becomes.rpartition(" ")[2]: each.minutes for each in habits.offered()}
    assert minutes["Payments"] == pytest.approx(6) and minutes["Invoices"] == pytest.approx(6)


def test_three_targets_are_suggested_with_a_reason_each(habits: Habits) -> None:
    habits.decided(6, INVOICES)
    habits.decided(2, PAYMENTS, sender="pay@acme.example", subject="Reminder {n}")
    scope = habits.desk.acting("ana")
    first, second = suggest_targets(scope, habits.waits())
    assert (first.target, first.reason, first.share) == (INVOICES, "6 of 6 mails from bill@acme.example", 1.0)
    assert second.target == PAYMENTS
    assert suggest_targets(scope, habits.waits(sender="pay@acme.example", subject="Reminder"))[0].target == PAYMENTS
    with pytest.raises(NotFound):
        suggest_targets(habits.desk.acting("hana"), habits.waits())


def test_a_route_whose_items_people_take_away_raises_an_alarm(tmp_path: Path) -> None:
    habits = Habits(tmp_path, routes=[route("Acme", "ap@desk.example", sender=[ACME])])
    scope = habits.desk.acting("ana")
    for number in range(12):
        habits.desk.clock += timedelta(days=1)
        id = habits.desk.receive_one(mail(sender=ACME, to="ap@desk.example", sent=habits.desk.clock))
        if number % 2:
            (taken,) = habits.desk.items(id)
            other = create(scope, [habits.waits(sender="pay@acme.example")], PAYMENTS).references[0]
            merge(scope, [taken], other)
        habits.desk.clock += timedelta(minutes=1)
    (alarm,) = drift_alarms(scope).to_dict("records")
    assert (alarm["route"], alarm["hits_28"], alarm["overrides_28"]) == ("Acme", 12, 6)
    assert alarm["sentence"] == "People took 6 of 12 items of “Acme” away in 28 days (50%)."
    assert list(routes_added(scope).name) == ["Acme"]
    assert decided_by_week(scope).automatic.sum() == 12
    assert drift_alarms(habits.desk.acting("hana")).empty
