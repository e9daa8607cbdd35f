"""The author is shown the public version and agrees to exactly that text, or to none."""

import pytest

from cases import agreeing, preparing, publishing, submitting
from cases.agreeing import Overtaken
from cases.drafting import NotAllowed
from cases.models import Agreement
from outbox.models import OutboxMessage
from people.models import Consent, Event
from tests.library.makers import agree, edit, fresh, make_agreed, make_asked, make_prepared, make_published
from tests.makers import DAY, HOUR, NOON, author_of, letters_posted, make_boss, make_colleague

pytestmark = pytest.mark.django_db

_Answer = Agreement.Answer


def answer(asked: Agreement, said: str, words: str = "", *, at=NOON) -> Agreement:
    return agreeing.answer(asked, said=said, words=words, by=author_of(asked.public_case.case), at=at)


def test_the_author_is_asked_by_one_letter_however_often_staff_press():
    public = make_prepared()

    first = agreeing.ask(public, by=make_boss(), at=NOON)
    second = agreeing.ask(public, by=make_boss(), at=NOON + HOUR)

    assert first == second
    (letter,) = letters_posted("agreement")
    assert letter.address == author_of(public.case).address
    assert first.digest == preparing.digest(public.draft)
    assert first.shown == {**public.draft, "agreed_at": ""}


def test_what_the_author_agrees_to_is_kept_with_wording_language_instant_and_digest():
    asked = make_asked()

    said = answer(asked, _Answer.AGREED, at=NOON + HOUR)

    assert (said.answer, said.answered_at, said.wording, said.language) == (
        "agreed",
        NOON + HOUR,
        agreeing.WORDING,
        "en",
    )
    assert agreeing.agreed_to(fresh(asked.public_case), said)
    consent = Consent.objects.get(kind="public-version")
    assert (consent.address, consent.about_id) == (said.asked_of.address, str(said.pk))
    assert Event.objects.get(action="agreed to the public version").facts == {"digest": asked.digest}


def test_an_edit_that_alters_the_text_asks_for_a_new_agreement():
    public = make_agreed()

    public = edit(public, title="Another title")

    assert not agreeing.agreed_to(public, agreeing.newest(public))
    with pytest.raises(publishing.NotReady) as refusal:
        publishing.publish(public, by=make_boss(), at=NOON)
    assert [gap.words for gap in refusal.value.gaps] == ["The text has changed since the author was asked."]

    publishing.publish(agree(public), by=make_boss(), at=NOON + HOUR)
    assert fresh(public).edition.said["title"] == "Another title"


def test_an_edit_back_to_the_text_that_was_agreed_to_needs_no_second_agreement():
    public = make_agreed()
    title = public.draft["title"]

    public = edit(edit(public, title="Another title"), title=title)

    assert agreeing.agreed_to(public, agreeing.newest(public))


def test_wishes_and_refusals_need_words_and_stand_in_the_way():
    asked = make_asked()

    with pytest.raises(NotAllowed, match="few words"):
        answer(asked, _Answer.WISHES)
    said = answer(asked, _Answer.WISHES, "Name the river, please.")

    assert said.words == "Name the river, please."
    assert "The author wishes changes." in [gap.words for gap in publishing.gaps_of(asked.public_case)]


def test_the_author_may_think_better_of_it_until_it_is_public():
    asked = make_asked()
    answer(asked, _Answer.AGREED)

    answer(asked, _Answer.REFUSED, "The minister has changed.", at=NOON + HOUR)

    public = fresh(asked.public_case)
    assert [each.answer for each in public.agreements.order_by("pk")] == ["agreed", "refused"]
    with pytest.raises(publishing.NotReady, match="does not want it published"):
        publishing.publish(public, by=make_boss(), at=NOON + DAY)

    answer(asked, _Answer.AGREED, at=NOON + DAY)
    publishing.publish(public, by=make_boss(), at=NOON + DAY)
    with pytest.raises(NotAllowed, match="published by now"):
        answer(asked, _Answer.REFUSED, "Too late.", at=NOON + 2 * DAY)


def test_pressing_twice_counts_once():
    asked = make_asked()

    assert answer(asked, _Answer.AGREED) == answer(asked, _Answer.AGREED, at=NOON + HOUR)

    assert Event.objects.filter(action="agreed to the public version").count() == 1


