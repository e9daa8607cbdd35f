"""A draft begins, is saved, carries files, and can be deleted."""

import os

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases import drafting, submitting
from cases.attachments import MOST_BYTES, MOST_FILES, Refused
from cases.drafting import NotAllowed, TooMany
from cases.models import Attachment, Case, Change, Colleague
from outbox.models import OutboxMessage
from people.models import Address, Event
from tests.makers import (
    CLOSES,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    author_of,
    begun_by,
    letters_posted,
    make_address,
    make_call,
    make_colleague,
    make_draft,
    make_submission,
    make_upload,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage_of_its_own(settings, tmp_path):
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": files}


# -- Beginning -------------------------------------------------------------------------------------------------


def test_a_draft_is_a_row_from_the_start_and_its_link_is_posted():
    call = make_call()

    author = drafting.start_draft(call, **begun_by("Marta@Example.org", zone="Africa/Nairobi"), at=NOON)

    case = Case.objects.get()
    assert (author.case, author.role, case.call, case.begun_at) == (case, Colleague.Role.AUTHOR, call, NOON)
    assert (author.address.email, author.address.time_zone) == ("marta@example.org", "Africa/Nairobi")
    assert author.address.confirmed_at is None
    assert [(letter.kind, letter.address) for letter in letters_posted()] == [("resume-link", author.address)]


def test_pressing_start_twice_begins_one_draft_and_posts_one_link():
    call, form = make_call(), begun_by("marta@example.org")

    first = drafting.start_draft(call, **form, at=NOON)
    second = drafting.start_draft(call, **{**form, "email": " MARTA@example.org "}, at=NOON + SECOND)

    assert first == second
    assert Case.objects.count() == len(letters_posted()) == 1


def test_a_repeat_that_arrives_after_the_close_still_finds_the_draft_that_was_begun_before_it():
    call, form = make_call(), begun_by("marta@example.org")
    first = drafting.start_draft(call, **form, at=CLOSES - SECOND)

    assert drafting.start_draft(call, **form, at=CLOSES) == first


def test_going_back_to_mend_a_slip_in_the_address_begins_a_draft_for_the_right_one():
    call, form = make_call(), begun_by("mrata@example.org")
    drafting.start_draft(call, **form, at=NOON)

    mended = drafting.start_draft(call, **{**form, "email": "marta@example.org"}, at=NOON + MINUTE)

    assert mended.address.email == "marta@example.org"
    assert Case.objects.count() == 2


@pytest.mark.parametrize("leave", ["hands it over", "corrects the address"])
def test_the_form_that_began_a_draft_is_no_key_to_it_once_its_author(leave):
    call, form = make_call(), begun_by("marta@example.org")
    author = drafting.start_draft(call, **form, at=NOON)
    if leave == "hands it over":
        ana = make_colleague(author.case)
        drafting.hand_over(author, ana.pk, at=NOON)
        drafting.remove_colleague(Colleague.objects.get(pk=ana.pk), author.pk, at=NOON)
    else:
        drafting.correct_address(author, "marta.o@example.org", at=NOON)

    again = drafting.start_draft(call, **form, at=NOON + HOUR)

    assert again.case != author.case
    assert again.address.email == "marta@example.org"


def test_one_network_begins_sixty_drafts_an_hour_and_another_network_does_not_notice():
    call = make_call()
    for n in range(settings.DRAFTS_PER_NETWORK_AND_HOUR):
        drafting.start_draft(call, **begun_by(f"person{n}@example.org"), at=NOON)

    with pytest.raises(TooMany):
        drafting.start_draft(call, **begun_by("one.more@example.org"), at=NOON)

    assert settings.DRAFTS_PER_NETWORK_AND_HOUR == 60
    assert drafting.start_draft(call, **begun_by("x@example.org", network="198.51.100.0/24"), at=NOON)
    assert drafting.start_draft(call, **begun_by("y@example.org"), at=NOON + HOUR)


def test_a_mailbox_that_has_not_answered_is_not_flooded_by_many_drafts():
    call = make_call()

    for _press in range(5):
        drafting.start_draft(call, **begun_by("marta@example.org"), at=NOON)

    due = [letter.due_at for letter in letters_posted()]
    assert due == [NOON] * 3 + [NOON + DAY] * 2


# -- Saving ----------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_names_the_draft():
    author = author_of(make_draft())

    saved = write(author, title="  Shared\n gauges ", language="fr", overview="Two rivers", at=NOON + MINUTE)

    case = Case.objects.get()
    assert case.answers == {"title": "  Shared\n gauges ", "language": "fr", "overview": "Two rivers"}
    assert (case.title, case.language, case.changed_at) == ("Shared gauges", "fr", NOON + MINUTE)
    assert (saved.changed, saved.conflicts, saved.late) == (["title", "language", "overview"], [], False)


def test_saving_the_same_again_changes_nothing():
    author = author_of(make_draft())
    first = write(author, overview="Two rivers")

    second = write(author, overview="Two rivers", at=NOON + HOUR)

    assert (second.changed, second.bases) == ([], first.bases)
    assert Case.objects.get().changed_at == NOON
    assert Change.objects.count() == 1


def test_a_save_costs_six_statements_however_many_answers_it_brings():
    author = author_of(make_draft())
    write(author, title="Begun")

    with CaptureQueriesContext(
        connection,
    ) as one:
        write_blind(author, results="One", at=NOON + HOUR)
    with CaptureQueriesContext(connection) as five:
        more = dict.fromkeys(("challenges", "conditions", "replication", "lessons", "users"), "Five")
        write_blind(author, **more, at=NOON + HOUR)

    assert statements(one) == statements(five) <= 6


def write_blind(author: Colleague, *, at, **values) -> None:
    """Save answers that stood empty until now, as a page would that was loaded then."""
    drafting.save(author, values, {}, at=at)


def statements(queries: CaptureQueriesContext) -> int:
    """Statements without the beginnings and ends of transactions, which Django does not send one by one."""
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(words) for query in queries.captured_queries)


