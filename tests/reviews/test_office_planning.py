"""Giving out in the office: reviewers and their loads, the plan of a round, the readers of one case."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from opsi_portal.roles import MANAGERS, REVIEWERS, make_groups
from outbox.models import OutboxMessage
from people.models import Event, User
from reviews import assigning
from reviews.models import Assignment, Conflict, Dossier, Reviewer
from tests.makers import DAY, NOON, make_staff
from tests.reviews.giving import screened
from tests.reviews.makers import give, make_dossier, make_reviewer, make_round, score
from tests.workshops.office import member, statements
from tests.workshops.test_office_day import complaints

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


def plan_page(round_=None) -> str:
    return reverse("admin:reviews_round_plan", args=[(round_ or make_round()).pk])


def give_page(dossier: Dossier) -> str:
    return reverse("admin:reviews_dossier_give", args=[dossier.pk])


def reviewer_page(reviewer: Reviewer, page: str = "change") -> str:
    return reverse(f"admin:reviews_reviewer_{page}", args=[reviewer.pk])


def shown(response) -> dict:
    """What a plan page would send back if somebody pressed a button: its hidden fields and the boxes as they stand."""
    context = response.context
    sent = {
        "fingerprint": context["fingerprint"],
        "by_hand": context["by_hand"],
        "narrow": context["narrowed"],
        "p": str(context["page"]),
    }
    for row in context["rows"]:
        sent[f"was-{row['key']}"] = row["was"]
        sent[f"reader-{row['key']}"] = [str(box["chosen"] or "") for box in row["boxes"]]
    return sent


def said(response) -> str:
    """What the answer tells at its top, on one line."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(text.split())


def readers(dossier: Dossier) -> set[Reviewer]:
    return {each.reviewer for each in dossier.assignments.active()}


# -- The plan ----------------------------------------------------------------------------------------------------------


def test_the_plan_tells_who_would_read_what_and_why_and_gives_out_nothing_by_itself(manager):
    dossier = screened()
    lea = make_reviewer("Lea", sectors=["environment"], countries=["FR"], cap=12)
    arabic = screened(language="ar")

    response = manager.get(plan_page())

    rows = {row["key"]: row for row in response.context["rows"]}
    assert rows[dossier.pk]["boxes"][0] == {
        "number": 1,
        "chosen": lea.pk,
        "why": "reads English · knows Environment, climate, agriculture · knows France · 1 of 12",
    }
    assert rows[dossier.pk]["short"] == "Everybody who takes cases has it."
    assert rows[arabic.pk]["short"] == "Nobody reads Arabic."
    assert rows[arabic.pk]["boxes"] == []
    assert "2 cases wait for reviewers. 1 review of 4 can be given out. 2 cases get too few." in said(
        response
    )
    assert not Assignment.objects.exists()


def test_it_is_accepted_in_one_action(manager):
    dossiers = [screened() for _n in range(3)]
    people = {make_reviewer(name) for name in ("Lea", "Tom")}

    response = manager.post(plan_page(), shown(manager.get(plan_page())) | {"do": "accept"}, follow=True)

    assert response.redirect_chain == [(plan_page(), 302)]
    assert "3 cases are given out: 6 reviews to write." in said(response)
    assert "0 cases wait for reviewers." in said(response)
    assert all(readers(dossier) == people for dossier in dossiers)
    assert Event.objects.get(action="plan accepted").actor_id == User.objects.get(email="lea@oecd.example").pk
    assert not OutboxMessage.objects.filter(kind__startswith="review").exists()


def test_a_change_by_hand_is_counted_explained_and_given_out(manager):
    dossier = screened()
    make_round(readers_per_case=1)
    lea, tom = make_reviewer("Lea", sectors=["environment"]), make_reviewer("Tom")
    sent = shown(manager.get(plan_page()))
    assert sent[f"reader-{dossier.pk}"] == [str(lea.pk)]

    looked = manager.post(plan_page(), sent | {f"reader-{dossier.pk}": [tom.pk], "do": "look"})

    [row] = looked.context["rows"]
    assert (row["boxes"][0]["chosen"], row["boxes"][0]["why"]) == (tom.pk, "reads English · 1 of 60")
    assert row["by_hand"]
    assert [each["gets"] for each in looked.context["readers"]] == [0, 1]
    assert not Assignment.objects.exists()

    manager.post(plan_page(), shown(looked) | {"do": "accept"})

    assert readers(dossier) == {tom}
    assert Event.objects.get(action="plan accepted").facts["by_hand"] == 1