def test_an_answer_to_a_text_that_is_no_longer_asked_about_is_not_taken():
    old = make_asked()
    public = edit(old.public_case, short="Said anew.")
    agreeing.ask(public, by=make_boss(), at=NOON + HOUR)

    with pytest.raises(Overtaken):
        answer(old, _Answer.AGREED, at=NOON + DAY)


@pytest.mark.parametrize("role", ["editor", "reader"])
def test_nobody_but_the_author_agrees(role):
    asked = make_asked()
    colleague = make_colleague(asked.public_case.case, role)

    with pytest.raises(NotAllowed, match="Only the author"):
        agreeing.answer(asked, said=_Answer.AGREED, by=colleague, at=NOON)


def test_an_author_who_is_silent_is_reminded_once_after_a_week():
    asked = make_asked()

    assert agreeing.remind(NOON + 6 * DAY) == 0
    assert agreeing.remind(NOON + 7 * DAY) == 1
    assert agreeing.remind(NOON + 30 * DAY) == 0

    (letter,) = letters_posted("agreement-reminder")
    assert letter.context["title"] == asked.public_case.draft["title"]


def test_nobody_is_reminded_who_has_answered_or_of_an_earlier_text_or_of_a_case_withdrawn():
    answered, overtaken, withdrawn = make_asked(), make_asked(), make_asked()
    answer(answered, _Answer.AGREED)
    agreeing.ask(edit(overtaken.public_case, short="New."), by=make_boss(), at=NOON + 5 * DAY)
    submitting.withdraw(withdrawn.public_case.case, by=make_boss(), reason="Asked to.", at=NOON + DAY)

    agreeing.remind(NOON + 8 * DAY)

    assert letters_posted("agreement-reminder") == []


def test_the_reminder_goes_to_nobody_who_stopped_it():
    asked = make_asked()
    asked.asked_of.address.stop("agreement-reminder")

    agreeing.remind(NOON + 8 * DAY)

    assert letters_posted("agreement-reminder") == []


def test_staff_write_down_an_agreement_by_telephone_with_a_reason_and_the_author_is_told():
    public, boss = make_prepared(), make_boss()

    with pytest.raises(NotAllowed, match="how and when"):
        agreeing.record_by_hand(public, reason=" ", by=boss, at=NOON)
    recorded = agreeing.record_by_hand(public, reason="On the phone, 12 May, 10:00.", by=boss, at=NOON)

    assert recorded.recorded_by == boss
    assert agreeing.agreed_to(public, recorded)
    assert (
        Event.objects.get(action="recorded that the author agrees").reason == "On the phone, 12 May, 10:00."
    )
    (letter,) = letters_posted("agreement-recorded")
    assert letter.context["words"] == "On the phone, 12 May, 10:00."


def test_a_new_question_lets_go_of_the_letter_that_has_not_left():
    public = make_asked().public_case
    agreeing.ask(edit(public, short="Said anew."), by=make_boss(), at=NOON + HOUR)

    assert [letter.state for letter in letters_posted("agreement")] == [
        OutboxMessage.State.EXPIRED,
        OutboxMessage.State.WAITING,
    ]


def test_nobody_is_asked_about_a_text_in_which_something_is_missing():
    public = edit(make_prepared(), short="", sections=[])

    with pytest.raises(NotAllowed, match="Something is missing") as refusal:
        agreeing.ask(public, by=make_boss(), at=NOON)

    assert "It has no section." in str(refusal.value)
    assert letters_posted("agreement") == []


def test_an_author_is_not_asked_more_than_ten_times_a_day():
    public = make_prepared()
    for number in range(agreeing.LETTERS_A_DAY):
        public = edit(public, short=f"Version {number}.")
        agreeing.ask(public, by=make_boss(), at=NOON)

    with pytest.raises(agreeing.TooMany):
        agreeing.ask(edit(public, short="Once more."), by=make_boss(), at=NOON)


def test_the_author_of_a_published_case_is_asked_about_a_correction():
    public = edit(make_published(), short="Corrected.", at=NOON + DAY)

    asked = agreeing.ask(public, by=make_boss(), at=NOON + DAY)
    answer(asked, _Answer.AGREED, at=NOON + 2 * DAY)
    edition = publishing.correct(public, by=make_boss(), at=NOON + 3 * DAY, note="The short text.")

    assert edition.number == 2
    assert edition.said["agreed_at"] == (NOON + 2 * DAY).isoformat()
