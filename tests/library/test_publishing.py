"""A case comes out, is corrected, taken down, put up again, archived; and what stands in the way is told at once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import agreeing, editions, partners, preparing, publishing, showing, submitting
from cases.drafting import NotAllowed
from cases.models import Agreement, Badge, Case, Colleague, Edition, PublicCase, Shelf
from cases.models.case import MOVES
from cases.models.library import PUBLIC_MOVES
from cases.preparing import SavedMeanwhile
from outbox.models import OutboxMessage
from people.models import Consent, Event
from tests.library.makers import (
    accept,
    agree,
    ask_partners,
    edit,
    fresh,
    make_accepted,
    make_agreed,
    make_asked,
    make_prepared,
    make_published,
    say,
)
from tests.makers import (
    DAY,
    HOUR,
    NOON,
    author_of,
    letters_posted,
    make_boss,
    make_desk_research,
    make_public_case,
    make_submission,
    write,
)

pytestmark = pytest.mark.django_db

_State, _Status = PublicCase.State, Case.Status


def words(public: PublicCase) -> list[str]:
    return [gap.words for gap in publishing.gaps_of(fresh(public))]


# -- Preparing ---------------------------------------------------------------------------------------------------------


def test_the_public_version_of_an_accepted_case_begins_with_what_was_handed_in():
    case, boss = make_accepted(), make_boss()

    public = publishing.start(case, by=boss, at=NOON)

    assert public.draft == editions.content_from(case.latest.answers, reference=case.reference)
    assert (public.state, public.made_from) == (_State.PREPARING, case.latest)
    assert publishing.start(case, by=boss, at=NOON + HOUR) == public
    assert Event.objects.filter(action="public version begun").count() == 1


@pytest.mark.parametrize("status", sorted(set(_Status.values) - {"accepted", "draft"}))
def test_no_other_case_gets_a_public_version(status):
    case = make_accepted()
    Case.objects.filter(pk=case.pk).update(status=status)

    with pytest.raises(NotAllowed, match="Only an accepted case"):
        publishing.start(case, by=make_boss(), at=NOON)


def test_two_people_never_overwrite_each_other_unseen():
    public = make_prepared()
    mine = {**public.draft, "title": "Mine"}
    edit(public, title="Theirs")

    with pytest.raises(SavedMeanwhile) as refusal:
        preparing.save(public, mine, version=public.draft_version, by=make_boss(), at=NOON)

    assert refusal.value.public.draft["title"] == "Theirs"
    assert fresh(public).draft["title"] == "Theirs"


def test_saving_what_stands_there_changes_nothing_whatever_it_rests_on():
    public = edit(make_prepared(), title="Theirs")

    preparing.save(public, public.draft, version=1, by=make_boss(), at=NOON)

    assert Event.objects.filter(action="public version edited").count() == 1


def test_the_book_says_which_fields_were_edited_and_not_what_they_say():
    edit(make_prepared(), title="Another title", tags=["rivers"])

    assert Event.objects.get(action="public version edited").facts == {
        "version": 2,
        "fields": ["title", "tags"],
    }


@pytest.mark.parametrize(
    "private",
    [{"sponsor_email": "a@b.example"}, {"jurisdictions": [{"country": "FR", "contact": "x@y.example"}]}],
)
def test_nothing_private_can_be_put_into_the_draft(private):
    public = make_prepared()

    with pytest.raises(ValueError, match="Not public"):
        edit(public, **private)
    assert "contact" not in json.dumps(fresh(public).draft)


# -- What stands in the way --------------------------------------------------------------------------------------------


def test_everything_that_stands_in_the_way_is_told_at_once():
    case = make_accepted(public_employee="no", sponsor_name="")
    public = edit(make_prepared(case), short="", pictures=[picture_without_words()])
    say(ask_partners_of(public), partners.OBJECT, "Never.")
    Consent.objects.filter(kind="consent_licence").delete()
    Case.objects.filter(pk=case.pk).update(status=_Status.ON_HOLD)

    assert words(public) == [
        "“What is it, in a few sentences?” is empty.",
        "Picture 1 has no alternative text.",
        "The case is not accepted. Its status: On hold.",
        "The case names no public sponsor: its author is no public employee and names no official.",
        "These permissions are not recorded: the licence.",
        "The author was not asked to agree.",
        "A partner objects (1).",
    ]
    assert all(gap.remedy for gap in publishing.gaps_of(fresh(public)))
    with pytest.raises(publishing.NotReady) as refusal:
        publishing.publish(public, by=make_boss(), at=NOON)
    assert len(refusal.value.gaps) == 7
    assert not Edition.objects.exists()


def picture_without_words() -> dict:
    return {"code": "x", "alt": " ", "caption": "", "width": 10, "height": 10}


def ask_partners_of(public: PublicCase):
    """One of its partners, asked although the text is not complete: it was, when they were."""
    draft = public.draft
    public = edit(public, short="Complete for now.", pictures=[])
    found = ask_partners(public)["bbbb2222"]
    edit(public, short=draft["short"], pictures=draft["pictures"])
    return found


def test_a_case_without_public_sponsor_is_refused_even_when_its_author_agrees():
    public = make_agreed(case=make_accepted(public_employee="no", sponsor_name=" "))

    assert len(words(public)) == 1
    with pytest.raises(publishing.NotReady, match="names no public sponsor"):
        publishing.publish(public, by=make_boss(), at=NOON)


def test_a_named_official_is_a_public_sponsor_and_stays_private():
    named = {"sponsor_name": "Greta Sponsor", "sponsor_email": "greta@sponsor.example"}
    public = make_published(case=make_accepted(public_employee="no", **named))

    assert "Greta" not in public.edition.content
    assert "greta@" not in public.edition.content


def test_a_case_that_was_handed_in_again_is_looked_at_first():
    case = make_accepted()
    public = make_agreed(case=case)
    Case.objects.filter(pk=case.pk).update(status=_Status.CHANGES_REQUESTED)
    write(author_of(case), results="Even earlier.")
    accept(make_submission(Case.objects.get(pk=case.pk), at=NOON + HOUR).case)

    assert words(public) == ["The author has handed in again since this was made."]

    preparing.rest_on_newest(fresh(public), by=make_boss(), at=NOON + DAY)
    assert words(public) == []
    changed = [row.key for row in preparing.differences(fresh(public)) if row.changed]
    assert changed == ["section.results"]


# -- Publishing --------------------------------------------------------------------------------------------------------


def test_publishing_writes_an_edition_moves_the_case_and_tells_the_author_its_address():
    public, boss = make_agreed(), make_boss()

    edition = publishing.publish(public, by=boss, at=NOON + HOUR, note="First edition.")

    public = fresh(public)
    assert (public.state, public.case.status, edition.number) == (_State.PUBLISHED, _Status.PUBLISHED, 1)
    assert edition.said == {**public.draft, "agreed_at": NOON.isoformat()}
    assert edition.published_by == boss
    assert public.confirmed_at == NOON
    (letter,) = letters_posted("published")
    assert letter.context["page"].endswith("/en/cases/shared-river-flood-warnings/")
    assert Event.objects.get(action="published").facts == {"edition": 1}


def test_publishing_twice_publishes_once():
    public = make_published()

    with pytest.raises(NotAllowed, match="published already"):
        publishing.publish(public, by=make_boss(), at=NOON)

    assert Edition.objects.count() == 1
    assert len(letters_posted("published")) == 1


def test_a_published_case_is_not_withdrawn_but_its_author_may_ask_to_take_it_down():
    public = make_published()
    author = author_of(public.case)

    with pytest.raises(NotAllowed):
        submitting.withdraw(public.case, by=author, at=NOON)
    publishing.ask_to_take_down(public, words="We have merged.", by=author, at=NOON + DAY)

    public = fresh(public)
    assert (public.withdrawal_asked_at, public.withdrawal_words) == (NOON + DAY, "We have merged.")
    assert public.is_on_show


# -- Correcting --------------------------------------------------------------------------------------------------------


def test_a_correction_is_the_next_edition_and_the_earlier_one_stays_as_it_was():
    public = make_published()
    first = public.edition.content
    public = agree(edit(public, title="Corrected"), at=NOON + DAY)

    edition = publishing.correct(public, by=make_boss(), at=NOON + 2 * DAY, note="The title.")

    assert [(each.number, each.note) for each in public.editions.all()] == [(1, ""), (2, "The title.")]
    assert public.editions.get(number=1).content == first
    assert edition.said["agreed_at"] == (NOON + DAY).isoformat()
    (letter,) = letters_posted("corrected")
    assert (letter.context["words"], letter.context["asked"]) == ("The title.", True)


def test_a_correction_without_a_new_agreement_needs_a_reason_and_keeps_the_day_of_the_agreement():
    public = edit(make_published(), title="Shared river flood warning")
    boss = make_boss()

    with pytest.raises(publishing.NotReady, match="changed since the author was asked"):
        publishing.correct(public, by=boss, at=NOON + DAY, note="A letter too many.")
    with pytest.raises(NotAllowed, match="needs no agreement"):
        publishing.correct(public, by=boss, at=NOON + DAY, note="A letter too many.", small=True)
    edition = publishing.correct(
        public, by=boss, at=NOON + DAY, note="A letter too many.", small=True, reason="A slip of the pen."
    )

    assert edition.said["agreed_at"] == NOON.isoformat()
    assert fresh(public).confirmed_at == NOON
    assert letters_posted("corrected")[0].context["asked"] is False
    assert Event.objects.get(action="corrected").reason == "A slip of the pen."


def test_nothing_is_corrected_without_a_difference_or_without_a_word_to_readers():
    public = make_published()

    with pytest.raises(NotAllowed, match="exactly what is public"):
        publishing.correct(public, by=make_boss(), at=NOON, note="Nothing.")
    with pytest.raises(NotAllowed, match="Say to readers"):
        publishing.correct(edit(public, title="New"), by=make_boss(), at=NOON, note=" ")


@pytest.mark.parametrize("said", [Agreement.Answer.WISHES, Agreement.Answer.REFUSED])
def test_a_small_correction_is_no_way_around_an_author_who_said_no_to_this_very_text(said):
    public, boss = edit(make_published(), title="A bridge, truly"), make_boss()
    asked = make_asked(public, at=NOON + HOUR)
    author = author_of(public.case)
    agreeing.answer(asked, said=said, words="It was a ferry.", by=author, at=NOON + HOUR)
    small = {"note": "The title.", "small": True, "reason": "A slip of the pen."}

    with pytest.raises(NotAllowed):
        publishing.correct(public, by=boss, at=NOON + DAY, **small)
    publishing.correct(edit(public, title="A ferry"), by=boss, at=NOON + DAY, **small)

    assert fresh(public).edition.said["title"] == "A ferry"


def test_an_open_objection_blocks_even_a_small_correction():
    public = make_published()
    say(ask_partners(public)["bbbb2222"], partners.OBJECT, "Never.")

    with pytest.raises(publishing.NotReady, match="A partner objects"):
        publishing.correct(
            edit(public, title="New"), by=make_boss(), at=NOON, note="The title.", small=True, reason="Slip."
        )


def test_desk_research_is_corrected_without_an_author():
    public = make_desk_research()
    edit(public, title="Shared tram")

    edition = publishing.correct(public, by=make_boss(), at=NOON + DAY, note="The title.")

    assert edition.said["agreed_at"] == ""
    assert fresh(public).title == "Shared tram"
    assert letters_posted() == []


# -- Leaving and coming back -------------------------------------------------------------------------------------------

DEEDS = {
    _State.PUBLISHED: publishing.show_again,
    _State.UNPUBLISHED: publishing.unpublish,
    _State.ARCHIVED: publishing.archive,
}
CASES = {
    _State.PUBLISHED: _Status.PUBLISHED,
    _State.UNPUBLISHED: _Status.ACCEPTED,
    _State.ARCHIVED: _Status.ARCHIVED,
}
CELLS = [(start, end) for start in _State for end in DEEDS]


def put(public: PublicCase, state: str) -> PublicCase:
    if state != _State.PUBLISHED:
        DEEDS[state](public, reason="For the test.", by=make_boss(), at=NOON)
    return fresh(public)


@pytest.mark.parametrize(("start", "end"), CELLS)
def test_each_move_of_a_public_version_is_allowed_or_refused_as_the_table_says(start, end):
    public = make_agreed() if start == _State.PREPARING else put(make_published(), start)

    if start == end or (end in PUBLIC_MOVES[start] and start != _State.PREPARING):
        DEEDS[end](public, reason="Because.", by=make_boss(), at=NOON + DAY)
        public = fresh(public)
        assert (public.state, public.case.status) == (end, CASES[end])
    else:
        with pytest.raises(NotAllowed):
            DEEDS[end](public, reason="Because.", by=make_boss(), at=NOON + DAY)
        assert fresh(public).state == start


@pytest.mark.parametrize("deed", DEEDS.values())
def test_every_move_needs_a_reason(deed):
    with pytest.raises(NotAllowed, match="Give a reason"):
        deed(make_published(), reason=" ", by=make_boss(), at=NOON)


@pytest.mark.parametrize(
    ("state", "moves"),
    [(_Status.PUBLISHED, {"archived", "accepted"}), (_Status.ARCHIVED, {"published", "accepted"})],
)
def test_what_was_published_is_archived_or_taken_down_and_never_withdrawn(state, moves):
    assert MOVES[state] == moves


def test_taking_down_leaves_the_shelf_tells_the_author_and_can_be_undone():
    public = make_published()
    shelved = public.shelved_as

    publishing.unpublish(public, reason="The author left.", by=make_boss(), at=NOON + DAY)

    public = fresh(public)
    assert not PublicCase.objects.on_show().exists()
    assert not PublicCase.objects.with_a_page().exists()
    assert public.shelved_as > shelved
    assert (public.left_at, public.left_because) == (NOON + DAY, "The author left.")
    assert letters_posted("library")[0].context["state"] == "unpublished"

    publishing.show_again(public, reason="Back.", by=make_boss(), at=NOON + 2 * DAY)
    public = fresh(public)
    assert (public.is_on_show, public.edition.number, public.published_at) == (True, 1, NOON)


def test_an_archived_case_keeps_its_page_and_leaves_the_lists():
    public = make_published()

    publishing.archive(public, reason="It has ended.", by=make_boss(), at=NOON + DAY)

    assert not PublicCase.objects.on_show().exists()
    assert PublicCase.objects.with_a_page().get() == public


def test_a_case_that_was_taken_down_may_be_withdrawn_and_then_stays_down():
    public = put(make_published(), _State.UNPUBLISHED)
    submitting.withdraw(public.case, by=author_of(public.case), at=NOON + DAY)

    with pytest.raises(NotAllowed, match="not accepted"):
        publishing.show_again(public, reason="Back.", by=make_boss(), at=NOON + 2 * DAY)


def test_a_wish_to_be_taken_down_is_answered_by_doing_it_or_by_words():
    public = make_published()
    author = author_of(public.case)
    publishing.ask_to_take_down(public, words="Please.", by=author, at=NOON)

    publishing.keep_public(public, words="The licence allows it; let us talk.", by=make_boss(), at=NOON)
    assert fresh(public).withdrawal_asked_at is None
    assert letters_posted("kept-public")[0].context["words"] == "The licence allows it; let us talk."
    with pytest.raises(NotAllowed, match="Nobody asks"):
        publishing.keep_public(public, words="Again.", by=make_boss(), at=NOON)

    publishing.ask_to_take_down(public, words="Please, really.", by=author, at=NOON + DAY)
    publishing.unpublish(public, reason="Asked to.", by=make_boss(), at=NOON + DAY)
    assert fresh(public).withdrawal_asked_at is None


def test_a_colleague_who_edits_cannot_ask_to_take_it_down():
    public = make_published()
    from_author = author_of(public.case)
    Colleague.objects.filter(pk=from_author.pk).update(role=Colleague.Role.EDITOR)

    with pytest.raises(NotAllowed, match="Only the author"):
        publishing.ask_to_take_down(
            public, words="Please.", by=Colleague.objects.select_related("address").get(), at=NOON
        )


def cited(pk: int) -> list[dict]:
    return [{"title": "A report", "url": "/en/reports/one/", "kind": "report", "edition": 1}]


def test_where_a_case_is_cited_is_told_by_rooms_that_the_cases_do_not_know(settings):
    settings.CASE_CITATIONS = [f"{__name__}.cited"]

    assert showing.citations_of(make_public_case()) == cited(1)


# -- Badges ------------------------------------------------------------------------------------------------------------


def test_a_badge_is_given_and_taken_and_stands_among_the_facets():
    public, boss = make_published(), make_boss()
    badge = Badge.objects.create(key="shortlisted-2027", name={"en": "Shortlisted 2027"})

    publishing.award(public, [badge], by=boss, at=NOON, reason="The jury.")
    publishing.award(public, [badge], by=boss, at=NOON)
    assert "badge:shortlisted-2027" in fresh(public).facets

    publishing.award(public, [], by=boss, at=NOON)
    assert "badge:shortlisted-2027" not in fresh(public).facets
    facts = [event.facts for event in Event.objects.filter(action="badges given").order_by("pk")]
    assert facts == [
        {"given": ["shortlisted-2027"], "taken": []},
        {"given": [], "taken": ["shortlisted-2027"]},
    ]


def test_what_the_author_refused_is_not_shown_again():
    public = put(make_published(), _State.UNPUBLISHED)
    edit(public, short="Said anew.")
    asked = make_asked(fresh(public), at=NOON + DAY)
    agreeing.answer(
        asked, said=Agreement.Answer.REFUSED, words="No.", by=author_of(public.case), at=NOON + DAY
    )

    with pytest.raises(NotAllowed, match="does not want"):
        publishing.show_again(public, reason="Back.", by=make_boss(), at=NOON + 2 * DAY)


# -- The shelf ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["publish", "correct", "unpublish", "archive", "show again"])
def test_the_number_of_the_shelf_is_taken_last_for_everybody_who_publishes_waits_for_it(deed):
    by = make_boss()
    public = make_agreed() if deed == "publish" else make_published()
    if deed == "correct":
        public = agree(edit(public, title="A bridge, truly"), at=NOON)
    if deed == "show again":
        public = publishing.archive(public, reason="Over.", by=by, at=NOON)
    deeds = {
        "publish": lambda: publishing.publish(public, by=by, at=NOON),
        "correct": lambda: publishing.correct(public, by=by, at=NOON, note="The title."),
        "unpublish": lambda: publishing.unpublish(public, reason="As wished.", by=by, at=NOON),
        "archive": lambda: publishing.archive(public, reason="Over.", by=by, at=NOON),
        "show again": lambda: publishing.show_again(public, reason="Not over.", by=by, at=NOON),
    }

    with CaptureQueriesContext(connection) as told:
        deeds[deed]()

    writes = [each["sql"] for each in told if each["sql"].startswith(("INSERT", "UPDATE"))]
    letter, number = (
        next(n for n, sql in enumerate(writes) if f'"{model._meta.db_table}" ' in sql)
        for model in (OutboxMessage, Shelf)
    )
    assert letter < number
