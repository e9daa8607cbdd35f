"""Public versions in the office: begun, edited, compared, agreed to, published, corrected, taken down."""

import re

import html5lib
import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases import agreeing, partners, publishing, yearly
from cases.models import Agreement, Attachment, Badge, Case, Partner, PublicCase
from opsi_portal.roles import EDITORS, READERS, make_groups
from people.models import Event
from tests.library.makers import (
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
from tests.makers import NOON, author_of, letters_posted, make_boss, make_desk_research, make_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/cases/publiccase/"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(make_boss())
    return client


def member(group: str) -> Client:
    make_groups(NOON)
    user, client = make_staff(), Client()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


def at(public: PublicCase, name: str = "change") -> str:
    return reverse(f"admin:cases_publiccase_{name}", args=[public.pk])


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.status_code
    html5lib.HTMLParser(strict=True).parse(answer.content.decode())
    return answer.content.decode()


def form_of(client: Client, public: PublicCase, **changed) -> dict:
    """What the form on the page sends when somebody changes these fields and presses the button."""
    form = client.get(at(public, "edit")).context["form"]
    sent = {}
    for bound in form:
        value = bound.value()
        if value not in (None, "", False, []):
            sent[bound.html_name] = "on" if value is True else value
    return {**sent, **changed}


def seen_on(html: str) -> str:
    """The number of the draft that a page sends along with its button."""
    (number,) = re.findall(r'<input type="hidden" name="seen" value="(\d+)"', html)
    return number


# -- Beginning and editing ---------------------------------------------------------------------------------------------


def test_an_accepted_case_offers_to_prepare_the_public_version_and_the_button_leads_to_its_text(boss):
    case = make_accepted()
    reading = reverse("admin:cases_case_change", args=[case.pk])
    assert "Prepare the public version" in page(boss, reading)

    begun = boss.post(reverse("admin:cases_case_prepare", args=[case.pk]))

    public = PublicCase.objects.get(case=case)
    assert begun.headers["Location"] == at(public, "edit")
    said = page(boss, reading)
    assert at(public) in said
    assert "Prepare the public version" not in said


def test_a_case_that_is_not_accepted_offers_nothing(boss):
    case = make_accepted()
    Case.objects.update(status=Case.Status.ON_HOLD)

    assert "Prepare the public version" not in page(boss, reverse("admin:cases_case_change", args=[case.pk]))
    boss.post(reverse("admin:cases_case_prepare", args=[case.pk]))
    assert not PublicCase.objects.exists()


def test_every_page_of_a_public_version_is_whole_in_every_state(boss):
    found = [make_prepared(), make_agreed(), make_published(), make_desk_research()]
    publishing.unpublish(gone := make_published(), reason="Because.", by=make_boss(), at=NOON)
    publishing.archive(kept := make_published(), reason="Because.", by=make_boss(), at=NOON)
    say(ask_partners(found[2])["bbbb2222"], partners.OBJECT, "Never.")
    yearly.answer(found[2], said="changed", words="New.", by=author_of(found[2].case), at=NOON)

    page(boss, LIST)
    for public in (*found, gone, kept):
        for name in ("change", "edit", "compare", "preview", "publish", "leave", "badges"):
            page(boss, at(public, name))
        for name in ("author", "partners"):
            page(boss, at(public, name), 200 if public.case_id else 404)


def test_the_text_is_saved_as_it_was_typed(boss):
    public = make_prepared()
    image, memo = Attachment.objects.get(kind="image"), Attachment.objects.get(name="memo.txt")
    sent = form_of(
        boss,
        public,
        **{
            "title": "Shared warnings",
            "section-users": "Four towns.\r\nTheir schools.",
            "section-lessons": "",
            "tags": "rivers, Rivers, floods",
            "place-1-organisation": "Ministry of Environment",
            f"show-{image.code}": "on",
            f"alt-{image.code}": "A bridge between two towns.",
            "files": [memo.code],
        },
    )

    saved = boss.post(at(public, "edit"), sent)

    assert saved.headers["Location"] == at(public, "compare")
    draft = fresh(public).draft
    sections = {section["key"]: section["text"] for section in draft["sections"]}
    assert (draft["title"], sections["users"]) == ("Shared warnings", "Four towns.\nTheir schools.")
    assert "lessons" not in sections
    assert draft["tags"] == ["rivers", "floods"]
    assert draft["jurisdictions"][1]["organisation"] == "Ministry of Environment"
    (shown,) = draft["pictures"]
    assert (shown["alt"], shown["width"]) == ("A bridge between two towns.", 900)
    assert [file["name"] for file in draft["files"]] == ["memo.txt"]


def test_saving_the_form_untouched_changes_nothing(boss):
    public = make_prepared()

    boss.post(at(public, "edit"), form_of(boss, public))

    assert fresh(public).draft == public.draft
    assert not Event.objects.filter(action="public version edited").exists()


def test_a_picture_without_words_for_people_who_cannot_see_it_is_refused_and_nothing_is_lost(boss):
    public = make_prepared()
    code = Attachment.objects.get(kind="image").code

    answer = boss.post(
        at(public, "edit"), form_of(boss, public, title="Typed", **{f"show-{code}": "on", f"alt-{code}": ""})
    )

    assert answer.status_code == 422
    said = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(said)
    assert "Say what the picture shows." in said
    assert 'value="Typed"' in said
    assert fresh(public).draft == public.draft


def test_a_picture_whose_bytes_are_gone_is_told_and_nothing_typed_is_lost(boss):
    public = make_prepared()
    image = Attachment.objects.get(kind="image")
    default_storage.delete(image.file.name)

    answer = boss.post(
        at(public, "edit"),
        form_of(boss, public, title="Typed", **{f"show-{image.code}": "on", f"alt-{image.code}": "A"}),
    )

    assert answer.status_code == 422
    assert 'value="Typed"' in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("website", "javascript:alert(1)"),
        ("video", "no address"),
        ("links", "ftp://x"),
        ("year", "20x9"),
        ("title", ""),
        ("language", "xx"),
    ],
)
def test_what_cannot_be_public_is_refused_beside_its_field(boss, field, value):
    public = make_prepared()

    answer = boss.post(at(public, "edit"), form_of(boss, public, **{field: value}))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert fresh(public).draft == public.draft


