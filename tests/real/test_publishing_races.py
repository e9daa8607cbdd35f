"""Several people at one public version at once: real threads, real locks, on PostgreSQL."""

from collections import Counter

import pytest
from django.db import connection

from cases import agreeing, partners, pictures, preparing, publishing, submitting
from cases.models import Agreement, Attachment, Case, Edition, Partner, Picture, PublicCase, YearlyCheck
from cases.yearly import ask_due
from outbox.models import OutboxMessage
from people.models import Address
from tests.library.makers import (
    agree,
    ask_partners,
    edit,
    fresh,
    make_accepted,
    make_agreed,
    make_prepared,
    make_published,
)
from tests.makers import DAY, NOON, author_of, make_boss
from tests.real.test_races import at_once, kinds_of

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(6)


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


@pytest.mark.parametrize("round", ROUNDS)
def test_of_four_staff_who_publish_at_once_one_does_and_the_author_hears_once(round):
    public = make_agreed()
    people = [make_boss() for _ in range(4)]

    def publishes(by):
        return lambda: publishing.publish(public, by=by, at=NOON)

    outcomes = at_once(*(publishes(by) for by in people))

    assert kinds_of(outcomes) == Counter({"NotAllowed": 3, "Edition": 1})
    assert Edition.objects.count() == 1
    assert OutboxMessage.objects.filter(kind="published").count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_an_author_who_refuses_while_it_is_published_is_heard_or_told_that_it_is_public(round):
    public = make_agreed()
    author, asked, by = author_of(public.case), agreeing.newest(public), make_boss()

    published, refused = at_once(
        lambda: publishing.publish(public, by=by, at=NOON),
        lambda: agreeing.answer(asked, said=Agreement.Answer.REFUSED, words="No.", by=author, at=NOON),
    )

    if fresh(public).is_on_show:
        assert type(published).__name__ == "Edition"
        assert type(refused).__name__ == "NotAllowed"
    else:
        assert type(published).__name__ == "NotReady"
        assert refused.answer == Agreement.Answer.REFUSED


@pytest.mark.parametrize("round", ROUNDS)
def test_nothing_is_published_over_an_objection_that_came_first(round):
    public = make_agreed()
    partner, by = ask_partners(public)["bbbb2222"], make_boss()

    published, objected = at_once(
        lambda: publishing.publish(public, by=by, at=NOON),
        lambda: partners.answer(
            partner, said=partners.OBJECT, words="Never.", generation=partner.generation, at=NOON
        ),
    )

    assert objected.state == Partner.State.OBJECTED
    assert type(published).__name__ in ("Edition", "NotReady")
    assert fresh(public).is_on_show == isinstance(published, Edition)


@pytest.mark.parametrize("round", ROUNDS)
def test_a_partner_may_answer_while_their_silence_is_noted(round):
    public = make_published()
    partner = ask_partners(public)["bbbb2222"]
    for day in (7, 14):
        partners.remind(NOON + day * DAY)
    at = NOON + 21 * DAY

    _moved, said = at_once(
        lambda: partners.remind(at),
        lambda: partners.answer(partner, said=partners.CONFIRM, generation=partner.generation, at=at),
    )

    assert said.state == Partner.State.CONFIRMED
    partners.remind(at)
    standing = partners.standing_of(public)
    assert (standing.confirmed, standing.no_answer) == (1, 1)


@pytest.mark.parametrize("round", ROUNDS)
def test_a_text_edited_while_it_is_published_is_not_what_becomes_public_unless_agreed(round):
    public = make_agreed()
    agreed, by = public.draft, make_boss()

    def edits():
        return preparing.save(
            public, {**agreed, "title": "Unseen"}, version=public.draft_version, by=by, at=NOON
        )

    published, _edited = at_once(lambda: publishing.publish(public, by=by, at=NOON), edits)

    if isinstance(published, Edition):
        assert published.said["title"] == agreed["title"]
    else:
        assert type(published).__name__ == "NotReady"
        assert not Edition.objects.exists()