def test_what_stands_in_a_box_counts_even_when_nobody_had_it_counted_first(manager):
    dossier = screened()
    make_round(readers_per_case=1)
    lea, tom = make_reviewer("Lea", sectors=["environment"]), make_reviewer("Tom")
    sent = shown(manager.get(plan_page()))

    manager.post(plan_page(), sent | {f"reader-{dossier.pk}": [tom.pk], "do": "accept"})

    assert readers(dossier) == {tom}
    assert readers(dossier) != {lea}


def many_waiting(number: int) -> list[Dossier]:
    """Cases that wait for reviewers, as rows: they all say the same."""
    first = screened()
    cases = Case.objects.bulk_create(
        Case(
            call=first.case.call,
            reference=f"XB-2027-1{n:03}",
            status="handed-in",
            begun_at=NOW,
            changed_at=NOW,
        )
        for n in range(1, number)
    )
    return [
        first,
        *Dossier.objects.bulk_create(
            Dossier(
                case=case, round=first.round, submission=first.submission, opened_at=NOW, step="to-assign"
            )
            for case in cases
        ),
    ]


def test_changes_travel_along_from_page_to_page(manager):
    first, *_others = many_waiting(101)
    make_round(readers_per_case=1)
    lea, tom = make_reviewer("Lea", cap=200), make_reviewer("Tom", cap=200)
    page = manager.get(plan_page())
    mine = {lea.pk: tom.pk, tom.pk: lea.pk}[page.context["rows"][0]["boxes"][0]["chosen"]]

    second = manager.post(plan_page(), shown(page) | {f"reader-{first.pk}": [mine], "p": ["1", "2"]})
    third = manager.post(plan_page(), shown(second) | {"p": ["2", "3"]})

    assert [len(each.context["rows"]) for each in (page, second, third)] == [50, 50, 1]
    assert json.loads(third.context["by_hand"]) == {str(first.pk): [mine]}
    narrowed = manager.post(plan_page(), shown(third) | {"show": "by-hand"})
    assert [row["key"] for row in narrowed.context["rows"]] == [first.pk]
    back = manager.post(plan_page(), shown(narrowed) | {f"reader-{first.pk}": [""], "show": "short"})
    assert [row["key"] for row in back.context["rows"]] == [first.pk]
    assert back.context["rows"][0]["short"] == "Somebody else could still take it."


def test_a_page_of_the_plan_is_no_more_than_a_request_can_carry(manager, settings):
    many_waiting(60)
    make_round(readers_per_case=6)
    for n in range(7):
        make_reviewer(f"Reader {n}", cap=200)

    response = manager.get(plan_page())

    fields = sum(len(value) if isinstance(value, list) else 1 for value in shown(response).values())
    assert 300 < fields + 5 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert manager.post(plan_page(), shown(response)).status_code == 200


def test_a_change_that_is_taken_back_is_none_any_more(manager):
    dossier = screened()
    make_round(readers_per_case=1)
    lea, tom = make_reviewer("Lea", sectors=["environment"]), make_reviewer("Tom")
    page = manager.get(plan_page())
    changed = manager.post(plan_page(), shown(page) | {f"reader-{dossier.pk}": [tom.pk]})

    again = manager.post(plan_page(), shown(changed) | {f"reader-{dossier.pk}": [lea.pk]})

    assert (again.context["changed"], again.context["by_hand"]) == (0, "{}")


def test_somebody_who_would_get_too_many_is_named_and_nothing_is_given_out(manager):
    dossiers = [screened() for _n in range(2)]
    make_round(readers_per_case=1)
    small, _large = make_reviewer("Small", cap=1), make_reviewer("Large")
    sent = shown(manager.get(plan_page())) | {f"reader-{each.pk}": [small.pk] for each in dossiers}

    looked = manager.post(plan_page(), sent | {"do": "look"})
    pressed = manager.post(plan_page(), sent | {"do": "accept"})

    for response in (looked, pressed):
        assert "Some would have more than they take." in said(response)
        assert 'value="accept"' not in response.content.decode()
        assert {row["boxes"][0]["chosen"] for row in response.context["rows"]} == {small.pk}
    assert "Small would have more than they take." in said(pressed)
    assert not Assignment.objects.exists()