def test_of_two_who_edit_at_once_the_second_sees_both_texts_and_decides(boss):
    public = make_prepared()
    mine = form_of(boss, public, title="Mine", short="The same.")
    edit(public, title="Theirs", short="The same.")

    answer = boss.post(at(public, "edit"), mine)

    assert answer.status_code == 409
    said = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(said)
    assert 'value="Mine"' in said
    assert "Theirs" in said
    assert said.count("Saved meanwhile by somebody else") == 1
    assert fresh(public).draft["title"] == "Theirs"

    again = {**mine, "version": answer.context["form"]["version"].value()}
    assert boss.post(at(public, "edit"), again).status_code == 302
    assert fresh(public).draft["title"] == "Mine"


# -- Asking ------------------------------------------------------------------------------------------------------------


def test_the_author_is_asked_and_an_agreement_by_telephone_is_marked_as_such(boss):
    public = make_prepared()

    boss.post(at(public, "author"), {"act": "ask"})
    assert len(letters_posted("agreement")) == 1
    without = boss.post(at(public, "author"), {"act": "record", "reason": ""})
    assert "Give a reason" in without.content.decode()
    seen = seen_on(page(boss, at(public, "author")))
    told = {"act": "record", "reason": "On the phone on 12 May.", "seen": seen}
    edit(public, short="Not what they heard.")
    first = boss.post(at(public, "author"), told)
    assert "Somebody has saved another text since you looked at it" in first.content.decode()
    assert not public.agreements.filter(answer="agreed").exists()
    boss.post(at(public, "author"), told | {"seen": seen_on(first.content.decode())})

    assert Agreement.objects.get(answer="agreed").recorded_by is not None
    said = page(boss, at(public))
    assert "told on the telephone or in person" in said
    assert "On the phone on 12 May." in said


def test_partners_are_shown_before_they_are_asked_and_looking_writes_nothing(boss):
    public = make_prepared()

    said = page(boss, at(public, "partners"))
    assert "2 partners would get a letter" in said
    assert "saar@partner.example" in said
    assert not Partner.objects.exists()

    boss.post(at(public, "partners"), {"act": "ask-all"})
    assert len(letters_posted("partner")) == 2


def test_who_may_see_no_addresses_sees_no_contact_of_a_partner():
    public = make_prepared()

    assert "partner.example" not in page(member(EDITORS), at(public, "partners"))


def test_an_objection_is_solved_with_words_and_a_partner_forgotten(boss):
    public = make_prepared()
    partner = say(ask_partners(public)["bbbb2222"], partners.OBJECT, "Never <b>asked</b>.")
    path, words = at(public, "partners"), f"p-{partner.key}-words"

    assert "Never &lt;b&gt;asked" in page(boss, path)
    assert boss.post(path, {"act": f"solve:{partner.pk}", words: ""}).status_code == 200
    assert Partner.objects.blocking().exists()
    boss.post(path, {"act": f"solve:{partner.pk}", words: "On the phone."})
    assert not Partner.objects.blocking().exists()
    boss.post(path, {"act": f"ask:{partner.pk}"})
    assert Partner.objects.get(pk=partner.pk).generation == 2
    boss.post(path, {"act": f"forget:{partner.pk}", words: "Asked to."})
    assert Partner.objects.get(pk=partner.pk).address is None


