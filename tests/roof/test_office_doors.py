"""Who may open which page of the office: every address of the admin, as a stranger, a reader, a manager, a superuser."""

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from cases import drafting, pictures, publishing
from cases.models import Badge, Call, Case, FormFeedback
from opsi_portal.roles import EDITORS, MANAGERS, READERS, REVIEWERS, RIGHTS, make_groups, permissions_named
from outbox.models import Bounce, LocalLetter, OutboxMessage
from people.models import Address, Event, User
from tests.cases.samples import picture
from tests.makers import NOON, author_of, make_boss, make_call, make_draft, make_staff, make_submission
from tests.newsletter.makers import make_issue, make_reader
from tests.outputs import who as outputs_who
from tests.reviews import who
from tests.reviews.who import BOSS, EDITOR, MANAGER, READER, REVIEWER, ROLES
from tests.workshops.makers import make_workshop, take
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

R, M, B = READER, MANAGER, BOSS
EVERYBODY, NOBODY = {READER, EDITOR, MANAGER, BOSS}, set()
#: Who writes news.
WRITERS = {EDITOR, MANAGER, BOSS}

#: Which members of staff get a page (or its file, or a way on) from GET; the others get 403. A page that is new in
#: the office has to be written down here before this test passes.
WHO = {
    "index": ROLES,
    "app_list": EVERYBODY,
    "jsi18n": ROLES,
    "password_change": ROLES,
    "password_change_done": ROLES,
    "autocomplete": NOBODY,
    "cases_call_changelist": EVERYBODY,
    "cases_call_change": EVERYBODY,
    "cases_call_history": EVERYBODY,
    "cases_call_add": {B},
    "cases_call_delete": NOBODY,  # it has cases
    "cases_call_extend": {M, B},
    "cases_case_changelist": EVERYBODY,
    "cases_case_change": EVERYBODY,
    "cases_case_history": EVERYBODY,
    "cases_case_version": EVERYBODY,
    "cases_case_file": EVERYBODY,
    "cases_case_reopen": {M, B},
    "cases_case_withdraw": {M, B},
    "cases_case_add": NOBODY,
    "cases_case_delete": NOBODY,
    "cases_publiccase_changelist": EVERYBODY,
    "cases_publiccase_change": EVERYBODY,
    "cases_publiccase_history": EVERYBODY,
    "cases_publiccase_compare": EVERYBODY,
    "cases_publiccase_preview": EVERYBODY,
    "cases_publiccase_picture": EVERYBODY,
    "cases_publiccase_file": EVERYBODY,
    "cases_publiccase_edit": {EDITOR, M, B},
    "cases_publiccase_author": {EDITOR, M, B},
    "cases_publiccase_partners": {EDITOR, M, B},
    "cases_publiccase_publish": {M, B},
    "cases_publiccase_leave": {M, B},
    "cases_publiccase_badges": {M, B},
    "cases_publiccase_add": NOBODY,
    "cases_publiccase_delete": NOBODY,
    "cases_badge_changelist": EVERYBODY,
    "cases_badge_change": EVERYBODY,
    "cases_badge_history": EVERYBODY,
    "cases_badge_add": {M, B},
    "cases_badge_delete": NOBODY,
    "cases_formfeedback_changelist": {M, B},
    "cases_formfeedback_change": {M, B},
    "cases_formfeedback_history": {M, B},
    "cases_formfeedback_add": NOBODY,
    "cases_formfeedback_delete": NOBODY,
    "workshops_series_changelist": EVERYBODY,
    "workshops_series_change": EVERYBODY,
    "workshops_series_history": EVERYBODY,
    "workshops_series_add": {M, B},
    "workshops_series_delete": NOBODY,  # it has workshops
    "workshops_workshop_changelist": EVERYBODY,
    "workshops_workshop_change": EVERYBODY,
    "workshops_workshop_history": EVERYBODY,
    "workshops_workshop_add": {M, B},
    "workshops_workshop_delete": NOBODY,  # somebody has registered
    "workshops_workshop_move": {M, B},
    "workshops_workshop_cancel": {M, B},
    "workshops_workshop_write": {M, B},
    "workshops_workshop_line": EVERYBODY,
    "workshops_workshop_attendance": EVERYBODY,
    "workshops_workshop_figures": EVERYBODY,
    "workshops_workshop_feedback": EVERYBODY,
    "workshops_workshop_groups": EVERYBODY,
    "workshops_workshop_groups_print": EVERYBODY,
    "workshops_registration_changelist": EVERYBODY,
    "workshops_registration_change": EVERYBODY,
    "workshops_registration_history": EVERYBODY,
    "workshops_registration_add": {M, B},
    "workshops_registration_erase": {M, B},
    "workshops_registration_delete": NOBODY,
    "outbox_outboxmessage_changelist": {M, B},
    "outbox_outboxmessage_change": {M, B},
    "outbox_outboxmessage_history": {M, B},
    "outbox_outboxmessage_html": {M, B},
    "outbox_outboxmessage_add": NOBODY,
    "outbox_outboxmessage_delete": NOBODY,
    "outbox_localletter_changelist": {B},
    "outbox_localletter_change": {B},
    "outbox_localletter_history": {B},
    "outbox_localletter_html": {B},
    "outbox_localletter_add": NOBODY,
    "outbox_localletter_delete": NOBODY,
    "outbox_bounce_changelist": {M, B},
    "outbox_bounce_change": {M, B},
    "outbox_bounce_history": {M, B},
    "outbox_bounce_add": NOBODY,
    "outbox_bounce_delete": NOBODY,
    "newsletter_issue_changelist": WRITERS,
    "newsletter_issue_change": WRITERS,
    "newsletter_issue_history": WRITERS,
    "newsletter_issue_add": WRITERS,
    "newsletter_issue_delete": WRITERS,
    "newsletter_issue_look": WRITERS,
    "newsletter_issue_html": WRITERS,
    "newsletter_issue_send": {M, B},
    "newsletter_subscription_changelist": {M, B},
    "newsletter_subscription_change": {M, B},
    "newsletter_subscription_history": {M, B},
    "newsletter_subscription_add": NOBODY,
    "newsletter_subscription_delete": NOBODY,
    "people_address_changelist": {M, B},
    "people_address_change": {M, B},
    "people_address_history": {M, B},
    "people_address_add": NOBODY,
    "people_address_delete": NOBODY,
    "people_event_changelist": {B},
    "people_event_change": {B},
    "people_event_history": {B},
    "people_event_add": NOBODY,
    "people_event_delete": NOBODY,
    "people_user_changelist": {B},
    "people_user_change": {B},
    "people_user_history": {B},
    "people_user_add": {B},
    "people_user_delete": NOBODY,
    "auth_user_password_change": {B},
    "auth_group_changelist": {B},
    "auth_group_change": {B},
    "auth_group_history": {B},
    "auth_group_add": {B},
    "auth_group_delete": {B},
    **who.WHO,
    **outputs_who.WHO,
}
GROUPS = {READER: READERS, REVIEWER: REVIEWERS, EDITOR: EDITORS, MANAGER: MANAGERS}
#: Doors without a page behind them: in, out, and what only a button opens.
OTHERS = {
    "login",
    "logout",
    "view_on_site",
    "outbox_outboxmessage_again",
    "cases_case_prepare",
    "cases_publiccase_looked",
    "workshops_workshop_duplicate",
    "workshops_registration_export",
    "workshops_registration_log",
    "newsletter_issue_try",
    "newsletter_issue_call_back",
    *who.BUTTONS,
    *outputs_who.BUTTONS,
}


