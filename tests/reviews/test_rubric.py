"""The rubric is staff's until the first score is saved, and nobody's from then on."""

import pytest
from django.test import Client
from django.urls import reverse

from opsi_portal.roles import EDITORS, MANAGERS
from people.models import Event
from people.typing_in import fingerprint
from reviews import reviewing, rubric
from reviews.models import Criterion, Round
from tests.makers import HOUR, make_boss
from tests.reviews.makers import REVIEWING, give, make_dossier, make_reviewer, make_round
from tests.reviews.test_office_reading import entered, staff, words_of
from tests.roof.test_every_page import complaints_about

pytestmark = pytest.mark.django_db
PRESET = ["novelty", "implementation", "impact", "collaboration", "replicability"]


@pytest.fixture
def desk() -> Client:
    return entered(staff("manager@oecd.example", MANAGERS))


def keys() -> list[str]:
    return [one.key for one in Round.objects.get().criteria.all()]


def lines(round_: Round, **changes) -> list[rubric.Line]:
    """The rubric as it stands; ``changes`` are for the criterion of that key."""
    return [
        rubric.Line(
            **{
                "pk": one.pk,
                "key": one.key,
                "weight": one.weight,
                "title": one.title,
                "question": one.question,
                "anchors": [{"en": words} for _points, words in one.anchors],
                **changes.get(one.key, {}),
            }
        )
        for one in round_.criteria.all()
    ]


def a_line(key: str = "clarity", **facts) -> rubric.Line:
    said = {"pk": None, "weight": 1, "title": {"en": "Clarity"}, "question": {"en": "Is it clear?"}}
    return rubric.Line(key=key, **{**said, "anchors": [{"en": f"Meaning {n}"} for n in range(5)], **facts})


def edited(round_: Round, new: list[rubric.Line], was: str | None = None, *, by=None, at=REVIEWING):
    was = rubric.seen(round_.criteria.all()) if was is None else was
    return rubric.edit(round_, new, was=was, by=by or make_boss(), at=at)


def begun(round_: Round) -> None:
    given = give(make_dossier(), make_reviewer())
    reviewing.clear(given, at=REVIEWING)
    reviewing.save(given, {"scores": {"novelty": 3}}, 0, at=REVIEWING)


# -- Editing -----------------------------------------------------------------------------------------------------------


def test_criteria_are_added_changed_put_in_order_and_removed_in_one_go():
    round_, boss = make_round(), make_boss()
    novelty, implementation, impact, *_rest = lines(round_, impact={"weight": 3})

    touched = edited(round_, [impact, a_line(), novelty, implementation], by=boss)

    assert keys() == ["impact", "clarity", "novelty", "implementation"]
    assert [one.position for one in round_.criteria.all()] == [1, 2, 3, 4]
    assert Criterion.objects.get(key="impact").weight == 3
    assert dict(Criterion.objects.get(key="clarity").anchors)[4] == "Meaning 4"
    event = Event.objects.get(action="rubric changed")
    assert event.facts == {
        "added": ["clarity"],
        "changed": ["impact", "novelty", "implementation"],
        "removed": ["collaboration", "replicability"],
    }
    assert sorted(touched) == sorted(key for found in event.facts.values() for key in found)


def test_every_change_is_in_the_history_with_person_and_time():
    round_, boss = make_round(), make_boss()
    *rest, _last = lines(round_, novelty={"weight": 2})

    edited(round_, [*rest, a_line()], by=boss)

    told = Criterion.history.filter(history_user=boss, history_date=REVIEWING)
    assert set(told.values_list("history_type", "key")) == {
        ("~", "novelty"),
        ("-", "replicability"),
        ("+", "clarity"),
    }
    assert [row.weight for row in Criterion.history.filter(key="novelty").order_by("history_id")] == [1, 2]


def test_saving_it_as_it_stands_changes_nothing():
    round_ = make_round()
    rows = Criterion.history.count()

    assert edited(round_, lines(round_)) == []
    assert Criterion.history.count() == rows
    assert not Event.objects.filter(action="rubric changed").exists()


def test_two_who_edit_at_once_do_not_overwrite_each_other_unseen():
    round_ = make_round()
    was = rubric.seen(round_.criteria.all())
    edited(round_, lines(round_, novelty={"weight": 5}), was)

    with pytest.raises(rubric.EditedMeanwhile):
        edited(round_, lines(round_, novelty={"weight": 2}), was)

    assert Criterion.objects.get(key="novelty").weight == 5


def test_from_the_first_score_on_it_stays_as_it_is():
    round_ = make_round()
    begun(round_)

    with pytest.raises(rubric.Begun) as refused:
        edited(round_, [*lines(round_), a_line()], at=REVIEWING + HOUR)

    assert refused.value.at == REVIEWING
    assert keys() == PRESET


# -- The page ----------------------------------------------------------------------------------------------------------


def page(round_: Round) -> str:
    return reverse("admin:reviews_round_rubric", args=[round_.pk])


def typed_in(answer) -> dict:
    """What the form would send if nobody typed anything."""
    sent: dict = {"seen": answer.context["seen"], "line": []}
    for form in answer.context["forms"]:
        if form.pk:
            sent["line"].append(form.pk)
        for field in form:
            value = field.value()
            if isinstance(value, dict):
                sent[f"{field.html_name}_en"] = value.get("en", "")
            elif value not in (None, False):
                sent[field.html_name] = value
    return sent


def new(**said) -> dict:
    words = {
        "title": "Clarity",
        "question": "Is it clear?",
        **{f"anchor_{n}": f"Meaning {n}" for n in range(5)},
    }
    return {f"new-{name}_en": value for name, value in (words | said).items()}