@pytest.mark.parametrize("round", ROUNDS)
def test_of_three_who_save_one_draft_at_once_two_see_the_text_of_another(round):
    public = make_prepared()

    def saves(title, by):
        said = {**public.draft, "title": title}
        return lambda: preparing.save(public, said, version=public.draft_version, by=by, at=NOON)

    outcomes = at_once(*(saves(f"Title {n}", make_boss()) for n in range(3)))

    assert kinds_of(outcomes) == Counter({"SavedMeanwhile": 2, "PublicCase": 1})


@pytest.mark.parametrize("round", ROUNDS)
def test_editions_published_at_once_have_the_next_numbers(round):
    public = agree(edit(make_published(), title="Corrected"), at=NOON + DAY)
    people = [make_boss() for _ in range(3)]

    def corrects(by):
        return lambda: publishing.correct(public, by=by, at=NOON + DAY, note="The title.")

    outcomes = at_once(*(corrects(by) for by in people))

    assert kinds_of(outcomes) == Counter({"NotAllowed": 2, "Edition": 1})
    assert list(Edition.objects.values_list("number", flat=True).order_by("number")) == [1, 2]


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_begun_by_three_people_at_once_has_one_public_version(round):
    case = make_accepted()

    def starts(by):
        return lambda: publishing.start(case, by=by, at=NOON)

    outcomes = at_once(*(starts(make_boss()) for _ in range(3)))

    assert kinds_of(outcomes) == Counter({"PublicCase": 3})
    assert PublicCase.objects.count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_partners_asked_by_two_people_at_once_get_one_letter_each(round):
    public = make_prepared()

    def asks(by):
        return lambda: partners.ask_all(public, by=by, at=NOON)

    outcomes = at_once(asks(make_boss()), asks(make_boss()))

    assert sorted(outcomes) == [0, 2]
    assert OutboxMessage.objects.filter(kind="partner").count() == 2
    assert Address.objects.filter(email__endswith="partner.example").count() == 2


@pytest.mark.parametrize("round", ROUNDS)
def test_sweeps_at_once_remind_and_ask_everybody_once(round):
    ask_partners(make_prepared())
    agreeing.ask(make_prepared(), by=make_boss(), at=NOON)
    at, long_ago = NOON + 7 * DAY, NOON - 365 * DAY
    public = make_published()
    PublicCase.objects.filter(pk=public.pk).update(confirmed_at=long_ago, published_at=long_ago)

    deeds = (lambda: partners.remind(at), lambda: agreeing.remind(at), lambda: ask_due(at))
    outcomes = at_once(*deeds, *deeds)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    counts = Counter(OutboxMessage.objects.values_list("kind", flat=True))
    assert (counts["partner-reminder"], counts["agreement-reminder"], counts["still-true"]) == (2, 1, 1)
    assert YearlyCheck.objects.count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_one_picture_is_made_of_a_file_however_many_ask_for_it_at_once(round):
    public = make_prepared()
    image = Attachment.objects.get(kind="image")

    made = at_once(*(lambda: pictures.made_of(public, image, at=NOON) for _ in range(3)))

    assert len({picture.pk for picture in made}) == 1
    assert Picture.objects.count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_withdrawn_while_it_is_published_is_one_or_the_other(round):
    public = make_agreed()
    author, by = author_of(public.case), make_boss()

    at_once(
        lambda: publishing.publish(public, by=by, at=NOON),
        lambda: submitting.withdraw(public.case, by=author, at=NOON),
    )

    status = Case.objects.get(pk=public.case_id).status
    assert (status, fresh(public).is_on_show) in (("published", True), ("withdrawn", False))


@pytest.mark.parametrize("round", ROUNDS)
def test_two_cases_of_one_title_begun_at_once_get_two_addresses(round):
    cases, by = [make_accepted(), make_accepted()], make_boss()

    def begins(case):
        return lambda: publishing.start(case, by=by, at=NOON)

    one, other = at_once(*(begins(case) for case in cases))

    plain = min(one.slug, other.slug)
    assert {one.slug, other.slug} == {plain, f"{plain}-2"}