@pytest.mark.parametrize("act", ["solve:x", "solve:999999", "ask:", "forget:-1"])
def test_a_partner_that_is_none_is_not_found(boss, act):
    public = make_prepared()
    ask_partners(public)

    assert boss.post(at(public, "partners"), {"act": act}).status_code == 404


def test_a_partner_of_another_case_is_not_found(boss):
    public, other = make_prepared(), make_prepared()
    partner = ask_partners(other)["bbbb2222"]

    assert boss.post(at(public, "partners"), {"act": f"ask:{partner.pk}"}).status_code == 404


# -- Publishing --------------------------------------------------------------------------------------------------------


def test_what_stands_in_the_way_comes_before_the_button(boss):
    public = make_prepared()

    said = page(boss, at(public, "publish"))
    assert "The author was not asked to agree." in said
    assert ">Publish</button>" not in said

    boss.post(at(public, "publish"), {"note": ""})
    assert not fresh(public).is_on_show

    agree(public)
    said = page(boss, at(public, "publish"))
    assert "Nothing stands in the way." in said
    boss.post(at(public, "publish"), {"note": "First edition.", "seen": seen_on(said)})
    assert fresh(public).is_on_show


def test_a_correction_tells_readers_what_is_different(boss):
    public = make_published()
    edit(public, title="Shared river flood warning")

    said = page(boss, at(public, "publish"))
    assert "What is different from the version that is public" in said
    seen = fresh(public).draft_version
    without = boss.post(at(public, "publish"), {"note": "", "small": "on", "reason": "", "seen": seen})
    assert "Say to readers what is different." in without.content.decode()
    slip = {"note": "The title.", "small": "on", "reason": "A slip of the pen.", "seen": seen}
    boss.post(at(public, "publish"), slip)

    assert fresh(public).edition.number == 2


def test_what_an_editor_saves_after_the_look_comes_out_with_nobodys_press(boss):
    public = make_published()
    edit(public, title="Shared river flood warning")
    sent = {"note": "The title.", "small": "on", "reason": "A slip of the pen."}
    sent["seen"] = seen_on(page(boss, at(public, "publish")))
    edit(public, short="Whatever an editor likes.")

    first = boss.post(at(public, "publish"), sent)

    assert fresh(public).edition.number == 1
    assert "Somebody has saved another text since you looked at it" in first.content.decode()
    assert "likes" in first.content.decode()
    assert "A slip of the pen." in first.content.decode()
    boss.post(at(public, "publish"), sent | {"seen": seen_on(first.content.decode())})
    assert fresh(public).edition.number == 2


@pytest.mark.parametrize("seen", ["", "0", "x", "9" * 40])
def test_a_press_that_names_no_draft_publishes_nothing(boss, seen):
    public = make_agreed()

    assert boss.post(at(public, "publish"), {"note": "", "seen": seen}).status_code == 200
    assert not fresh(public).is_on_show


def cited(pk: int) -> list[dict]:
    return [{"title": "A <report>", "url": "/en/reports/one/", "kind": "report", "edition": 1}]


def test_a_cited_case_is_taken_down_only_by_somebody_who_has_seen_the_places(boss, settings):
    settings.CASE_CITATIONS = [f"{__name__}.cited"]
    public = make_published()
    sent = {"act": "unpublish", "reason": "The author left."}

    assert "A &lt;report&gt;" in page(boss, at(public, "leave"))
    refused = boss.post(at(public, "leave"), sent)
    assert "Look at the places first" in refused.content.decode()
    assert fresh(public).is_on_show

    boss.post(at(public, "leave"), {**sent, "seen": "on"})
    assert fresh(public).state == "unpublished"
    boss.post(at(public, "leave"), {"act": "show", "reason": "Back."})
    assert fresh(public).is_on_show


def test_a_wish_to_be_taken_down_is_answered_with_words(boss):
    public = make_published()
    publishing.ask_to_take_down(public, words="Please.", by=author_of(public.case), at=NOON)

    boss.post(at(public, "leave"), {"act": "keep", "keep-words": ""})
    assert fresh(public).withdrawal_asked_at is not None
    boss.post(at(public, "leave"), {"act": "keep", "keep-words": "Let us talk."})

    assert fresh(public).withdrawal_asked_at is None
    assert letters_posted("kept-public")[0].context["words"] == "Let us talk."


def test_before_there_is_a_badge_its_page_says_so_and_leads_on(boss):
    shown = page(boss, at(make_published(), "badges"))

    assert "There is no badge yet to mark a case with." in shown and "/admin/cases/badge/add/" in shown
    assert "Save the badges" not in shown


