"""What rounds and rubrics said before stands on a page of their own: who, when, from what to what, and why."""

import pytest
from django.urls import reverse

from reviews.models import Criterion, Round
from tests.reviews.makers import make_boss, make_reviewer, make_round, may

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

    assert client.post(address, said).status_code == 302

    (step,) = [step for step in history(client, round_) if step["changes"]]
    assert (step["by"], step["changes"]) == (str(boss), [("Reviewers for each case", "2", "3")])


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
