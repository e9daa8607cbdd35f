"""Partners confirm, correct, object, and take it back: by a link, counted honestly, and never named."""

from datetime import timedelta

import pytest

from cases import partners, publishing
from cases.drafting import NotAllowed
from cases.models import Case, Partner, PartnerStanding
from outbox.models import OutboxMessage
from people.models import Address, Event
from tests.library.makers import (
    agree,
    ask_partners,
    fresh,
    make_accepted,
    make_agreed,
    make_prepared,
    make_published,
    say,
)
from tests.makers import DAY, HOUR, NOON, author_of, letters_posted, make_boss, make_submission, write

pytestmark = pytest.mark.django_db


def states(public) -> dict[str, str]:
    return dict(public.partners.values_list("key", "state"))


# -- Who is asked ------------------------------------------------------------------------------------------------------


def test_the_plan_says_who_would_be_asked_and_who_has_no_address_and_leaves_the_lead_out():
    public = make_prepared()

    told = {str(each.partner): bool(each.why_not) for each in partners.plan(public, at=NOON)}

    assert told == {"Ministry": False, "Ministry of Water": False, "Région": True}
    assert letters_posted("partner") == []


def test_each_partner_with_an_address_gets_one_letter_however_often_staff_press():
    public = make_prepared()

    assert partners.ask_all(public, by=make_boss(), at=NOON) == 2
    assert partners.ask_all(public, by=make_boss(), at=NOON + HOUR) == 0

    assert sorted(letter.address.email for letter in letters_posted("partner")) == [
        "lux@partner.example",
        "saar@partner.example",
    ]
    assert states(public) == {"bbbb2222": "asked", "cccc3333": "asked", "dddd4444": "no-address"}


def test_an_author_confirms_nothing_by_naming_their_own_address():
    case = make_accepted()
    write_contact(case, "bbbb2222", author_of(case).address.email)
    public = make_prepared(case)

    partners.ask_all(public, by=make_boss(), at=NOON)

    assert states(public)["bbbb2222"] == "no-address"


def write_contact(case: Case, key: str, email: str) -> None:
    """The author hands in again with another contact."""
    Case.objects.filter(pk=case.pk).update(status=Case.Status.HANDED_IN)
    write(author_of(case), **{f"jurisdictions.{key}.contact": email})
    make_submission(Case.objects.get(pk=case.pk), at=NOON)
    Case.objects.filter(pk=case.pk).update(status=Case.Status.ACCEPTED)
    case.refresh_from_db()


@pytest.mark.parametrize("how", ["suppressed", "stopped"])
def test_an_address_that_gets_no_letters_is_not_asked(how):
    public = make_prepared()
    partners.gather(public, at=NOON)
    address = Address.objects.get(email="saar@partner.example")
    if how == "suppressed":
        Address.objects.filter(pk=address.pk).update(suppressed_at=NOON)
    else:
        address.stop("partner")

    assert partners.ask_all(public, by=make_boss(), at=NOON) == 1
    assert [letter.address.email for letter in letters_posted("partner")] == ["lux@partner.example"]


def test_a_title_that_names_a_site_is_not_carried_to_a_mailbox_that_never_answered():
    public = make_prepared(make_accepted(title="Win a prize at casino.example.com"))

    ask_partners(public)

    assert {letter.context["title"] for letter in letters_posted("partner")} == {""}


def test_letters_to_partners_of_one_case_have_a_limit():
    public = make_prepared()
    partner = ask_partners(public)["bbbb2222"]

    with pytest.raises(partners.TooMany):
        for _ in range(partners.LETTERS_A_DAY):
            partners.ask_anew(partner, by=make_boss(), at=NOON)


def test_nobody_is_asked_about_a_case_that_is_not_to_be_published():
    public = make_prepared()
    Case.objects.filter(pk=public.case_id).update(status=Case.Status.ON_HOLD)

    with pytest.raises(NotAllowed):
        partners.ask_all(public, by=make_boss(), at=NOON)


# -- What they say -----------------------------------------------------------------------------------------------------


def test_confirmed_by_two_of_three_partners_and_of_the_third_no_address_is_known():
    public = make_prepared()
    for partner in ask_partners(public).values():
        if partner.address:
            say(partner, partners.CONFIRM)

    standing = partners.standing_of(public)

    assert standing == PartnerStanding(partners=3, confirmed=2, no_address=1)
    assert partners.in_words(standing) == [
        "Confirmed by 2 of 3 partners.",
        "Not asked, for no address is known: 1.",
    ]


