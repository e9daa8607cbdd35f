"""Every address of this room: as a stranger, in a language that nobody speaks, with hostile words, and what its answers
say besides their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from outbox.delivery import compose
from outbox.models import OutboxMessage
from outputs import publishing
from outputs.models import Output
from people.models import Address, User
from tests.makers import DAY, NOON, make_boss, make_public_case, make_submission
from tests.outputs.makers import (
    OVER,
    block,
    cites,
    make_output,
    make_picture,
    make_published,
    make_result,
    publish,
    rewrite,
)
from tests.roof.house import names_of_all_addresses
from tests.roof.test_bad_input import HOSTILE
from tests.roof.test_every_language import ours_untranslated, pseudo, unmarked  # noqa: F401 (a fixture)
from tests.roof.test_every_page import complaints_about
from tests.roof.test_headers import POLICY
from tests.workshops.makers import make_series, make_workshop

pytestmark = pytest.mark.django_db

WORDS = "# Ένα\n\nΚείμενο^[Σημείωση.] με **βάρος**.\n\n## Δύο\n\n- ένα\n- δύο"


def greek(kind: str, **head) -> Output:
    """An output with a block of every kind, in which everything that people wrote is Greek."""
    said = {
        "title": "Ποτάμι",
        "short": "Λίγα λόγια.",
        "organisation": "Δήμος",
        "sections": [],
        "jurisdictions": [],
    }
    public = make_public_case(
        make_submission(at=NOON - DAY, answers={"tags": "ένα, δύο, τρία"}).case, at=NOON, **said
    )
    workshop = make_workshop(
        make_series(year=2000 + Output.objects.count(), title={"en": "Σειρά"}),
        starts_at=OVER,
        title={"en": "Μαζί"},
    )
    result = make_result(workshop, title="Αποτέλεσμα")
    type(result).objects.update(words={"en": "Λόγια."})
    other = make_published("story", title="Ιστορία", short={"en": "Λίγα."}, by="Μαρία")
    output = make_output(kind, title="Τίτλος", short={"en": "Σύντομα."})
    shown = make_picture(output)
    head |= {"by": "Μαρία; Ίων"}
    if kind == "dialogue":
        head |= {
            "speakers": {"en": "Μαρία, Δήμος"},
            "transcript": {"en": "# Αρχή\n\nΚαλημέρα."},
            "spoken": "Ελληνικά",
        }
        head |= {"register": "https://a.example/", "recording": "https://vimeo.com/1"}
    rewrite(
        output,
        block("text", text={"en": WORDS}),
        block("picture", picture=shown.code, alt={"en": "Γέφυρα"}, caption={"en": "Μάιος"}, credit="Ίων"),
        block("quotation", words={"en": "Λόγια"}, who={"en": "Δήμαρχος"}),
        block("figure", by="sector"),
        block("figure", by="year", caption={"en": "Χρόνια"}),
        block("case", case=f"case:{public.slug}", words={"en": "Γιατί"}),
        cites(result),
        block("output", output=f"story:{other.slug}"),
        block("video", video="https://vimeo.com/2", title={"en": "Ταινία"}),
        **head,
    )
    publish(output, note="Πρώτη.")
    make_published(
        "report",
        block("output", output=f"{kind}:{output.slug}"),
        title="Έκθεση",
        short={"en": "Λίγα."},
        by="",
    )
    return Output.objects.select_related("version").get(pk=output.pk)


def paths_of(output: Output) -> Iterator[str]:
    """Every address of one output, as a stranger may open it."""
    kind = output.kind
    yield reverse(f"outputs:{kind}", args=[output.slug])
    yield reverse(f"outputs:{kind}_version", args=[output.slug, 1])
    for form in ("bib", "ris", "txt"):
        yield reverse(f"outputs:{kind}_cite", args=[output.slug, form])
    if kind == "report":
        yield reverse("outputs:report_pdf", args=[output.slug])
        yield reverse("outputs:report_version_pdf", args=[output.slug, 1])
    if kind == "dialogue":
        yield reverse("outputs:dialogue_calendar", args=[output.slug])


LISTS = ("outputs:reports", "outputs:stories", "outputs:dialogues")


def test_every_address_of_this_room_is_walked_here():
    outputs = [make_published(kind) for kind in ("report", "story", "dialogue")]
    walked = [reverse(name) for name in LISTS] + [path for output in outputs for path in paths_of(output)]

    from_here = {name for name in names_of_all_addresses() if name.startswith("outputs:")} - {
        "outputs:preview"
    }

    names = {Client().get(path).resolver_match.view_name for path in walked}
    assert names == from_here


# -- A language that nobody speaks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["report", "story", "dialogue"])
def test_every_word_of_a_page_can_be_translated_and_runs_from_right_to_left(pseudo, kind: str):  # noqa: F811
    output = greek(kind)
    boss = make_boss()
    staff = Client(HTTP_ACCEPT_LANGUAGE="ar")
    staff.force_login(boss)
    rewrite(output, by="Άλλη")
    publish(output, at=NOON + DAY, note="Δεύτερη.")
    pages = {
        "page": Client().get(output.page),
        "older": Client().get(output.page_of(1)),
        "newest": Client().get(output.page_of(2)),
        "preview": staff.get(reverse("outputs:preview", args=[output.pk])),
        **{name: Client().get(reverse(name)) for name in LISTS},
    }
    if kind == "dialogue":
        pages["elsewhere"] = Client().get(output.page, {"zone": "Asia/Kathmandu"})
    publishing.withdraw(output, reason="Λάθος.", by=boss, at=NOON + DAY)
    pages["withdrawn"] = Client().get(output.page)

    left = {name: found for name, page in pages.items() if (found := ours_untranslated(page.content))}
    wrong = {
        name: found for name, page in pages.items() if (found := complaints_about(page.content, "ar", "rtl"))
    }
    assert not left, left
    assert not wrong, wrong


def test_every_word_of_the_desk_can_be_translated(pseudo):  # noqa: F811
    output = greek("dialogue")
    User.objects.update(name="Λέα Μ.")
    desk = Client(HTTP_ACCEPT_LANGUAGE="ar")
    desk.force_login(User.objects.first())
    draft = make_output(
        "report", block("video", video="x"), block("picture"), block("case", case="y"), title="Τίτλος"
    )
    Output.objects.filter(pk=draft.pk).update(trouble="Λείπει.")
    session = output.version.citations.get(result__isnull=False).result.workshop_id

    def at(page: str, *args) -> str:
        return reverse(f"admin:outputs_output_{page}", args=args)

    pages = {
        "list": desk.get(at("changelist")),
        "begin": desk.get(at("add")),
        "begin: wrong": desk.post(at("add"), {"title": "??"}),
        "write": desk.get(at("change", output.pk)),
        "gaps": desk.get(at("change", draft.pk)),
        "conflict": desk.post(at("change", output.pk), {"seen": "1"}),
        "publish": desk.get(at("publish", output.pk)),
        "publish: gaps": desk.get(at("publish", draft.pk)),
        "publish: changed": desk.post(at("publish", output.pk), {"then": "publish", "seen": "x"}),
        "publish: no time": desk.post(at("publish", output.pk), {"then": "schedule"}),
        "withdraw": desk.get(at("withdraw", output.pk)),
        "withdraw: wrong": desk.post(at("withdraw", output.pk), {}),
        "versions": desk.get(at("versions", output.pk)),
        "changes": desk.get(at("changes", output.pk, 1)),
        "draft": desk.get(at("draft_changes", output.pk)),
        "history": desk.get(at("history", output.pk)),
        "delete": desk.get(at("delete", draft.pk)),
        "results": desk.get(reverse("admin:workshops_workshop_results", args=[session])),
        "results: wrong": desk.post(
            reverse("admin:workshops_workshop_results", args=[session]), {"new-title_en": "Α"}
        ),
    }

    # What versions differ in is shown as it was typed, keys and zones too.
    said = {name: re.sub(r"(?s)<dd.*?</dd>", "", page.content.decode()) for name, page in pages.items()}
    left = {name: found for name, html in said.items() if (found := ours_untranslated(html))}
    assert not left, left


def test_the_letter_can_be_translated_and_says_all_in_each_of_its_forms(pseudo):  # noqa: F811
    case = make_submission(at=NOON - DAY).case
    case.colleagues.update(name="Ζωή")
    public = make_public_case(case, title="Ποτάμι")
    Address.objects.update(language="ar")
    for kind in ("report", "story", "dialogue"):
        make_published(kind, block("case", case=f"case:{public.slug}"), title="Τίτλος")

    for letter in OutboxMessage.objects.filter(kind="cited"):
        mail = compose(letter)
        html = str(mail.alternatives[0][0])
        assert unmarked(iter([mail.subject])) == [] and unmarked(iter(mail.body.splitlines())) == []
        assert ours_untranslated(html.encode()) == []
        assert "Ποτάμι" in mail.subject and "Τίτλος" in mail.body and "Τίτλος" in html
        assert (
            "/ar/" in mail.body
            and mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        )
    with translation.override("en"):
        assert OutboxMessage.objects.filter(kind="cited").count() == 3


# -- What is hostile ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_form_of_the_desk_answers_hostile_words_clearly(kind: str):
    value = HOSTILE[kind]
    desk = Client(raise_request_exception=False)
    desk.force_login(make_boss())
    output = make_output(
        "dialogue",
        *(
            block(each)
            for each in ("text", "picture", "quotation", "figure", "case", "result", "output", "video")
        ),
    )
    result = make_result()
    form: dict = {"seen": output.draft_number, "block": [each["id"] for each in output.draft["blocks"]]}
    for key in output.draft:
        form |= {f"h.{key}": value, f"h.{key}.en": value}
    for each in output.draft["blocks"]:
        form |= {f"b.{each['id']}.{key}": value for key in each} | {
            f"b.{each['id']}.{key}.en": value for key in each
        }
        form[f"b.{each['id']}.type"] = each["type"]

    def at(page: str, *args) -> str:
        return reverse(f"admin:outputs_output_{page}", args=args)

    name = f"r{result.pk}"
    tries = [
        (at("add"), {"kind": value, "title": value, "language": value, "slug": value}),
        (at("change", output.pk), form),
        (at("change", output.pk), {**form, "then": value, "after": value, "type": value, "seen": value}),
        (at("change", output.pk), {"block": [value], "seen": value, f"b.{value[:50]}.type": "text"}),
        (at("publish", output.pk), dict.fromkeys(("note", "publish_at", "seen", "then"), value)),
        (at("withdraw", output.pk), {"reason": value}),
        (
            reverse("admin:workshops_workshop_results", args=[result.workshop_id]),
            {
                f"{name}-title_en": value,
                f"{name}-words_en": value,
                f"{name}-seen": value,
                "new-title_en": value,
            },
        ),
    ]
    statuses = {(path, desk.post(path, sent).status_code) for path, sent in tries}

    assert not [found for found in statuses if found[1] >= 500], statuses
    shown = [
        desk.get(path) for path in (at("change", output.pk), reverse("outputs:preview", args=[output.pk]))
    ]
    shown += [desk.get(at("draft_changes", output.pk)), desk.get(at("publish", output.pk))]
    assert {page.status_code for page in shown} == {200}
    for page in shown[:2]:
        assert complaints_about(page.content) == []


@pytest.mark.parametrize("kind", ["a NUL", "a megabyte", "a path", "a number beyond all", "a way out of SQL"])
def test_every_address_answers_hostile_parts_of_itself_clearly(kind: str):
    value = quote(HOSTILE[kind][:3000], safe="")
    make_published("report", slug="known")
    client = Client(raise_request_exception=False)

    for path in (
        f"/en/reports/{value}/",
        f"/en/reports/{value}.pdf",
        f"/en/reports/known/v/{value}/",
        f"/en/reports/known/v/{value}.pdf",
        f"/en/reports/known/cite.{value}",
        f"/en/dialogues/{value}/calendar.ics",
        f"/en/outputs/preview/{value}/",
        f"/outputs/pictures/{value}/800.webp",
        f"/outputs/pictures/known/{value}.webp",
        f"/en/reports/known/?zone={value}",
    ):
        assert client.get(path).status_code < 500, path


# -- What answers say besides their pages -------------------------------------------------------------------------------


def test_every_answer_has_the_strict_policy_and_sets_no_cookie_for_readers():
    outputs = [make_published(kind) for kind in ("report", "story", "dialogue")]
    for path in [reverse(name) for name in LISTS] + [path for output in outputs for path in paths_of(output)]:
        answer = Client().get(path)
        told = answer.headers["Content-Security-Policy"]
        said = dict(rule.strip().split(" ", 1) for rule in told.split(";") if " " in rule.strip())
        assert said == POLICY, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert not answer.cookies, path
        assert Client().post(path).status_code == 405, path