def names(patterns, found=None) -> dict[str, URLPattern]:
    found = {} if found is None else found
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            names(pattern.url_patterns, found)
        elif pattern.name:
            found[pattern.name] = pattern
    return found


NAMES = names(admin.site.urls[0])


@pytest.fixture
def rows(settings) -> dict:
    """One row of everything that the office shows, on a portal whose mail stays on this machine."""
    settings.EMAIL_BACKEND = "outbox.mailbox.MailboxBackend"
    now = timezone.now()
    call = make_call(year=2027, opens_at=now - timedelta(days=9), closes_at=now + timedelta(days=9))
    case = make_draft(call, complete=True, begun_at=now - timedelta(hours=2))
    file = drafting.attach(author_of(case), SimpleUploadedFile("memo.txt", b"A memorandum."), at=now)
    drafting.attach(author_of(case), SimpleUploadedFile("bridge.png", picture("PNG")), at=now)
    make_submission(case, at=now - timedelta(hours=1))
    case.refresh_from_db()
    seat = take(make_workshop(starts_at=now + timedelta(days=9)), access_needs="Captions", at=now)
    make_groups(now)
    public = publishing.begin(case, at=now)
    pictures.made_of(public, case.attachments.get(kind="image"), at=now)
    public.pictures.update(code=file.code)
    letter = LocalLetter.objects.create(
        to="a@b.example",
        subject_line="Hello",
        received_at=now,
        raw=b"Subject: Hello\nTo: a@b.example\n\nHello",
    )
    return {
        "cases_call": call,
        "cases_case": case,
        "cases_publiccase": public,
        "cases_badge": Badge.objects.create(key="shortlisted", name={"en": "Shortlisted"}),
        **who.rows(case),
        **outputs_who.rows(),
        "cases_formfeedback": FormFeedback.objects.create(call=call, ease=7, words="", at=now),
        "workshops_series": seat.series,
        "workshops_workshop": seat.workshop,
        "workshops_registration": seat,
        "outbox_outboxmessage": OutboxMessage.objects.latest("pk"),
        "outbox_localletter": letter,
        "newsletter_issue": make_issue(),
        "newsletter_subscription": make_reader(),
        "outbox_bounce": bounced(OutboxMessage.objects.latest("pk"), at=now),
        "people_address": Address.objects.first(),
        "people_event": Event.objects.first(),
        "people_user": make_staff("somebody@oecd.example"),
        "auth_user": User.objects.get(email="somebody@oecd.example"),
        "auth_group": Group.objects.get(name=READERS),
        "code": file.code,
    }