def test_an_older_request_that_arrives_later_does_not_turn_the_clock_of_the_draft_back():
    author = author_of(make_draft())
    write(author, title="Later", at=NOON + HOUR)

    write(author, overview="Earlier, but slow", at=NOON)

    assert Case.objects.get().changed_at == NOON + HOUR


def test_a_reader_changes_nothing():
    case = make_draft()
    reader = make_colleague(case, Colleague.Role.READER)
    deeds = [
        lambda: write(reader, title="Mine now"),
        lambda: drafting.add_jurisdiction(reader, at=NOON),
        lambda: drafting.remove_jurisdiction(reader, "aaaa1111", at=NOON),
        lambda: drafting.attach(reader, make_upload(), at=NOON),
        lambda: drafting.detach(reader, "anything", at=NOON),
        lambda: submitting.hand_in(reader, at=NOON),
        lambda: submitting.ask_reopening(reader, words="Please", at=CLOSES + DAY),
        lambda: submitting.withdraw(case, by=reader, at=NOON),
        lambda: drafting.delete_draft(reader, at=NOON),
        lambda: drafting.invite(reader, email="x@example.org", name="X", role="editor", at=NOON),
        lambda: drafting.hand_over(reader, author_of(case).pk, at=NOON),
        lambda: drafting.remove_colleague(reader, author_of(case).pk, at=NOON),
    ]

    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()

    assert Case.objects.get().answers == {}
    assert letters_posted() == []


# -- Who changed what --------------------------------------------------------------------------------------------


def history() -> list[tuple]:
    return list(Change.objects.order_by("pk").values_list("field", "by__name", "before", "since", "at"))


def test_saves_of_one_answer_by_one_person_within_ten_minutes_are_one_change():
    marta = author_of(make_draft())

    write(marta, title="T")
    write(marta, title="Ti", at=NOON + 5 * SECOND)
    write(marta, title="Title", at=NOON + 9 * MINUTE)

    assert history() == [("title", "Marta Okello", None, NOON, NOON + 9 * MINUTE)]


