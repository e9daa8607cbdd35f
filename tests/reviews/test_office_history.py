"""What rounds, rubrics, reviewers and screenings said before: who, when, from what to what, and why."""

import pytest
from django.urls import reverse

from people.models import Event
from people.typing_in import fingerprint
from reviews import asking, assigning, deciding, reviewing, screening
from reviews.deciding import Verdict
from reviews.models import Criterion, Round, Screening
from tests.makers import DAY
from tests.reviews.giving import screened
from tests.reviews.makers import REVIEWING, give, make_boss, make_dossier, make_reviewer, make_round, may

pytestmark = pytest.mark.django_db


def history(client, round_: Round) -> list[dict]:
    return client.get(reverse("admin:reviews_round_history", args=[round_.pk])).context["steps"]


def test_a_change_of_the_round_says_who_changed_what(client):
    round_ = make_round()
    boss = make_boss()
    client.force_login(boss)
    address = reverse("admin:reviews_round_change", args=[round_.pk])
    form = client.get(address).context["adminform"].form
    said = {name: form[name].value() or "" for name in form.fields}
    said |= {"promised_at_0": "", "promised_at_1": "", "readers_per_case": "3"}
    formsets = client.get(address).context["inline_admin_formsets"]
    for formset in formsets:
        said |= {
            f"{formset.formset.prefix}-{k}": v for k, v in formset.formset.management_form.initial.items()
        }

    said |= {"why": "A third reader settles ties."}

    assert client.post(address, said).status_code == 302

    (step,) = [step for step in history(client, round_) if step["changes"]]
    assert (step["by"], step["why"]) == (str(boss), "A third reader settles ties.")
    assert step["changes"] == [("Reviewers for each case", "2", "3")]
    assert Event.objects.get(action="round changed").reason == "A third reader settles ties."


def test_once_a_review_has_begun_nobody_changes_the_round_without_saying_why(client):
    round_ = make_round(begun_at=REVIEWING)
    client.force_login(make_boss())
    address = reverse("admin:reviews_round_change", args=[round_.pk])
    said = {"readers_per_case": 3, "days_to_read": 14, "discuss_from": "1.00", "promised_at": ""}
    said |= {"seen": fingerprint(round_)}

    refused = client.post(address, said)

    assert refused.context["adminform"].form.errors == {
        "why": ["The review has begun. Say why this is changed."]
    }
    assert client.post(address, said | {"why": "Ties."}).status_code == 302
    assert Round.objects.get().readers_per_case == 3


def test_what_was_given_out_and_told_stands_in_the_history_of_the_round(client):
    dossier, lea, boss = screened(), make_reviewer("Lea M."), make_boss()
    round_ = dossier.round
    plan = assigning.plan_of(round_)
    assigning.accept(round_, fingerprint=plan.fingerprint, by=boss, at=REVIEWING)
    verdict = Verdict("hold", "We wait for the evaluation.")
    seen = deciding.plan([dossier.pk], verdict, by=boss, at=REVIEWING).fingerprint
    (decision,) = deciding.decide([dossier.pk], verdict, seen=seen, by=boss, at=REVIEWING)
    deciding.release(round_, [decision.pk], by=boss, at=REVIEWING + DAY)
    client.force_login(may(lea.user, "reviews.view_round"))

    newest, before = [(step["at"], step["by"], step["what"]) for step in history(client, round_)][:2]

    assert newest == (REVIEWING + DAY, str(boss), "Told the author of 1 case")
    assert before == (REVIEWING, str(boss), "Gave out 1 review to write")


def test_what_a_reviewer_was_said_to_read_and_to_be_close_to_is_kept_with_the_reason(client):
    lea, boss = make_reviewer("Lea M."), make_boss()
    client.force_login(boss)
    address = reverse("admin:reviews_reviewer_change", args=[lea.pk])
    seen = client.get(address).context["adminform"].form["seen"].value()

    said = {"active": "on", "cap": 60, "languages": ["en"], "country": "FR", "why": "Moved to Paris."}
    assert client.post(address, said | {"seen": seen}).status_code == 302

    steps = client.get(reverse("admin:reviews_reviewer_history", args=[lea.pk])).context["steps"]
    assert [(step["by"], step["changes"], step["why"]) for step in steps[:1]] == [
        (str(boss), [("Own country", "–", "FR")], "Moved to Paris.")
    ]


def test_what_a_screening_said_before_stands_on_the_page_of_its_case_with_person_and_time(client):
    dossier, boss = make_dossier(), make_boss()
    yes = dict.fromkeys(Screening.TESTS, ("yes", ""))
    screening.screen(
        dossier, yes | {"novel": ("no", "Known.")}, version=0, submission=1, by=boss, at=REVIEWING
    )
    screening.screen(dossier, yes, version=1, submission=1, by=boss, at=REVIEWING + DAY)
    client.force_login(may(make_reviewer("Lea M.").user, "reviews.view_dossier"))

    page = client.get(reverse("admin:reviews_dossier_history", args=[dossier.pk]), follow=True)

    (before,) = page.context["screened_before"]
    assert (before["at"], before["by"], before["why"]) == (REVIEWING, str(boss), "version 1 of the case")
    assert before["tests"][1] == ("Novel", "No", "Known.")
    assert [(event["at"], event["what"]) for event in page.context["events"]][:2] == [
        (REVIEWING + DAY, "Screened"),
        (REVIEWING, "Screened"),
    ]
    assert "What the screening said before" in page.content.decode()


def test_the_history_of_a_round_tells_of_its_rubric_too_and_of_what_is_gone(client):
    round_ = make_round()
    lea = make_reviewer("Lea M.").user
    criterion = Criterion.objects.get(key="impact")
    criterion.title = {"en": "Effect"}
    criterion._history_user = lea
    criterion._change_reason = "Plainer."
    criterion.save()
    Criterion.objects.get(key="impact").delete()
    client.force_login(may(lea, "reviews.view_round"))

    told = [(step["what"], step["why"], step["changes"]) for step in history(client, round_)]

    assert ("Criterion changed: Effect", "Plainer.", [("Title", "Impact", "Effect")]) in told
    assert ("Criterion removed: Effect", "", []) in told
    assert sum(what.startswith("Criterion added") for what, _why, _changes in told) == 5


def test_the_history_asks_as_many_questions_however_long_it_is(client, django_assert_max_num_queries):
    round_ = make_round()
    client.force_login(make_boss())
    history(client, round_)
    with django_assert_max_num_queries(10) as few:
        history(client, round_)
    for days in range(20, 30):
        round_.days_to_read = days
        round_.save()

    with django_assert_max_num_queries(len(few)):
        assert len(history(client, round_)) >= 10


def test_the_page_of_the_case_tells_of_the_review_in_words_too(client):
    dossier = make_dossier()
    reviewing.clear(give(dossier, make_reviewer("Lea M.")), at=REVIEWING)
    asking.ask(dossier, words="Who pays?", by=make_boss(), at=REVIEWING + DAY)
    client.force_login(may(make_reviewer("Jo P.").user, "cases.view_case"))

    events = client.get(reverse("admin:cases_case_change", args=[dossier.case_id])).context["events"]

    assert [event["what"] for event in events][:2] == [
        "Asked the author",
        "Said that they have no conflict of interest",
    ]