def bounced(letter: OutboxMessage, *, at: datetime) -> Bounce:
    facts = {"kind": "soft", "letter": letter.kind, "status": "4.2.2", "digest": "x"}
    return Bounce.objects.create(address=letter.address, at=at, **facts)


def address_of(name: str, rows: dict) -> str:
    row = next((row for prefix, row in rows.items() if name.startswith(prefix + "_")), None)
    filled = {
        "object_id": row and row.pk,
        "id": row and row.pk,
        "pk": row and row.pk,
        "number": 1,
        "width": pictures.WIDE,
        "kind": "csv",
        "table": "cases",
        "language": "en",
        "code": rows["code"],
        "app_label": "cases",
        "content_type_id": ContentType.objects.get_for_model(Case).pk,
        "url": "nowhere",
    }
    converters = NAMES[name].pattern.regex.groupindex
    return reverse(f"admin:{name}", kwargs={key: filled[key] for key in converters})


def entered(role: str) -> Client:
    client = Client()
    if role == B:
        client.force_login(make_boss())
    elif role in GROUPS:
        make_groups(NOON)
        user = make_staff()
        user.groups.add(Group.objects.get(name=GROUPS[role]))
        client.force_login(user)
    return client


def everything() -> dict[str, str]:
    """What the database holds, but for sessions and the limits on trying."""
    skipped = ("sessions.Session", "people.Allowance", "contenttypes.ContentType")
    return {
        model._meta.label: serializers.serialize("json", model._default_manager.order_by("pk"))
        for model in apps.get_models()
        if model._meta.label not in skipped
    }


def test_every_page_of_the_office_is_written_down_here():
    assert set(NAMES) == set(WHO) | OTHERS


def test_a_stranger_is_asked_to_log_in_at_every_door(rows):
    client = entered("stranger")
    before = everything()

    for name in NAMES:
        for answer in (
            client.get(address_of(name, rows)),
            client.post(address_of(name, rows), {"post": "yes"}),
        ):
            if name == "login":
                assert answer.status_code == 200
            else:
                assert answer.status_code in (302, 405), name
                assert answer.status_code == 405 or "/login/" in answer.url or name == "logout", name
    assert everything() == before


def test_somebody_with_an_account_that_is_no_staff_account_stays_outside(rows):
    client = Client()
    client.force_login(make_staff(is_staff=False))

    for name in set(WHO) - {"jsi18n"}:
        answer = client.get(address_of(name, rows))
        assert answer.status_code == 302, name
        assert "/login/" in answer.url


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_its_own_pages_and_no_others(rows, role):
    client = entered(role)

    got = {name for name in WHO if client.get(address_of(name, rows)).status_code in (200, 302)}

    assert got == {name for name, roles in WHO.items() if role in roles}