def test_a_change_that_begins_ten_minutes_later_is_another_one():
    marta = author_of(make_draft())

    write(marta, title="Title")
    write(marta, title="Better title", at=NOON + 10 * MINUTE)

    assert [(line[2], line[3]) for line in history()] == [(None, NOON), ("Title", NOON + 10 * MINUTE)]


def test_changes_are_not_drawn_together_across_somebody_elses():
    case = make_draft()
    marta, ana = author_of(case), make_colleague(case)

    write(marta, title="One")
    write(ana, title="Two", at=NOON + MINUTE)
    write(marta, title="Three", at=NOON + 2 * MINUTE)

    assert [(by, before) for _field, by, before, _since, _at in history()] == [
        ("Marta Okello", None),
        ("Ana Ribeiro", "One"),
        ("Marta Okello", "Two"),
    ]


# -- Late --------------------------------------------------------------------------------------------------------


def test_what_is_written_late_is_kept_marked_and_told_once():
    author = author_of(make_draft())

    for minutes in (20, 25, 90):
        saved = write(author, overview=f"Written {minutes} minutes late", at=CLOSES + minutes * MINUTE)

    case = Case.objects.get()
    assert saved.late
    assert case.answers["overview"] == "Written 90 minutes late"
    assert case.late_at == CLOSES + 20 * MINUTE
    assert [letter.kind for letter in letters_posted()] == ["kept-late"]


def test_looking_at_a_page_late_and_saving_it_unchanged_is_not_late():
    author = author_of(make_draft(answers={"title": "Title"}))

    saved = write(author, title="Title", at=CLOSES + DAY)

    assert saved.changed == []
    assert Case.objects.get().late_at is None
    assert letters_posted() == []


def test_a_deadline_that_is_missed_a_second_time_is_told_a_second_time():
    case = make_draft()
    write(author_of(case), title="Late", at=CLOSES + DAY)
    case.call.closes_at = CLOSES + 10 * DAY
    case.call.save()

    write(author_of(case), title="Late again", at=CLOSES + 11 * DAY)

    assert len(letters_posted("kept-late")) == 2


# -- Files -------------------------------------------------------------------------------------------------------


def test_a_file_is_stored_as_it_came_under_a_random_name():
    author = author_of(make_draft())

    attached = drafting.attach(author, make_upload("../Plan für alle.txt", b"Both sides agree.\n"), at=NOON)

    assert default_storage.open(attached.file.name).read() == b"Both sides agree.\n"
    assert "Plan" not in attached.file.name
    assert "/" not in attached.name
    assert attached.size == 18 and len(attached.sha256) == 64


def test_the_same_file_sent_twice_is_kept_once():
    author = author_of(make_draft())

    first = drafting.attach(author, make_upload(), at=NOON)
    second = drafting.attach(author, make_upload(), at=NOON + SECOND)

    assert first == second
    assert Attachment.objects.count() == 1


def test_the_eleventh_file_is_too_many_until_one_is_removed():
    author = author_of(make_draft())
    files = [drafting.attach(author, make_upload(f"{n}.txt"), at=NOON) for n in range(MOST_FILES)]

    with pytest.raises(TooMany):
        drafting.attach(author, make_upload("eleventh.txt"), at=NOON)

    drafting.detach(author, files[0].code, at=NOON)
    assert drafting.attach(author, make_upload("eleventh.txt"), at=NOON)


def test_files_of_more_than_sixty_megabytes_together_are_too_many():
    author = author_of(make_draft())
    drafting.attach(author, make_upload(), at=NOON)
    Attachment.objects.update(size=MOST_BYTES - 10)

    with pytest.raises(TooMany):
        drafting.attach(author, make_upload("more.txt", b"eleven signs"), at=NOON)


def test_a_refused_file_leaves_neither_row_nor_bytes(tmp_path):
    author = author_of(make_draft())

    with pytest.raises(Refused):
        drafting.attach(author, make_upload("run.exe", b"MZ"), at=NOON)

    assert Attachment.objects.count() == 0
    assert list(tmp_path.rglob("*")) == []