def test_when_the_world_has_moved_it_says_so_shows_a_new_plan_and_keeps_what_still_holds(manager):
    kept, lost = screened(), screened()
    make_round(readers_per_case=1)
    lea, tom, ida = (make_reviewer(name) for name in ("Lea", "Tom", "Ida"))
    sent = shown(manager.get(plan_page()))
    for dossier in (kept, lost):
        others = {lea.pk, tom.pk, ida.pk} - {int(sent[f"reader-{dossier.pk}"][0])}
        sent[f"reader-{dossier.pk}"] = [max(others)]
    Conflict.objects.create(reviewer_id=sent[f"reader-{lost.pk}"][0], dossier=lost, declared_at=NOW)
    screened()

    response = manager.post(plan_page(), sent | {"do": "accept"})

    assert "Nothing was given out, for something has changed since you looked" in said(response)
    assert "1 change by hand is no longer possible and was left out." in said(response)
    rows = {row["key"]: row for row in response.context["rows"]}
    assert len(rows) == 3
    assert rows[kept.pk]["boxes"][0]["chosen"] == sent[f"reader-{kept.pk}"][0]
    assert not Assignment.objects.exists()
    assert manager.post(plan_page(), shown(response) | {"do": "accept"}).status_code == 302
    assert Assignment.objects.count() == 3


def test_pressing_accept_twice_gives_out_once(manager):
    screened()
    make_reviewer()
    sent = shown(manager.get(plan_page())) | {"do": "accept"}

    manager.post(plan_page(), sent)
    again = manager.post(plan_page(), sent)

    assert "something has changed" in said(again)
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    "junk",
    [
        {"by_hand": "{"},
        {"by_hand": "[1, 2]"},
        {"by_hand": '{"x": [1], "7": "no", "99999999999999999999": [1], "3": [true, null, 1e400]}'},
        {"by_hand": "\0"},
        {"was-x": "1", "was-": "", "was-²": "²", "was-1": "1.x..9", "reader-1": ["x", "٣", "-1"]},
        {"p": "99999999", "narrow": "elsewhere", "show": "nothing"},
        {"p": "-1", "do": "fly"},
        {"fingerprint": "x" * 5000, "do": "accept"},
    ],
)
def test_junk_gives_out_nothing_and_breaks_nothing(manager, junk):
    screened()
    make_reviewer()

    assert manager.post(plan_page(), junk).status_code == 200
    assert not Assignment.objects.exists()


def test_a_case_in_conflict_cannot_be_smuggled_in(manager):
    dossier = screened()
    make_round(readers_per_case=1)
    german, _lea = make_reviewer("German", country="DE"), make_reviewer("Lea")
    page = manager.get(plan_page())
    assert german.pk not in dict(page.context["rows"][0]["able"])

    response = manager.post(plan_page(), shown(page) | {f"reader-{dossier.pk}": [german.pk], "do": "accept"})

    assert "no longer possible" in said(response)
    assert not Assignment.objects.exists()


def test_the_plan_costs_the_same_number_of_statements_for_many_cases(manager):
    make_reviewer()
    give(screened(), make_reviewer())
    of_one = statements(manager, plan_page())
    for _n in range(5):
        give(screened(), make_reviewer())

    assert statements(manager, plan_page()) <= of_one


def test_the_end_is_foretold_and_measured_by_what_was_promised(manager):
    lea = make_reviewer("Lea", cap=500)
    for _n in range(5):
        score(give(screened(), lea), 3, 3, 3, 3, 3, at=NOW - DAY)
    make_round(promised_at=NOW + 2 * DAY)

    response = manager.get(plan_page())

    assert "5 reviews are still to be written in this round." in said(response)
    assert "At the pace of the last two weeks (0.4 a day) the last one is written on" in said(response)
    assert response.context["too_late"]


def test_without_reviewers_and_without_cases_the_page_says_so(manager):
    make_round()
    assert "0 cases wait for reviewers." in said(manager.get(plan_page()))
    assert "Nobody takes cases yet." in said(manager.get(plan_page()))
    screened()

    assert "0 reviews of 2 can be given out." in said(manager.get(plan_page()))
    assert 'value="accept"' not in manager.get(plan_page()).content.decode()


# -- One case ----------------------------------------------------------------------------------------------------------