def test_an_objection_blocks_publishing_until_staff_record_how_it_was_solved():
    public = make_agreed()
    partner = say(ask_partners(public)["bbbb2222"], partners.OBJECT, "We never took part.")
    boss = make_boss()

    with pytest.raises(publishing.NotReady, match="A partner objects"):
        publishing.publish(public, by=boss, at=NOON)
    with pytest.raises(NotAllowed, match="how it was solved"):
        partners.solve(partner, solution="  ", by=boss, at=NOON)

    partners.solve(partner, solution="On the phone: the ministry means another case.", by=boss, at=NOON)
    publishing.publish(public, by=boss, at=NOON)

    assert fresh(public).is_on_show
    solved = Event.objects.get(action="solved what a partner said")
    assert solved.reason == "On the phone: the ministry means another case."
    with pytest.raises(NotAllowed, match="somebody has recorded"):
        partners.solve(partner, solution="Again.", by=boss, at=NOON)


def test_a_second_objection_after_a_solution_blocks_again():
    public = make_agreed()
    partner = say(ask_partners(public)["bbbb2222"], partners.OBJECT, "We never took part.")
    partners.solve(partner, solution="Talked.", by=make_boss(), at=NOON)

    say(partner, partners.OBJECT, "No, still not.")

    with pytest.raises(publishing.NotReady, match="A partner objects"):
        publishing.publish(public, by=make_boss(), at=NOON)


def test_a_correction_goes_to_the_author_as_a_suggestion_without_the_address_and_changes_nothing():
    public = make_agreed()
    before = public.draft

    say(ask_partners(public)["bbbb2222"], partners.SUGGEST, "The river is called Saar.")

    (letter,) = letters_posted("partner-suggests")
    assert letter.address == author_of(public.case).address
    assert letter.context["words"] == "The river is called Saar."
    assert "saar@partner.example" not in str(letter.context)
    assert fresh(public).draft == before
    assert list(Partner.objects.to_look_at()) == [public.partners.get(key="bbbb2222")]


@pytest.mark.parametrize("said", [partners.SUGGEST, partners.OBJECT])
def test_corrections_and_objections_need_words(said):
    partner = ask_partners(make_prepared())["bbbb2222"]

    with pytest.raises(NotAllowed, match="few words"):
        say(partner, said, "   ")


def test_a_confirmation_is_taken_back_later_by_the_same_link():
    public = make_published()
    partner = say(ask_partners(public)["bbbb2222"], partners.CONFIRM)
    assert "confirmed:partners" in fresh(public).facets

    say(partner, partners.WITHDRAW, at=NOON + 100 * DAY)

    assert partners.standing_of(public).withdrew == 1
    assert "confirmed:partners" not in fresh(public).facets
    assert fresh(public).is_on_show


def test_only_a_confirmation_can_be_taken_back():
    partner = ask_partners(make_prepared())["bbbb2222"]

    with pytest.raises(NotAllowed):
        say(partner, partners.WITHDRAW)


def test_a_confirmation_changes_the_shelf():
    public = make_published()
    before = public.shelved_as

    say(ask_partners(public)["bbbb2222"], partners.CONFIRM)

    public = fresh(public)
    assert "confirmed:partners" in public.facets
    assert public.shelved_as > before


def test_a_new_letter_ends_the_link_of_the_one_before():
    public = make_prepared()
    old = ask_partners(public)["bbbb2222"]
    partners.ask_anew(old, by=make_boss(), at=NOON + DAY)

    with pytest.raises(NotAllowed, match="link has ended"):
        say(old, partners.CONFIRM)
    assert Partner.objects.get(pk=old.pk).generation == old.generation + 1


def test_a_new_contact_is_asked_anew_and_the_old_link_ends():
    case = make_accepted()
    public = make_prepared(case)
    old = say(ask_partners(public)["bbbb2222"], partners.CONFIRM)
    write_contact(case, "bbbb2222", "new@partner.example")
    from_newest(public, case)

    partners.gather(public, at=NOON + DAY)

    partner = public.partners.get(key="bbbb2222")
    assert (partner.state, partner.generation) == ("not-asked", old.generation + 1)


def from_newest(public, case) -> None:
    type(public).objects.filter(pk=public.pk).update(made_from=case.latest)


def test_a_partner_that_is_no_longer_named_goes_unless_it_has_objected():
    public = make_prepared()
    found = ask_partners(public)
    say(found["bbbb2222"], partners.OBJECT, "Never.")
    said = public.case.latest.answers
    type(public).objects.filter(pk=public.pk).update(made_from=public.case.latest)
    rows = [row for row in said["jurisdictions"] if row["id"] in ("aaaa1111", "dddd4444")]
    case = public.case
    Case.objects.filter(pk=case.pk).update(
        status=Case.Status.HANDED_IN, answers={**said, "jurisdictions": rows}
    )
    make_submission(Case.objects.get(pk=case.pk), at=NOON)
    from_newest(public, Case.objects.get(pk=case.pk))

    partners.gather(public, at=NOON)

    assert states(public) == {"bbbb2222": "objected", "dddd4444": "no-address"}


# -- Silence -----------------------------------------------------------------------------------------------------------