def test_removing_a_file_twice_or_one_of_another_case_is_harmless():
    mine, other = author_of(make_draft()), author_of(make_draft())
    attached = drafting.attach(mine, make_upload(), at=NOON)

    drafting.detach(other, attached.code, at=NOON)
    assert mine.case.attachments.kept().count() == 1

    drafting.detach(mine, attached.code, at=NOON)
    drafting.detach(mine, attached.code, at=NOON)
    assert mine.case.attachments.kept().count() == 0


def bytes_left(tmp_path) -> int:
    return sum(path.is_file() for path in tmp_path.rglob("*"))


def stored_at_noon(tmp_path) -> None:
    for path in tmp_path.rglob("*"):
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))


def test_the_sweep_keeps_what_a_submission_names_and_lets_the_rest_go(tmp_path):
    case = make_draft(complete=True)
    author = author_of(case)
    named = drafting.attach(author, make_upload("named.txt", b"named"), at=NOON)
    make_submission(case)
    removed = drafting.attach(author, make_upload("removed.txt", b"removed"), at=NOON)
    kept = drafting.attach(author, make_upload("kept.txt", b"kept"), at=NOON)
    for gone in (named, removed):
        drafting.detach(author, gone.code, at=NOON)

    stored_at_noon(tmp_path)
    swept = drafting.sweep_attachments(NOON + 2 * DAY)

    assert swept == 1
    assert set(Attachment.objects.all()) == {named, kept}
    assert {default_storage.open(file.file.name).read() for file in (named, kept)} == {b"named", b"kept"}
    assert bytes_left(tmp_path) == 2


def test_the_sweep_leaves_what_was_removed_or_stored_today(tmp_path):
    author = author_of(make_draft())
    attached = drafting.attach(author, make_upload(), at=NOON)
    drafting.detach(author, attached.code, at=NOON)
    default_storage.save("1/under-way", make_upload())
    stored_at_noon(tmp_path)

    assert drafting.sweep_attachments(NOON + DAY) == 0

    assert bytes_left(tmp_path) == 2
    assert drafting.sweep_attachments(NOON + DAY + SECOND) == 2
    assert drafting.sweep_attachments(NOON + DAY + SECOND) == 0
    assert bytes_left(tmp_path) == 0


def test_the_sweep_has_nothing_to_do_where_nothing_was_ever_stored(settings, tmp_path):
    nowhere = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "nowhere"}}
    settings.STORAGES = {**settings.STORAGES, "default": nowhere}

    assert drafting.sweep_attachments(NOON) == 0


# -- Deleting ------------------------------------------------------------------------------------------------------


def test_deleting_a_draft_removes_its_words_its_files_its_people_and_its_waiting_letters(
    tmp_path, django_capture_on_commit_callbacks
):
    author = drafting.start_draft(make_call(), **begun_by("marta@example.org"), at=NOON)
    drafting.invite(author, email="ana@example.org", name="Ana", role=Colleague.Role.EDITOR, at=NOON)
    write(author, title="Ours")
    drafting.attach(author, make_upload(), at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        drafting.delete_draft(author, at=NOON + HOUR)

    assert not Case.objects.exists() and not Colleague.objects.exists() and not Change.objects.exists()
    assert not Attachment.objects.exists() and bytes_left(tmp_path) == 0
    assert {letter.state for letter in letters_posted()} == {OutboxMessage.State.EXPIRED}
    assert list(Event.objects.order_by("pk").values_list("action", flat=True))[-1] == "deleted"
    assert Address.objects.count() == 2


def test_deleting_one_draft_leaves_another_of_the_same_person_alone():
    marta = make_address()
    mine, other = make_draft(author=marta), make_draft(author=marta)

    drafting.delete_draft(author_of(mine), at=NOON)

    assert Case.objects.get() == other


def test_a_case_that_was_handed_in_is_withdrawn_not_deleted():
    case = make_submission().case

    with pytest.raises(NotAllowed):
        drafting.delete_draft(author_of(case), at=NOON)

    assert Case.objects.get() == case


def test_an_editor_does_not_delete_the_draft():
    case = make_draft()

    with pytest.raises(NotAllowed):
        drafting.delete_draft(make_colleague(case), at=NOON)

    assert Case.objects.get() == case