def test_a_page_that_somebody_may_not_see_says_so_and_is_no_error(rows):
    client = entered(R)

    refused = {
        client.get(address_of(name, rows)).status_code for name, roles in WHO.items() if R not in roles
    }

    assert refused == {403}


def deeds(rows: dict) -> dict:
    """What a form anywhere in the office might send, all of it at once."""
    return {
        "post": "yes",
        "confirm": "yes",
        "expected": rows["cases_call"].closes_at.isoformat(),
        "closes_at_day": "2040-01-01",
        "until_day": "2040-01-01",
        "reason": "Because",
        "to": "seated",
        "subject": "Hello",
        "words": "Hello",
        "token": "x",
        "send": "yes",
        "try": "yes",
        "do": "publish",
        "person": [rows["workshops_registration"].pk],
        "workshop": rows["workshops_workshop"].pk,
        "country": "FR",
        "level": "local",
        "organisation": "Changed",
        "terms": "on",
        "reason_en": "Because",
        "title_en": "Changed",
        "email": "changed@example.org",
        "name": "Changed",
        "is_superuser": "on",
        "_save": "Save",
    }


def test_a_reader_changes_nothing_whatever_is_pressed(rows):
    client = entered(R)
    before = everything()

    written_down = {
        "workshops_registration_export",
        "workshops_registration_log",
    }  # in the book, who took what
    for name in set(NAMES) - {"login", "logout"} - written_down:
        answer = client.post(address_of(name, rows), deeds(rows))
        assert answer.status_code in (200, 302, 403, 404, 405), name

    assert everything() == before


@pytest.mark.parametrize("role", sorted(GROUPS))
def test_no_action_of_a_list_reaches_further_than_the_role(rows, role):
    client = entered(role)
    before = everything()
    seats = {"confirm", "give_back", "mark_attended", "mark_absent"}
    allowed = {M: {"send_again", "set_aside", *seats}}.get(role, set())

    for model, office in admin.site._registry.items():
        for action in {
            *(office.actions or []),
            "delete_selected",
            "suppress",
            "allow",
            "send_again",
            *seats,
        } - allowed:
            sent = {
                "action": action,
                "_selected_action": list(model._default_manager.values_list("pk", flat=True)),
            }
            name = f"{model._meta.app_label}_{model._meta.model_name}_changelist"
            assert client.post(address_of(name, rows), sent).status_code in (200, 302, 403, 405)

    assert everything() == before


def test_a_manager_changes_what_managers_may_and_nothing_else(rows):
    client = entered(M)
    theirs = {"cases_call_extend", "cases_case_reopen", "cases_case_withdraw", "cases_call_change"}
    theirs |= {f"workshops_{name}" for name in ("series_change", "workshop_change", "registration_add")}
    theirs |= {f"workshops_workshop_{name}" for name in ("cancel", "write", "groups", "attendance")}
    theirs |= {
        "workshops_registration_erase",
        "outputs_output_withdraw",
        "newsletter_issue_add",
        "newsletter_issue_delete",
    }
    before = everything()

    for name in set(WHO) - theirs - {"password_change"}:
        client.post(address_of(name, rows), deeds(rows))
    assert everything() == before

    assert client.post(address_of("outbox_outboxmessage_again", rows)).status_code == 302
    assert client.post(address_of("cases_call_extend", rows), deeds(rows)).status_code == 302
    assert client.post(address_of("cases_case_withdraw", rows), deeds(rows)).status_code == 302
    assert client.post(address_of("cases_case_reopen", rows), deeds(rows)).status_code == 302
    case = Case.objects.get()
    seat = rows["workshops_registration"]
    for name in ("write", "groups", "attendance", "duplicate"):
        assert client.post(address_of(f"workshops_workshop_{name}", rows), deeds(rows)).status_code == 302
    assert client.post(address_of("workshops_registration_add", rows), deeds(rows)).status_code == 302
    seat.refresh_from_db()
    assert seat.attended_at is not None
    assert seat.workshop.registrations.count() == Workshop.objects.count() == 2
    assert (case.status, case.reopened_until.year, Call.objects.get().closes_at.year) == (
        "withdrawn",
        2040,
        2040,
    )