def test_two_reminders_after_7_and_14_days_then_no_answer_is_told_honestly():
    public = make_prepared()
    ask_partners(public)

    counts = {day: partners.remind(NOON + timedelta(days=day)) for day in (6, 7, 8, 13, 14, 15, 20, 21, 30)}

    assert counts == {6: 0, 7: 2, 8: 0, 13: 0, 14: 2, 15: 0, 20: 0, 21: 2, 30: 0}
    reminders = letters_posted("partner-reminder")
    assert [letter.context["is_last"] for letter in reminders] == [False, False, True, True]
    assert partners.standing_of(public).no_answer == 2
    assert "Asked three times, no answer: 2." in partners.in_words(partners.standing_of(public))


def test_nobody_keeps_the_page_of_before_when_a_partner_is_asked_or_falls_silent(client):
    public = make_published()
    address = f"/en/cases/{public.slug}/"
    before = client.get(address)["ETag"]

    ask_partners(public)
    asked = client.get(address, headers={"If-None-Match": before})
    assert (asked.status_code, "Asked, still time to answer: 2." in asked.content.decode()) == (200, True)

    for day in (7, 14):
        partners.remind(NOON + timedelta(days=day))
    assert client.get(address, headers={"If-None-Match": asked["ETag"]}).status_code == 304
    partners.remind(NOON + timedelta(days=21))
    silent = client.get(address, headers={"If-None-Match": asked["ETag"]})
    assert (silent.status_code, "Asked three times, no answer: 2." in silent.content.decode()) == (200, True)


def test_nobody_keeps_the_page_of_an_archived_case_when_a_partner_answers(client):
    public = make_published()
    partner = ask_partners(public)["bbbb2222"]
    publishing.archive(fresh(public), reason="It has ended.", by=make_boss(), at=NOON)
    address = f"/en/cases/{public.slug}/"
    before = client.get(address)["ETag"]

    say(partner, partners.CONFIRM)

    assert client.get(address, headers={"If-None-Match": before}).status_code == 200


def test_a_partner_who_was_silent_may_still_answer():
    public = make_prepared()
    partner = ask_partners(public)["bbbb2222"]
    for day in (7, 14, 21):
        partners.remind(NOON + timedelta(days=day))

    say(partner, partners.CONFIRM, at=NOON + 60 * DAY)

    assert partners.standing_of(public).confirmed == 1


def test_who_has_answered_gets_no_reminder_and_a_letter_that_waits_is_let_go():
    public = make_prepared()
    partner = ask_partners(public)["bbbb2222"]
    say(partner, partners.CONFIRM)

    partners.remind(NOON + 7 * DAY)

    assert [letter.address.email for letter in letters_posted("partner-reminder")] == ["lux@partner.example"]
    waiting = OutboxMessage.objects.waiting().filter(subject_kind="partner", subject_id=str(partner.pk))
    assert not waiting.exists()


def test_nobody_is_reminded_of_a_case_that_was_withdrawn():
    public = make_prepared()
    ask_partners(public)
    Case.objects.filter(pk=public.case_id).update(status=Case.Status.WITHDRAWN)

    assert partners.remind(NOON + 7 * DAY) == 0


# -- Forgetting --------------------------------------------------------------------------------------------------------


def test_a_partner_is_forgotten_with_address_words_and_letters_and_stays_counted():
    public = agree(make_prepared())
    found = ask_partners(public)
    say(found["bbbb2222"], partners.CONFIRM)
    say(found["cccc3333"], partners.SUGGEST, "Call me on 0123.")

    for key in ("bbbb2222", "cccc3333"):
        partners.forget(Partner.objects.get(pk=found[key].pk), reason="Asked to.", by=make_boss(), at=NOON)

    assert not Address.objects.filter(email__endswith="partner.example").exists()
    assert list(public.partners.exclude(words="")) == []
    assert not OutboxMessage.objects.filter(subject_kind="partner").exists()
    assert partners.standing_of(public) == PartnerStanding(partners=3, confirmed=1, no_address=2)
    assert "partner.example" not in str(list(Event.objects.values_list("facts", "reason")))


def test_who_was_forgotten_is_not_found_again_in_what_was_handed_in():
    public = make_prepared()
    partner = ask_partners(public)["bbbb2222"]
    partners.forget(partner, reason="Asked to.", by=make_boss(), at=NOON)

    assert partners.ask_all(public, by=make_boss(), at=NOON) == 0
    assert states(public)["bbbb2222"] == "no-address"


def test_an_address_that_somebody_else_needs_stays():
    public = make_prepared()
    found = ask_partners(public)
    other = make_prepared()
    partners.gather(other, at=NOON)

    partners.forget(found["bbbb2222"], reason="Asked to.", by=make_boss(), at=NOON)

    assert Address.objects.filter(email="saar@partner.example").exists()
    assert other.partners.filter(address__email="saar@partner.example").exists()