def test_what_happens_when_one_presses_is_told_only_where_one_can(boss):
    public = make_agreed()
    assert "When you press" in page(boss, at(public, "publish"))

    public = make_prepared()
    assert "When you press" not in page(boss, at(public, "publish"))


def test_badges_are_made_once_and_given_on_the_page_of_a_case(boss):
    boss.post(
        "/admin/cases/badge/add/",
        {"key": "shortlisted-2027", "name_0": "x", "name_en": "Shortlisted", "words_en": "By the jury."},
    )
    badge = Badge.objects.get()
    assert badge.name == {"en": "Shortlisted"}
    assert badge.history.get().history_user is not None
    public = make_published()

    boss.post(at(public, "badges"), {"badges": [badge.pk], "reason": "The jury."})

    assert "badge:shortlisted-2027" in fresh(public).facets


def test_nobody_keeps_the_page_of_a_case_whose_badge_is_called_otherwise_by_now(boss):
    client = Client()
    badge = Badge.objects.create(key="listed", name={"en": "Shortlisted"})
    public = make_published()
    publishing.award(public, [badge], reason="The jury.", by=make_boss(), at=NOON)
    address = f"/en/cases/{public.slug}/"
    before = client.get(address)["ETag"]

    boss.post(f"/admin/cases/badge/{badge.pk}/change/", {"name_0": "x", "name_en": "Finalist"})

    after = client.get(address, headers={"If-None-Match": before})
    assert (after.status_code, "Finalist" in after.content.decode()) == (200, True)
    same = client.get(address, headers={"If-None-Match": after["ETag"]})
    assert same.status_code == 304


def test_what_the_author_said_in_the_yearly_answer_is_taken_up_by_a_button(boss):
    public = make_published()
    check = yearly.answer(public, said="changed", words="A third city.", by=author_of(public.case), at=NOON)

    assert "A third city." in page(boss, at(public))
    assert boss.get(at(public, "looked")).status_code == 405
    boss.post(at(public, "looked"), {"check": check.pk})
    check.refresh_from_db()
    assert check.looked_at is not None
    assert boss.post(at(public, "looked"), {"check": "x"}).status_code == 404


# -- The list and the front page ---------------------------------------------------------------------------------------


def test_the_front_page_counts_what_waits_and_each_count_leads_to_its_list(boss):
    make_accepted()
    make_agreed()
    wishes = make_asked()
    say_wishes(wishes)
    say(ask_partners(make_prepared())["bbbb2222"], partners.OBJECT, "Never.")
    public = make_published()
    yearly.answer(public, said="ended", by=author_of(public.case), at=NOON)
    publishing.ask_to_take_down(public, words="Please.", by=author_of(public.case), at=NOON)

    waiting = {each["what"]: each for each in boss.get("/admin/").context["waiting"]}

    for what in (
        "accepted, public version to begin",
        "agreed to, to be published",
        "authors who wish changes or refuse",
        "cases of which a partner said something",
        "public cases that have changed",
        "authors who ask to take down",
    ):
        assert waiting[what]["n"] == 1, what
        assert len(boss.get(waiting[what]["url"]).context["rows"]) == 1, what


def say_wishes(asked: Agreement) -> None:
    author = author_of(asked.public_case.case)
    agreeing.answer(asked, said=Agreement.Answer.WISHES, words="Another title.", by=author, at=NOON)


def test_readers_are_not_told_what_others_have_to_do():
    make_agreed()

    waiting = member(READERS).get("/admin/").context["waiting"]

    assert "agreed to, to be published" not in [each["what"] for each in waiting]


def test_the_list_costs_the_same_with_one_row_and_with_three(boss):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(LIST).status_code == 200
        return len(queries)

    make_published()
    one = statements()
    make_agreed()
    make_desk_research()

    assert statements() == one


def test_the_list_is_found_by_reference_and_title_and_by_nothing_else(boss):
    public = make_published()

    for found in (public.case.reference, "flood warnings"):
        assert len(boss.get(LIST, {"q": found}).context["rows"]) == 1
    assert boss.get(LIST, {"draft__icontains": "x"}).status_code == 400


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30])
def test_a_public_version_that_is_none_is_not_found(boss, pk):
    assert boss.get(f"{LIST}{pk}/change/").status_code == 404
    assert boss.get(f"{LIST}{pk}/edit/").status_code == 404


def test_pictures_and_files_in_the_office_are_those_of_the_case(boss):
    public, other = make_prepared(), make_published(case=make_accepted(title="Another"))
    memo = other.case.attachments.get(name="memo.txt")

    path = reverse("admin:cases_publiccase_file", args=[public.pk, memo.code])
    assert boss.get(path).status_code == 404
    own = reverse("admin:cases_publiccase_file", args=[other.pk, memo.code])
    assert boss.get(own)["Content-Disposition"].startswith("attachment")