def prefix(key: str) -> str:
    return f"c{Criterion.objects.get(key=key).pk}"


def test_staff_edit_the_rubric_on_a_page_of_the_round(desk):
    round_ = make_round()
    opened = desk.get(page(round_))
    changes = {
        **new(),
        f"{prefix('impact')}-weight": 4,
        f"{prefix('impact')}-position": 1,
        f"{prefix('novelty')}-position": 3,
        f"{prefix('collaboration')}-remove": "on",
        "why": "Asked for by the partners.",
    }

    answer = desk.post(page(round_), typed_in(opened) | changes, follow=True)

    assert "The rubric is saved." in words_of(answer)
    assert keys() == ["impact", "implementation", "novelty", "replicability", "clarity"]
    assert Criterion.objects.get(key="impact").weight == 4
    past = words_of(desk.get(reverse("admin:reviews_round_history", args=[round_.pk])))
    removed = "Lea M. Criterion removed: Collaboration across borders Asked for by the partners."
    assert removed in past
    assert (
        f'href="{page(round_)}"'
        in desk.get(reverse("admin:reviews_round_change", args=[round_.pk])).content.decode()
    )


def test_looking_and_saving_changes_nothing(desk):
    round_ = make_round()

    answer = desk.post(page(round_), typed_in(desk.get(page(round_))), follow=True)

    assert "Nothing was changed." in words_of(answer)
    assert keys() == PRESET


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (new(title="Novelty"), "Another criterion has this key."),
        (new(question=""), "This is needed: reviewers read it."),
        (new(anchor_2="a\0b"), "Null characters are not allowed."),
        (new(anchor_4="a" * 2001), "At most 2,000 characters."),
        (new(title="東京"), "Choose a key: none can be made of this title."),
        ({**new(), "new-key": "not a key"}, "Enter a valid “slug”"),
        ({**new(), "new-weight": "0"}, "greater than or equal to 1"),
        ({**new(), "new-position": "9" * 5000}, "Enter a whole number."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(desk, change, words):
    round_ = make_round()
    sent = typed_in(desk.get(page(round_))) | {f"{prefix('impact')}-question_en": "Kept words?"} | change

    answer = desk.post(page(round_), sent)

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert "Kept words?" in answer.content.decode()
    assert keys() == PRESET


def test_a_rubric_has_at_least_one_criterion_and_not_too_many(desk):
    round_ = make_round()
    sent = typed_in(desk.get(page(round_)))

    none = desk.post(page(round_), sent | {f"{prefix(key)}-remove": "on" for key in PRESET})
    assert "A rubric needs at least one criterion." in words_of(none)

    edited(round_, [*lines(round_), *(a_line(f"more-{n}") for n in range(7))])
    too_many = desk.post(page(round_), typed_in(desk.get(page(round_))) | new())
    assert "A rubric has at most 12 criteria." in words_of(too_many)
    assert len(keys()) == 12


def test_who_comes_second_is_told_and_may_put_theirs_in_its_place(desk):
    round_ = make_round()
    sent = typed_in(desk.get(page(round_))) | {f"{prefix('impact')}-weight": 7}
    edited(round_, lines(round_)[:4])

    told = desk.post(page(round_), sent)

    assert told.status_code == 409
    assert "Somebody else saved the rubric while you were writing." in words_of(told)
    assert complaints_about(told.content) == []
    assert len(keys()) == 4
    desk.post(page(round_), sent | {"seen": told.context["seen"]})
    assert (len(keys()), Criterion.objects.get(key="impact").weight) == (5, 7)


def test_the_first_score_closes_the_page_with_a_reason_and_keeps_what_was_typed(desk):
    round_ = make_round()
    sent = typed_in(desk.get(page(round_))) | new(question="Did anybody ask?")
    begun(round_)

    refused = desk.post(page(round_), sent)

    assert refused.status_code == 409
    assert "The first score was saved on Tuesday 1 June 2027" in words_of(refused)
    assert "Did anybody ask?" in refused.content.decode()
    assert "Save the rubric" not in words_of(refused)
    assert complaints_about(refused.content) == []
    shown = desk.get(page(round_))
    assert shown.context["forms"] == []
    assert "From then on the rubric stays as it is" in words_of(shown)
    assert complaints_about(shown.content) == []
    assert keys() == PRESET


def test_who_reads_along_sees_it_and_edits_nothing():
    round_ = make_round()
    editor = entered(staff("editor@oecd.example", EDITORS))

    shown = editor.get(page(round_))

    assert shown.context["forms"] == []
    assert "Is it new for the organisations that do it?" in words_of(shown)
    assert editor.post(page(round_), new()).status_code == 403


def test_the_page_is_sound_html(desk):
    assert complaints_about(desk.get(page(make_round())).content) == []


def test_a_round_that_is_saved_does_not_put_back_when_scoring_began(desk):
    round_ = make_round()
    address = reverse("admin:reviews_round_change", args=[round_.pk])
    begun(round_)

    fields = {"readers_per_case": 3, "days_to_read": 10, "discuss_from": "1.50", "blind": "on"}
    seen = fingerprint(Round.objects.get())
    answer = desk.post(address, fields | {"promised_at": "", "why": "Agreed on Monday.", "seen": seen})

    assert answer.status_code == 302
    saved = Round.objects.get()
    assert (saved.begun_at, saved.readers_per_case, saved.blind) == (REVIEWING, 3, True)
    told = saved.history.latest("history_id")
    assert told.history_user.email == "manager@oecd.example"
    assert Event.objects.get(action="round changed").facts == {
        "fields": ["readers_per_case", "days_to_read", "discuss_from", "blind"]
    }