def test_a_case_is_given_by_hand_with_a_date(manager):
    dossier, lea = screened(), make_reviewer("Lea")
    day = (NOW + 30 * DAY).date()

    response = manager.post(
        give_page(dossier), {"do": "give", "reviewer": lea.pk, "due": day.isoformat()}, follow=True
    )

    given = Assignment.objects.get()
    zone = dossier.round.call.zone
    assert (given.reviewer, given.due_at.astimezone(zone).date()) == (lea, day)
    assert "Lea has the case, to be read by" in said(response)
    assert "1 reviewer of 2 has this case." in said(response)


def test_what_speaks_against_somebody_asks_for_a_reason_and_nothing_typed_is_lost(manager):
    dossier, german = screened(), make_reviewer("Jan", country="DE")
    sent = {"do": "give", "reviewer": german.pk, "due": (NOW + 9 * DAY).date().isoformat(), "reason": ""}

    refused = manager.post(give_page(dossier), sent)

    assert "Their own country, Germany, is one of the jurisdictions. Say why it goes to them" in said(refused)
    page = refused.content.decode()
    assert f'value="{german.pk}" aria-describedby="about-{german.pk}" checked' in page
    assert sent["due"] in page
    manager.post(give_page(dossier), sent | {"reason": "Nobody else knows rivers."})
    assert readers(dossier) == {german}


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({}, "Choose a reviewer."),
        ({"reviewer": "999999"}, "Choose a reviewer from the list."),
        ({"due": "tomorrow"}, "Enter a valid date."),
        ({"due": "1999-01-01"}, "Enter a year between"),
        ({"due": "2026-01-01"}, "The day has passed"),
        ({"reason": "x" * 2001}, "at most 2000 characters"),
        ({"reason": "\0"}, "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(manager, sent, error):
    dossier, lea = screened(), make_reviewer("Lea")

    response = manager.post(
        give_page(dossier),
        {"do": "give", **({"reviewer": lea.pk} if sent and "reviewer" not in sent else {}), **sent},
    )

    assert response.status_code == 200
    assert error in said(response)
    assert readers(dossier) == set()


def test_somebody_who_declared_a_conflict_is_shown_and_cannot_be_chosen(manager):
    dossier, lea = screened(), make_reviewer("Lea")
    Conflict.objects.create(reviewer=lea, dossier=dossier, declared_at=NOW)

    page = manager.get(give_page(dossier))
    pressed = manager.post(give_page(dossier), {"do": "give", "reviewer": lea.pk, "reason": "All the same."})

    assert "They have declared a conflict of interest." in said(page)
    assert f'value="{lea.pk}"' not in page.content.decode()
    assert "Choose a reviewer from the list." in said(pressed)
    assert readers(dossier) == set()


def test_a_case_is_taken_back_with_a_reason(manager):
    dossier, lea = screened(), make_reviewer("Lea")
    given = give(dossier, lea, at=NOW)

    without = manager.post(give_page(dossier), {"do": "take-back", "assignment": given.pk, "reason": " "})
    done = manager.post(
        give_page(dossier), {"do": "take-back", "assignment": given.pk, "reason": "She is ill."}, follow=True
    )

    assert "Say why the case is taken back." in said(without)
    assert "The case is taken back from Lea." in said(done)
    assert re.search(r"Lea : given on .* ended on .* – taken back", said(done))
    assert readers(dossier) == set()


def test_a_due_date_is_changed(manager):
    dossier = screened()
    given = give(dossier, make_reviewer("Lea"), at=NOW)
    sent = {"do": "due", "assignment": given.pk}
    day = (NOW + 40 * DAY).date()

    for wrong, error in (
        ("", "Enter a day."),
        ("x", "Enter a valid date."),
        ("2026-01-01", "The day has passed"),
    ):
        assert error in said(manager.post(give_page(dossier), sent | {"due": wrong}))
    manager.post(give_page(dossier), sent | {"due": day.isoformat()})

    given.refresh_from_db()
    assert given.due_at.astimezone(dossier.round.call.zone).date() == day


@pytest.mark.parametrize("key", ["", "x", "0", "999999", "9" * 30])
def test_what_is_no_assignment_of_this_case_is_not_found(manager, key):
    dossier, other = screened(), screened()
    elsewhere = give(other, make_reviewer())

    for asked in (key, str(elsewhere.pk)):
        sent = {"do": "take-back", "assignment": asked, "reason": "Because."}
        assert manager.post(give_page(dossier), sent).status_code == 404
    assert readers(other) != set()


def test_a_case_that_is_not_screened_is_not_given(manager):
    dossier, lea = make_dossier(), make_reviewer()

    assert "once it has been screened" in said(manager.get(give_page(dossier)))
    pressed = manager.post(give_page(dossier), {"do": "give", "reviewer": lea.pk})

    assert "This case has not been screened yet." in said(pressed)


def test_the_readers_of_a_case_cost_few_statements(manager):
    dossier = screened()
    give(dossier, make_reviewer())
    make_reviewer()
    of_few = statements(manager, give_page(dossier))
    for _n in range(4):
        give(dossier, make_reviewer())
        make_reviewer()

    assert statements(manager, give_page(dossier)) == of_few


# -- Reviewers ---------------------------------------------------------------------------------------------------------


def typed(**facts) -> dict:
    """A reviewer as the form sends them."""
    return {
        "active": "on",
        "cap": "30",
        "languages": ["en", "fr"],
        "sectors": ["health"],
        "countries": ["KE", "", "FR", "KE"],
        "country": "AT",
        "organisation": "OECD",
        "domains": "oecd.org\r\n@Ministry.example\r\n",
        **facts,
    }


def test_a_reviewer_is_added_and_it_stands_in_the_book(manager):
    user = make_staff("tom@oecd.example", name="Tom Berg")

    response = manager.post(reverse("admin:reviews_reviewer_add"), typed(user=user.pk), follow=True)

    reviewer = Reviewer.objects.get()
    assert (reviewer.user, reviewer.cap, reviewer.languages, reviewer.sectors) == (
        user,
        30,
        ["en", "fr"],
        ["health"],
    )
    assert (reviewer.countries, reviewer.country, reviewer.organisation) == (["KE", "FR"], "AT", "OECD")
    assert reviewer.domains == ["ministry.example", "oecd.org"]
    assert "Tom Berg cannot open any case yet: their account needs the group Reviewers." in said(response)
    history = reviewer.history.get()
    assert history.history_user.email == "lea@oecd.example"
    assert Event.objects.get(action="reviewer added").object_id == str(reviewer.pk)


def test_somebody_in_the_group_needs_no_warning(manager):
    make_groups(NOON)
    user = make_staff("tom@oecd.example")
    user.groups.add(Group.objects.get(name=REVIEWERS))

    response = manager.post(reverse("admin:reviews_reviewer_add"), typed(user=user.pk), follow=True)

    assert "cannot open any case" not in said(response)


def test_a_change_is_kept_with_who_and_when_and_nothing_is_written_without_one(manager):
    reviewer = make_reviewer("Tom", cap=30, sectors=["health"])
    page = manager.get(reviewer_page(reviewer))
    sent = typed(seen=page.context["adminform"].form.initial["seen"])

    manager.post(reviewer_page(reviewer), sent)
    reviewer.refresh_from_db()
    page = manager.get(reviewer_page(reviewer))
    manager.post(reviewer_page(reviewer), sent | {"seen": page.context["adminform"].form.initial["seen"]})

    assert reviewer.languages == ["en", "fr"]
    [event] = Event.objects.filter(action="reviewer changed")
    assert event.facts["fields"] == ["languages", "countries", "country", "organisation", "domains"]
    assert reviewer.history.first().history_user.email == "lea@oecd.example"
    assert reviewer.history.count() == 2


def test_two_who_change_the_same_reviewer_do_not_overwrite_each_other_unseen(manager):
    reviewer = make_reviewer("Tom")
    sent = typed(seen=manager.get(reviewer_page(reviewer)).context["adminform"].form.initial["seen"])
    Reviewer.objects.filter(pk=reviewer.pk).update(cap=7)

    response = manager.post(reviewer_page(reviewer), sent)

    assert "Somebody else saved this while you were writing." in said(response)
    reviewer.refresh_from_db()
    assert reviewer.cap == 7


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"languages": []}, "Choose at least one language."),
        ({"languages": ["xx"]}, "Select a valid choice."),
        ({"sectors": ["magic"]}, "Select a valid choice."),
        ({"countries": ["XX"]}, "Choose countries from the list."),
        ({"country": "EU"}, "Choose a country."),
        ({"domains": "two words"}, "No mail domain: two words"),
        ({"domains": "me@gmail.com"}, "Anybody can have an address there"),
        ({"cap": "9999"}, "less than or equal to 2000"),
        ({"cap": ""}, "This field is required."),
        ({"user": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(manager, wrong, error):
    user = make_staff("tom@oecd.example")
    sent = typed(user=user.pk) | wrong

    response = manager.post(reverse("admin:reviews_reviewer_add"), sent)

    assert response.status_code == 200
    assert error in said(response)
    page = response.content.decode()
    assert 'value="OECD"' in page
    if "countries" not in wrong:
        assert '<option value="KE" selected>' in page
    assert not Reviewer.objects.exists()


def test_only_staff_who_are_no_reviewers_yet_can_be_chosen(manager):
    make_reviewer("Tom")
    make_staff("gone@oecd.example", name="Gone", is_active=False)
    make_staff("free@oecd.example", name="Free")

    form = manager.get(reverse("admin:reviews_reviewer_add")).context["adminform"].form

    assert [str(user) for user in form.fields["user"].queryset] == ["Free", "Lea M."]


def test_the_list_tells_what_each_has_and_takes(manager):
    lea, away = make_reviewer("Lea", cap=9, sectors=["health"]), make_reviewer("Away", active=False)
    score(give(screened(), lea), 3, 3, 3, 3, 3)
    give(screened(), lea, at=NOW, due_at=NOW - timedelta(hours=1))
    give(screened(), lea, at=NOW)
    give(screened(), lea, at=NOW, ended_at=NOW)
    withdrawn = screened()
    give(withdrawn, lea, at=NOW)
    Dossier.objects.filter(pk=withdrawn.pk).update(step="out")

    response = manager.get(reverse("admin:reviews_reviewer_changelist"))

    rows = {row["name"]: row for row in response.context["rows"]}
    assert [rows["Lea"][name] for name in ("given", "finished", "overdue", "cap")] == [3, 1, 1, 9]
    assert not rows["Away"]["takes"]
    narrowed = manager.get(reverse("admin:reviews_reviewer_changelist"), {"active": "no"})
    assert [row["name"] for row in narrowed.context["rows"]] == [str(away)]


def test_the_list_costs_the_same_for_many(manager):
    address = reverse("admin:reviews_reviewer_changelist")
    give(screened(), make_reviewer())
    of_one = statements(manager, address)
    for _n in range(4):
        give(screened(), make_reviewer())

    assert statements(manager, address) <= of_one


def test_whatever_somebody_has_not_finished_is_taken_back_from_their_page(manager):
    lea = make_reviewer("Lea")
    dossiers = [screened() for _n in range(2)]
    for dossier in dossiers:
        give(dossier, lea)
    assert "2 to read" in said(manager.get(reviewer_page(lea)))

    without = manager.post(reviewer_page(lea, "take_back"), {"do": "take-back", "reason": ""})
    done = manager.post(
        reviewer_page(lea, "take_back"), {"do": "take-back", "reason": "She leaves."}, follow=True
    )

    assert "Say why the cases are taken back." in said(without)
    assert "2 cases are taken back." in said(done)
    assert not Assignment.objects.to_read().exists()


def test_a_reviewer_is_never_deleted(manager):
    lea = make_reviewer("Lea")

    assert manager.post(reviewer_page(lea, "delete"), {"post": "yes"}).status_code == 403


# -- How the pages are made --------------------------------------------------------------------------------------------


def test_every_page_is_valid_has_one_heading_and_no_inline_style_or_script(manager):
    dossier, lea = screened(), make_reviewer("Lea")
    make_reviewer("Tom", country="DE")
    given = give(dossier, lea, at=NOW, due_at=NOW - DAY)
    give(screened(), make_reviewer("Ida"), at=NOW, ended_at=NOW, ended_why=assigning.CONFLICT)
    screened(language="ar")
    pages = [
        manager.get(plan_page()),
        manager.post(plan_page(), {"fingerprint": "old", "by_hand": json.dumps({dossier.pk: [9999]})}),
        manager.get(give_page(dossier)),
        manager.post(give_page(dossier), {"do": "give"}),
        manager.post(give_page(dossier), {"do": "due", "assignment": given.pk, "due": "x"}),
        manager.post(give_page(dossier), {"do": "take-back", "assignment": given.pk}),
        manager.get(reverse("admin:reviews_reviewer_changelist")),
        manager.get(reviewer_page(lea)),
        manager.get(reviewer_page(lea, "take_back")),
        manager.post(reviewer_page(lea, "take_back"), {"do": "take-back"}),
    ]

    assert [complaints(page) for page in pages] == [[]] * len(pages)
