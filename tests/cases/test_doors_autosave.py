"""The saving that the script asks for: what goes over the wire, and what each answer means."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Change, Colleague
from tests.makers import DAY, author_of, bases_of, key_for, make_call, make_colleague, make_draft, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    now = timezone.now()
    return make_draft(
        call=make_call(opens_at=now - 30 * DAY, closes_at=now + 30 * DAY),
        begun_at=now - DAY,
        answers={"overview": "As it was.", "sectors": ["health"], "title": "Rivers"},
    )


@pytest.fixture
def marta(case) -> Client:
    return key_for(Client(), author_of(case))


def address(case: Case, section: str = "brief") -> str:
    return reverse("cases:autosave", args=[case.code, section])


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def tokens(case: Case, *names: str) -> dict[str, str]:
    return {f"base:{name}": token for name, token in bases_of(author_of(case), *names).items()}


def test_only_the_changed_fields_travel_and_their_new_tokens_come_back(case, marta):
    answer = marta.post(address(case), {"overview": "As it is now.", **tokens(case, "overview")})

    told = answer.json()
    kept = fresh(case)
    assert answer.status_code == 200
    assert set(told) == {"saved_at", "bases", "late", "conflicts", "errors"}
    assert told["bases"] == bases_of(author_of(case), "overview")
    assert (told["late"], told["conflicts"], told["errors"]) == (False, [], {})
    assert told["saved_at"] == kept.changed_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert kept.answers == {**case.answers, "overview": "As it is now."}


def test_the_token_that_came_back_carries_the_next_save(case, marta):
    token = tokens(case, "overview")["base:overview"]

    for words in ("One", "Two", "Three"):
        told = marta.post(address(case), {"overview": words, "base:overview": token}).json()
        token = told["bases"]["overview"]

    assert fresh(case).answers["overview"] == "Three"
    assert Change.objects.get(case=case).before == "As it was."


def test_the_same_save_sent_again_because_its_answer_was_lost_changes_nothing(case, marta):
    words = {"overview": "As it is now.", **tokens(case, "overview")}

    first, second = marta.post(address(case), words), marta.post(address(case), words)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["bases"] == second.json()["bases"]
    assert Change.objects.count() == 1


def test_typing_on_while_an_answer_is_lost_on_the_way_is_no_quarrel_with_oneself(case, marta):
    words = {"overview": "As it was. And", **tokens(case, "overview")}
    marta.post(address(case), words)

    answer = marta.post(address(case), {**words, "overview": "As it was. And then the river rose."})

    assert answer.status_code == 200
    assert fresh(case).answers["overview"] == "As it was. And then the river rose."


def test_a_colleagues_words_come_back_with_409_and_the_other_fields_are_saved(case, marta):
    ana = make_colleague(case, Colleague.Role.EDITOR, name="Ana Ribeiro")
    seen = tokens(case, "overview", "year")
    write(ana, at=timezone.now(), overview="As Ana has it.")

    answer = marta.post(address(case), {"overview": "As Marta has it.", "year": "2020", **seen})

    told = answer.json()
    assert answer.status_code == 409
    [conflict] = told["conflicts"]
    assert set(conflict) == {"key", "label", "theirs", "mine", "by", "at", "base"}
    assert (conflict["key"], conflict["theirs"], conflict["mine"]) == (
        "overview",
        "As Ana has it.",
        "As Marta has it.",
    )
    assert conflict["by"] == "Ana Ribeiro"
    assert fresh(case).answers | {"year": "2020", "overview": "As Ana has it."} == fresh(case).answers
    chosen = marta.post(address(case), {"overview": "As Marta has it.", "base:overview": conflict["base"]})
    assert (chosen.status_code, fresh(case).answers["overview"]) == (200, "As Marta has it.")


def test_a_group_without_a_tick_is_told_by_its_name_alone(case, marta):
    answer = marta.post(address(case, "about"), {"ticked": "sectors", **tokens(case, "sectors")})

    assert answer.status_code == 200
    assert fresh(case).answers["sectors"] == []


def test_several_ticks_travel_under_one_name(case, marta):
    words = [("sectors", "justice"), ("sectors", "culture"), *tokens(case, "sectors").items()]

    marta.post(address(case, "about"), urlencode(words), content_type="application/x-www-form-urlencoded")

    assert fresh(case).answers["sectors"] == ["justice", "culture"]


def test_a_tick_given_and_taken_back_is_saved_as_such(case, marta):
    token = tokens(case, "consent_truth")["base:consent_truth"]

    given = marta.post(address(case, "permission"), {"consent_truth": "on", "base:consent_truth": token})
    assert fresh(case).answers["consent_truth"] is True
    token = given.json()["bases"]["consent_truth"]
    marta.post(address(case, "permission"), {"ticked": "consent_truth", "base:consent_truth": token})

    assert fresh(case).answers["consent_truth"] is False


def test_jurisdictions_tell_which_border_they_cross_as_they_are_typed(case, marta):
    rows = {
        "jurisdictions.aaaa1111.country": "FR",
        "jurisdictions.aaaa1111.level": "local",
        "jurisdictions.bbbb2222.country": "DE",
        "jurisdictions.bbbb2222.level": "local",
        "jurisdictions.lead": "bbbb2222",
    }

    told = marta.post(address(case, "jurisdictions"), rows).json()

    assert told["border"] == "International, between regions or cities"
    assert set(told["bases"]) == set(rows)
    assert fresh(case).answers["jurisdictions.lead"] == "bbbb2222"


def test_what_cannot_be_kept_is_named_and_the_rest_is_saved(case, marta):
    told = marta.post(
        address(case), {"overview": "a\0b", "year": "2021", **tokens(case, "overview", "year")}
    ).json()

    assert list(told["errors"]) == ["overview"]
    assert "overview" not in told["bases"]
    assert (fresh(case).answers["overview"], fresh(case).answers["year"]) == ("As it was.", "2021")


def test_fields_of_other_sections_and_of_nobody_are_passed_over(case, marta):
    told = marta.post(address(case), {"results": "Elsewhere", "status": "published", "overview2": "x"}).json()

    assert told["bases"] == {}
    assert fresh(case).answers == case.answers


def test_a_browser_that_is_signed_out_is_told_so_in_its_own_language(case):
    answer = Client().post(address(case), {"overview": "Mine now"})

    assert (answer.status_code, answer.json()) == (403, {"error": "signed-out"})


def test_a_token_that_ran_out_is_a_403_and_saves_nothing(case):
    strict = key_for(Client(enforce_csrf_checks=True), author_of(case))

    answer = strict.post(address(case), {"overview": "x", "csrfmiddlewaretoken": "stale"})

    assert answer.status_code == 403
    assert fresh(case).answers == case.answers


def test_a_reader_is_told_that_they_may_not(case):
    reader = key_for(Client(), make_colleague(case, Colleague.Role.READER))

    answer = reader.post(address(case), {"overview": "Mine now"})

    assert answer.status_code == 403
    assert answer.json()["error"] == "not-allowed"


def test_an_unknown_section_is_unknown_and_looking_is_no_saving(case, marta):
    assert marta.post(reverse("cases:autosave", args=[case.code, "no-such"]), {}).status_code == 404
    assert marta.get(address(case)).status_code == 405


def close(case: Case, *, ago: timedelta) -> None:
    case.call.closes_at = timezone.now() - ago
    case.call.save()


def test_words_after_the_close_are_kept_and_called_late(case, marta):
    close(case, ago=timedelta(hours=2))

    told = marta.post(address(case), {"overview": "A little late", **tokens(case, "overview")})

    assert (told.status_code, told.json()["late"]) == (200, True)
    assert fresh(case).answers["overview"] == "A little late"
    assert fresh(case).late_at is not None


def test_words_in_the_grace_are_not_late(case, marta):
    close(case, ago=timedelta(minutes=14))

    told = marta.post(address(case), {"overview": "Just in time", **tokens(case, "overview")})

    assert (told.status_code, told.json()["late"]) == (200, False)


def test_words_more_than_a_week_late_are_gone_and_the_script_is_told(case, marta):
    close(case, ago=timedelta(days=8))

    answer = marta.post(address(case), {"overview": "Far too late", **tokens(case, "overview")})

    assert (answer.status_code, answer.json()) == (410, {"error": "closed"})
    assert fresh(case).answers == case.answers


def test_the_page_hands_out_the_tokens_that_autosave_asks_for(case, marta):
    page = marta.get(reverse("cases:section", args=[case.code, "brief"])).content.decode()

    for name, token in bases_of(author_of(case), "overview", "title", "year", "tags").items():
        assert f'data-key="{name}" data-base="{token}"' in page
        assert f'name="base:{name}" value="{token}"' in page


def test_buttons_and_script_save_alike(case, marta):
    pressed = {"overview": "By button\r\nand a second line", "then": "overview", **tokens(case, "overview")}
    marta.post(reverse("cases:section", args=[case.code, "brief"]), pressed)
    by_button = fresh(case).answers["overview"]

    marta.post(address(case), {"overview": "By button\nand a second line", **tokens(case, "overview")})

    assert by_button == fresh(case).answers["overview"] == "By button\nand a second line"
    assert fresh(case).versions["overview"] == 1