def test_staff_who_hand_out_no_rights_cannot_give_themselves_any(rows):
    clerk = make_staff("clerk@oecd.example")
    clerk.user_permissions.set(permissions_named(("people.view_user", "people.change_user")))
    boss = make_boss("boss@oecd.example")
    client = Client()
    client.force_login(clerk)
    rights = {"is_superuser": "on", "groups": [rows["auth_group"].pk], "is_active": "on", "_save": "Save"}

    client.post(
        reverse("admin:people_user_change", args=[clerk.pk]), {"email": clerk.email, "name": "C", **rights}
    )
    taken = client.post(reverse("admin:people_user_change", args=[boss.pk]), {"email": clerk.email, **rights})
    password = client.post(
        reverse("admin:auth_user_password_change", args=[boss.pk]),
        {"password1": "a quite long new password", "password2": "a quite long new password"},
    )

    clerk.refresh_from_db()
    boss.refresh_from_db()
    assert (clerk.is_superuser, clerk.groups.count()) == (False, 0)
    assert (taken.status_code, password.status_code) == (403, 403)
    assert boss.email == "boss@oecd.example"
    assert boss.check_password("a long enough password")


# -- The groups --------------------------------------------------------------------------------------------------------


def test_making_the_groups_again_keeps_what_staff_changed():
    make_groups(NOON)
    group = Group.objects.get(name=READERS)
    group.permissions.clear()

    make_groups(NOON)

    assert Group.objects.count() == 4
    assert not group.permissions.exists()


LATER_ROOMS = ("workshops.", "reviews.", "outputs.")


def older_group(name: str, *, without: tuple[str, ...] = ()) -> Group:
    """As the first portal made it: before workshops and the review, and before the book told of rights."""
    group = Group.objects.create(name=name)
    first = [right for right in RIGHTS[name] if not right.startswith(LATER_ROOMS)]
    group.permissions.set(permissions_named(tuple(right for right in first if right not in without)))
    return group


def rights_of(group: Group) -> set[str]:
    has = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in has}


@pytest.mark.parametrize("name", (READERS, MANAGERS))
def test_a_group_that_is_older_than_workshops_and_review_is_given_their_rights_once(name):
    group = older_group(name)

    call_command("load_programme", verbosity=0)

    assert rights_of(group) == set(RIGHTS[name])
    group.permissions.remove(*permissions_named(("workshops.view_registration",)))
    call_command("load_programme", verbosity=0)
    assert rights_of(group) == {*RIGHTS[name]} - {"workshops.view_registration"}
    assert Event.objects.get(object_id=str(group.pk), action="rights given").facts["new"] == [
        right for right in RIGHTS[name] if right.startswith(LATER_ROOMS)
    ]


def test_what_staff_took_from_an_older_group_or_gave_it_stays():
    group = older_group(READERS, without=("cases.view_example",))
    group.permissions.add(*permissions_named(("people.view_address",)))

    make_groups(NOON)
    make_groups(NOON)

    assert rights_of(group) == {*RIGHTS[READERS], "people.view_address"} - {"cases.view_example"}


@pytest.mark.parametrize(
    "room, other, right",
    [("workshops", "reviews", "workshops.view_workshop"), ("reviews", "workshops", "reviews.view_round")],
)
def test_a_group_that_has_rights_for_a_room_is_given_those_of_the_other_alone(room, other, right):
    group = older_group(READERS)
    group.permissions.add(*permissions_named((right,)))

    make_groups(NOON)

    assert {each for each in rights_of(group) if each.startswith(f"{room}.")} == {right}
    assert {each for each in RIGHTS[READERS] if each.startswith(f"{other}.")} <= rights_of(group)


def test_a_group_that_is_older_than_erasing_people_is_given_the_right_once():
    group = older_group(MANAGERS)
    theirs = tuple(right for right in RIGHTS[MANAGERS] if right.startswith("workshops."))
    group.permissions.add(*permissions_named(theirs))
    erasing = permissions_named(("workshops.delete_registration",))
    group.permissions.remove(*erasing)

    make_groups(NOON)
    assert rights_of(group) == set(RIGHTS[MANAGERS])

    group.permissions.remove(*erasing)
    make_groups(NOON)
    assert "workshops.delete_registration" not in rights_of(group)


def test_each_group_has_the_rights_that_are_written_down():
    make_groups(NOON)

    for name, rights in RIGHTS.items():
        assert rights_of(Group.objects.get(name=name)) == set(rights)


def test_a_right_that_does_not_exist_is_an_error_and_no_silence():
    with pytest.raises(LookupError):
        permissions_named(("cases.view_case", "cases.fly"))
