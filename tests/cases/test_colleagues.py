"""Writing together: invited, removed, handed over, and an address corrected."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import drafting
from cases.doors import DraftDoor
from cases.drafting import INVITATIONS_A_DAY, MOST_COLLEAGUES, NotAllowed, TooMany
from cases.models import Case, Colleague
from cases.views.entry import for_colleague
from outbox.models import OutboxMessage
from people.models import Address
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    NOON,
    OPENS,
    author_of,
    key_for,
    letters_posted,
    make_address,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
    write,
)

pytestmark = pytest.mark.django_db

EDITOR, READER = Colleague.Role.EDITOR, Colleague.Role.READER


def invite(author: Colleague, email: str = "ana@example.org", role: str = EDITOR, *, at=NOON) -> Colleague:
    return drafting.invite(author, email=email, name="Ana Ribeiro", role=role, at=at)


def opens(letter: OutboxMessage) -> bool:
    """Whether the link in this letter still leads into a case."""
    return DraftDoor(letter.context["link"]["link"]).is_there


def fresh(colleague: Colleague) -> Colleague:
    return Colleague.objects.select_related("case__call", "address").get(pk=colleague.pk)


# -- Invited ---------------------------------------------------------------------------------------------------


def test_a_colleague_is_invited_by_a_letter_with_a_link_of_their_own():
    author = author_of(make_draft())

    ana = invite(author, " Ana@Example.org ")

    (letter,) = letters_posted()
    assert (letter.kind, letter.address.email) == ("invitation", "ana@example.org")
    assert letter.context["by"] == author.name
    assert DraftDoor(letter.context["link"]["link"]).colleague == ana
    assert ana.may_write and not ana.is_author


def test_who_is_invited_to_read_reads():
    ana = invite(author_of(make_draft()), role=READER)

    assert not ana.may_write
    assert letters_posted()[0].context["may_edit"] is False


def test_inviting_again_changes_the_role_and_replaces_the_link():
    author = author_of(make_draft())
    invite(author, role=READER)

    ana = invite(author, role=EDITOR, at=NOON + HOUR)

    assert author.case.colleagues.count() == 2
    assert ana.may_write
    assert [opens(letter) for letter in letters_posted("invitation")] == [False, True]


def test_who_was_removed_can_be_invited_again_but_the_old_link_stays_dead():
    author = author_of(make_draft())
    ana = invite(author)
    drafting.remove_colleague(author, ana.pk, at=NOON)

    invite(author, at=NOON + HOUR)

    assert fresh(ana).removed_at is None
    assert [opens(letter) for letter in letters_posted("invitation")] == [False, True]


@pytest.mark.parametrize("role", [Colleague.Role.AUTHOR, "owner", ""])
def test_nobody_is_invited_as_anything_but_editor_or_reader(role):
    with pytest.raises(NotAllowed):
        invite(author_of(make_draft()), role=role)


def test_the_author_is_not_invited_to_their_own_case():
    author = author_of(make_draft())

    with pytest.raises(NotAllowed):
        invite(author, author.address.email.upper())

    assert author_of(author.case).is_author


def test_only_the_author_invites():
    case = make_draft()

    with pytest.raises(NotAllowed):
        invite(make_colleague(case))


def test_a_case_has_at_most_twenty_people_and_a_removed_one_makes_room():
    author = author_of(make_draft())
    others = [invite(author, f"person{n}@partner.example") for n in range(MOST_COLLEAGUES - 1)]

    with pytest.raises(TooMany):
        invite(author, "one.more@partner.example")

    drafting.remove_colleague(author, others[0].pk, at=NOON)
    assert invite(author, "one.more@partner.example")


def test_invitations_are_limited_by_the_day():
    author = author_of(make_draft())
    for _press in range(INVITATIONS_A_DAY):
        invite(author)

    with pytest.raises(TooMany):
        invite(author)

    assert invite(author, at=NOON + DAY)


# -- Removed -----------------------------------------------------------------------------------------------------


@pytest.fixture
def open_now():
    """A case in a call that is open by the clock on the wall, for what is looked at through its doors."""
    now = timezone.now()
    return make_draft(make_call(opens_at=now - 9 * DAY, closes_at=now + 9 * DAY), begun_at=now - DAY)


def test_a_removed_colleague_is_out_with_their_very_next_click(client, open_now):
    ana = make_colleague(open_now)
    page = reverse("cases:overview", args=[open_now.code])
    assert key_for(client, ana).get(page).status_code == 200

    drafting.remove_colleague(author_of(open_now), ana.pk, at=timezone.now())

    assert client.get(page).status_code == 403
    assert client.post(reverse("cases:hand_in", args=[open_now.code])).status_code == 403


def test_removing_one_colleague_leaves_the_links_of_the_others_alone():
    author = author_of(make_draft())
    ana, li = invite(author), invite(author, "li@example.org")

    drafting.remove_colleague(author, ana.pk, at=NOON)

    assert [opens(letter) for letter in letters_posted()] == [False, True]
    states = {letter.address: letter.state for letter in letters_posted()}
    assert states == {ana.address: OutboxMessage.State.EXPIRED, li.address: OutboxMessage.State.WAITING}


def test_removing_twice_or_somebody_elses_colleague_or_oneself_is_harmless():
    author, stranger = author_of(make_draft()), author_of(make_draft())
    ana = invite(author)

    drafting.remove_colleague(stranger, ana.pk, at=NOON)
    drafting.remove_colleague(author, author.pk, at=NOON)
    assert fresh(ana).removed_at is None and fresh(author).removed_at is None

    for hours in (1, 2):
        drafting.remove_colleague(author, ana.pk, at=NOON + hours * HOUR)
    assert fresh(ana).removed_at == NOON + HOUR


def test_what_a_removed_colleague_wrote_stays_with_their_name():
    case = make_draft()
    ana = make_colleague(case)
    write(ana, overview="Ana's words")

    drafting.remove_colleague(author_of(case), ana.pk, at=NOON)

    assert Case.objects.get().answers["overview"] == "Ana's words"
    assert case.changes.get().by == ana


# -- Handed over -------------------------------------------------------------------------------------------------


def test_a_case_is_handed_over_to_a_colleague_and_the_author_stays_to_edit():
    marta = author_of(make_draft())
    ana = invite(marta, role=READER)

    drafting.hand_over(marta, ana.pk, at=NOON)

    assert (fresh(marta).role, fresh(ana).role) == (EDITOR, Colleague.Role.AUTHOR)
    assert [(letter.kind, letter.address) for letter in letters_posted()][-1] == ("handed-over", ana.address)
    assert all(opens(letter) for letter in letters_posted())


def test_who_has_handed_over_no_longer_decides_even_from_a_page_that_is_still_open():
    marta = author_of(make_draft())
    ana, page_still_open = invite(marta), author_of(marta.case)
    drafting.hand_over(marta, ana.pk, at=NOON)

    with pytest.raises(NotAllowed):
        drafting.hand_over(page_still_open, ana.pk, at=NOON)
    with pytest.raises(NotAllowed):
        drafting.delete_draft(page_still_open, at=NOON)


def test_a_case_is_not_handed_over_to_who_is_gone_or_to_a_stranger():
    marta, stranger = author_of(make_draft()), author_of(make_draft())
    ana = invite(marta)
    drafting.remove_colleague(marta, ana.pk, at=NOON)

    for pk in (ana.pk, stranger.pk, marta.pk, 0):
        with pytest.raises(NotAllowed):
            drafting.hand_over(marta, pk, at=NOON)

    assert fresh(marta).is_author


# -- A mistyped address ------------------------------------------------------------------------------------------


def test_correcting_an_address_ends_the_old_link_and_posts_a_new_one():
    call = make_call()
    marta = drafting.start_draft(
        call,
        name="Marta",
        email="mrata@example.org",
        language="en",
        zone="Africa/Nairobi",
        begun_with="x" * 20,
        network="192.0.2.0/24",
        at=NOON,
    )

    corrected = drafting.correct_address(marta, "Marta@example.org", at=NOON + HOUR)

    old, new = letters_posted("resume-link")
    assert (old.state, opens(old)) == (OutboxMessage.State.EXPIRED, False)
    assert (new.address.email, opens(new)) == ("marta@example.org", True)
    assert (corrected.address.time_zone, corrected.is_author) == ("Africa/Nairobi", True)


def test_the_page_on_which_an_address_is_corrected_goes_on_and_others_end(client, open_now):
    marta, elsewhere = author_of(open_now), type(client)()
    colleagues = reverse("cases:colleagues", args=[open_now.code])
    key_for(elsewhere, marta)

    key_for(client, marta).post(colleagues, {"then": "correct", "mine-email": "marta.o@example.org"})

    assert client.get(colleagues).status_code == 200
    assert elsewhere.get(colleagues).status_code == 403


def test_a_receipt_that_still_waits_does_not_go_to_the_mistyped_address():
    case = make_submission(make_draft(complete=True, author=make_address("mrata@example.org"))).case

    drafting.correct_address(author_of(case), "marta@example.org", at=NOON + HOUR)

    assert [(letter.kind, letter.state) for letter in letters_posted()] == [
        ("receipt", OutboxMessage.State.EXPIRED),
        ("resume-link", OutboxMessage.State.WAITING),
    ]


def test_correcting_an_address_to_itself_changes_nothing():
    marta = author_of(make_draft(author=make_address("marta@example.org")))

    same = drafting.correct_address(marta, " MARTA@example.org", at=NOON)

    assert (same.generation, letters_posted()) == (1, [])


def test_a_second_correction_from_a_page_that_was_left_open_leaves_the_first_standing():
    marta = author_of(make_draft())
    left_open = author_of(marta.case)
    drafting.correct_address(marta, "right@example.org", at=NOON)

    with pytest.raises(NotAllowed):
        drafting.correct_address(left_open, "wrong@example.org", at=NOON)

    assert fresh(marta).address.email == "right@example.org"
    assert drafting.correct_address(left_open, "right@example.org", at=NOON) == fresh(marta)


def test_an_address_that_already_takes_part_is_not_taken_twice():
    marta = author_of(make_draft())
    ana = invite(marta)

    with pytest.raises(NotAllowed):
        drafting.correct_address(marta, ana.address.email, at=NOON)

    assert fresh(marta).generation == 1


def test_an_address_is_corrected_five_times_a_day():
    marta = author_of(make_draft())
    for n in range(5):
        marta = drafting.correct_address(fresh(marta), f"marta{n}@example.org", at=NOON)

    with pytest.raises(TooMany):
        drafting.correct_address(fresh(marta), "marta6@example.org", at=NOON)


def test_correcting_an_address_in_one_case_leaves_it_in_another():
    marta = make_address("marta@example.org")
    mine, other = make_draft(author=marta), make_draft(author=marta)

    drafting.correct_address(author_of(mine), "marta.o@example.org", at=NOON)

    assert author_of(other).address == marta
    assert Address.objects.filter(email="marta@example.org").exists()


# -- Deleted under way -------------------------------------------------------------------------------------------


def test_whose_case_is_deleted_while_their_request_is_on_its_way_gets_their_words_back(client, rf, open_now):
    ana = make_colleague(open_now)

    @for_colleague
    def save_slowly(request, part):
        drafting.delete_draft(author_of(part.case), at=request.arrived_at)
        return drafting.save(part, {"overview": "Long words of mine"}, {}, at=request.arrived_at)

    request = rf.post("/", {"overview": "Long words of mine"})
    request.arrived_at = timezone.now()
    request.COOKIES = {name: morsel.value for name, morsel in key_for(client, ana).cookies.items()}
    answer = save_slowly(request, open_now.code)

    assert answer.status_code == 403
    assert "Long words of mine" in answer.content.decode()


def test_people_of_a_case_are_listed_in_the_order_in_which_they_came():
    case = make_draft(begun_at=OPENS)
    ana = invite(author_of(case), at=NOON)
    li = invite(author_of(case), "li@example.org", at=CLOSES - HOUR)

    assert list(case.colleagues.present()) == [author_of(case), ana, li]
