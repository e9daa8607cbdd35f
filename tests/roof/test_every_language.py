"""A language that nobody speaks: each string of ours is marked and 40 % longer, and everything runs from right to left.

What people wrote is Greek in this house, so whatever is Latin and unmarked on a page cannot be translated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from gettext import NullTranslations
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import trans_real

from cases import (
    agreeing,
    drafting,
    letters,
    partners,
    public_letters,
    publishing,
    reminding,
    submitting,
    yearly,
)
from cases.models import Colleague, Partner
from cases.questions import SECTIONS, Kind
from newsletter import issuing, sending
from newsletter.models import Issue
from opsi_portal.templatetags import portal
from outbox.delivery import compose
from outbox.models import OutboxMessage
from outbox.posting import post_many
from people import forms, places, times
from people.models import Address
from reviews import asking
from reviews.models import Criterion
from reviews.models.round import POINTS
from tests.library.makers import edit, say
from tests.makers import DAY, HOUR, author_of, begun_by, make_boss, make_call, make_draft, write
from tests.roof.house import DOORS, House, make_house, make_reader, open_my_page, path_of
from tests.roof.pages import pages_of, pages_of_decisions
from tests.roof.test_every_page import complaints_about
from tests.workshops.makers import make_series, make_workshop, seat_key, take
from workshops import announcing, seating
from workshops import forms as workshop_forms
from workshops import letters as workshop_letters
from workshops.models import Registration, Workshop

OPEN, CLOSE = "⟦", "⟧"
CACHED = (
    places.countries_in,
    places._country_names,
    forms._country_options,
    portal.strings_in,
    portal._same_for_all,
    portal._stay_informed,
    times._day,
    announcing._city,
    announcing._zone_options,
    workshop_forms.blank,
    workshop_forms._with_room,
)


class Pseudo(NullTranslations):
    """Every string in marks, with dots that make it 40 % longer."""

    def gettext(self, message: str) -> str:
        words = message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]
        return f"{OPEN}{words}{'·' * (len(words) * 2 // 5 + 1)}{CLOSE}"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)

    def to_language(self) -> str:
        return "ar"


@pytest.fixture
def pseudo() -> Iterator[None]:
    """Arabic is the language that nobody speaks, and it is the one that is active."""
    before = trans_real._translations.get("ar")
    trans_real._translations["ar"] = Pseudo()
    for cached in CACHED:
        cached.cache_clear()
    with translation.override("ar"):
        yield
    if before:
        trans_real._translations["ar"] = before
    else:
        del trans_real._translations["ar"]
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def greek(db, pseudo) -> House:
    """A house in which everything that people and staff wrote is Greek."""
    now = timezone.now()
    call = make_call(
        opens_at=now - 30 * DAY,
        closes_at=now + 30 * DAY,
        title={"en": "Πρόσκληση"},
        introduction={"en": "Πείτε μας."},
        guidance={"en": "Οδηγίες.\nΚι άλλες."},
        criteria={"en": "Ένα.\nΔύο."},
        timeline={"en": "Μάιος – κάτι γίνεται\nΙούνιος"},
        becomes_public={"en": "Όλα."},
        theme={"en": "Ποτάμια"},
    )
    said = {
        q.key: "Ελληνικά λόγια" for s in SECTIONS for q in s.questions if q.kind in (Kind.LINE, Kind.TEXT)
    }
    said |= {"tags": "ένα, δύο, τρία", "website": "https://a.example/", "links": "https://a.example/b"}
    place = {"country": "GR", "level": "local", "organisation": "Δήμος"}
    said["jurisdictions"] = [
        {"id": "aaaa1111", "name": "Αθήνα", "contact": "a@a.example", **place},
        {"id": "bbbb2222", "name": "Πάτρα", **place},
    ]
    made = make_house(call=call, answers=said)
    made.speaks = "ar"
    Colleague.objects.update(name="Μαρία")
    Address.objects.update(language="ar", time_zone="Asia/Kathmandu")
    write(made.author, at=now, **{f"alt.{made.picture.code}": "Γέφυρα", "results": "Κι άλλα λόγια"})
    anchors = {f"anchor_{points}": {"en": "Κάπως έτσι."} for points in POINTS}
    Criterion.objects.update(title={"en": "Νέο"}, question={"en": "Είναι νέο;"}, **anchors)
    call.examples.create(question="overview", words={"en": "Παράδειγμα"})
    submitting.extend_deadline(
        call,
        closes_at=call.closes_at + DAY,
        expected=call.closes_at,
        reason={"en": "Πλημμύρα"},
        by=make_boss(),
        at=now,
    )
    made.author = Colleague.objects.select_related("case__call", "case__latest", "address").get(
        pk=made.author.pk
    )
    made.letter.delete()  # it was written before its reader spoke this language
    letters.resume_link(made.author, at=now)
    made.letter = OutboxMessage.objects.get(kind="resume-link")
    return made


#: What stays as it is in every language.
PROPER = re.compile(
    r"""\S+@\S+ | https?://\S+ | XB-\d{4}-\d+ | [0-9a-f]{64} | [A-Z2-9]{4}(-[A-Z2-9]{4,6}){5} | \bUTC([+−]\d+(:\d+)?)?
    | \b[\w-]+\.(txt|png|html|pdf) | \b(English|LinkedIn|X|Bluesky|Facebook|WhatsApp|CC\ BY-SA\ 3\.0\ IGO)\b | \b(SHA-256|CSV|XLSX|JSON|PDF|BibTeX|RIS|GeoJSON|TXT|Alt)\b
    | \b(news|workshop)-\d{4}\.\d""",
    re.VERBOSE,
)
#: Attributes that are read out or shown.
SPOKEN = ("aria-label", "title", "alt", "placeholder", "label")


def unmarked(pieces: Iterator[str]) -> list[str]:
    """The Latin words in a stream of text that stand outside all marks."""
    depth, found = 0, []
    for piece in pieces:
        outside = []
        for part in re.split(f"([{OPEN}{CLOSE}])", piece):
            if part in (OPEN, CLOSE):
                depth += 1 if part == OPEN else -1
            elif not depth:
                outside.append(part)
        rest = PROPER.sub("", " ".join(outside))
        if re.search("[A-Za-z]{2,}", rest):
            found.append(" ".join(rest.split()))
    return found


def texts(element: Element) -> Iterator[str]:
    """What a page shows, in the order of reading."""
    if element.tag not in ("script", "style", "textarea", "code") and isinstance(element.tag, str):
        yield element.text or ""
        for child in element:
            yield from texts(child)
            yield child.tail or ""


def spoken(tree: Element) -> Iterator[str]:
    for each in tree.iter():
        yield from (each.get(name, "") for name in SPOKEN)
        if each.tag == "meta" and each.get("name") == "description":
            yield each.get("content", "")
        if each.tag == "input" and each.get("type") in ("submit", "button"):
            yield each.get("value", "")


def said_by_script(tree: Element) -> Iterator[str]:
    for each in tree.iter("script"):
        if each.get("type") == "application/json":
            words = json.loads(each.text or "{}")
            for value in words.values():
                yield from value.values() if isinstance(value, dict) else [value]


def ours_untranslated(page: bytes | str) -> list[str]:
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = unmarked(texts(tree))
    for one in [*spoken(tree), *said_by_script(tree)]:
        found += unmarked(iter([re.sub(r"\{\w+\}", "", one)]))
    return found


def test_every_word_of_every_page_can_be_translated_and_runs_from_right_to_left(greek: House):
    left, wrong = {}, {}
    for name, page in pages_of(greek):
        if found := ours_untranslated(page.content):
            left[name] = found
        if found := complaints_about(page.content, "ar", "rtl"):
            wrong[name] = found

    assert not left, left
    assert not wrong, wrong


def test_what_is_said_without_a_page_can_be_translated_too(greek: House):
    author = greek.browser("author")
    copy = author.get(path_of("cases:copy_txt", greek)).content.decode()
    asked = author.get(reverse("cases:questions_txt")).content.decode()
    saved = author.post(
        path_of("cases:autosave", greek), {"title": "Α\0", "sectors": "x", "base:sectors": ""}
    ).json()

    assert unmarked(iter(copy.splitlines())) == []
    assert unmarked(iter(asked.splitlines())) == []
    assert saved["errors"] and unmarked(iter(saved["errors"].values())) == []


def news_of_every_kind(house: House) -> None:
    """An issue, a call that opens and one that is extended, asked for twice; and an issue tried on oneself."""
    reader = make_reader(house)
    stranger = house.browser()
    stranger.post(reverse("newsletter:news"), {"email": reader.address.email, "topics": ["call"]})
    type(house.call).objects.update(title={"ar": "Πρόσκληση", "en": "Πρόσκληση"})
    Issue.objects.update(title={"ar": "Νέα", "en": "Νέα"}, state="draft")
    issuing.try_on(house.news, by=make_boss(), at=house.at)
    issuing.schedule(house.news, due_at=None, seen=1, by=make_boss(), at=house.at)
    reminding.tell_of_open_calls(house.at)
    sending.carry_on(house.at)


def test_every_letter_can_be_translated(greek: House):
    now, author, stranger = greek.at, greek.browser("author"), greek.browser()
    stranger.post(reverse("cases:start"), {**DOORS["cases:start"].post(greek), "name": "Άννα"})
    stranger.post(reverse("my_ask"), {"email": greek.author.address.email})
    author.post(
        path_of("cases:colleagues", greek), {**DOORS["cases:colleagues"].post(greek), "invite-name": "Ίων"}
    )
    asking.remind(greek.question.due_at - DAY)
    asking.move(greek.question, due_at=greek.question.due_at + DAY, by=make_boss(), at=now)
    asking.close(greek.question, by=make_boss(), at=now)
    author.post(path_of("cases:hand_in", greek))
    author.post(path_of("cases:withdraw", greek))
    draft = drafting.start_draft(
        greek.call, **begun_by("late@example.org", language="ar", name="Ζωή"), at=now
    )
    heir = drafting.invite(draft, email="h@example.org", name="Λέων", role="reader", at=now)
    drafting.hand_over(draft, heir.pk, at=now)
    idle = make_draft(call=greek.call, title="Ποτάμι")
    Colleague.objects.filter(case=idle).update(name="Εύα")
    Address.objects.update(language="ar")
    greek.call.refresh_from_db()
    reminding.remind(greek.call.closes_at - DAY)
    late = Colleague.objects.select_related("case__call", "address").get(case=idle)
    write(late, at=greek.call.grace_ends_at + HOUR, overview="Αργά")
    submitting.reopen(idle, until=now + 40 * DAY, reason="Γιατί", by=make_boss(), at=now + 35 * DAY)
    for _page in pages_of_decisions(greek):
        pass
    news_of_every_kind(greek)
    OutboxMessage.objects.update(language="ar")

    left, kinds = {}, set()
    for letter in OutboxMessage.objects.select_related("address"):
        kinds.add(letter.kind)
        mail = compose(letter)
        html = mail.alternatives[0][0]
        found = [*unmarked(iter([mail.subject])), *unmarked(iter(mail.body.splitlines()))]
        found += ours_untranslated(str(html).encode())
        assert re.search(r'<html[^>]* dir="?rtl', str(html)), letter.kind
        if found:
            left[letter.kind] = found

    assert not left, left
    assert kinds == {
        "resume-link", "my-page", "invitation", "handed-over", "receipt", "withdrawn", "reminder", "kept-late",
        "reopened", "deadline-extended", "question", "question-reminder", "question-closed", "decision",
        "decision-changed", "news", "news-confirm", "news-known", "news-tried",
    }  # fmt: skip


def test_every_letter_about_public_versions_can_be_translated(greek: House):
    public, lea, at = greek.shown, make_boss(), greek.at
    words, author = "Λόγια.", author_of(public.case)
    agreeing.ask(edit(public, short=words, pictures=[]), by=lea, at=at)
    agreeing.remind(at + 7 * DAY)
    agreeing.record_by_hand(public, reason=words, by=lea, at=at)
    partners.ask_anew(greek.partner, by=lea, at=at)
    partners.remind(at + 7 * DAY)
    partners.remind(at + 14 * DAY)
    say(Partner.objects.get(pk=greek.partner.pk), partners.SUGGEST, words, at=at)
    publishing.correct(public, by=lea, at=at, note=words)
    publishing.ask_to_take_down(public, words=words, by=author, at=at)
    publishing.keep_public(public, words=words, by=lea, at=at)
    yearly.ask_due(at + 370 * DAY)
    for deed in (publishing.archive, publishing.unpublish, publishing.show_again):
        deed(public, reason=words, by=lea, at=at)
    public_letters.published(public, public.edition, at=at)
    OutboxMessage.objects.update(language="ar")

    about = OutboxMessage.objects.filter(subject_kind="partner") | OutboxMessage.objects.filter(
        subject_kind="case", subject_id=str(public.case_id)
    )
    left, kinds = {}, set()
    for letter in about.select_related("address"):
        kinds.add(letter.kind)
        mail = compose(letter)
        html = mail.alternatives[0][0]
        found = [*unmarked(iter([mail.subject])), *unmarked(iter(mail.body.splitlines()))]
        found += ours_untranslated(str(html).encode())
        if found:
            left[letter.kind] = found

    assert not left, left
    assert kinds == {
        "agreement", "agreement-reminder", "agreement-recorded", "partner", "partner-reminder", "partner-suggests",
        "published", "corrected", "library", "kept-public", "still-true",
    }  # fmt: skip


def test_a_visitor_may_change_the_language_on_every_page_of_their_own(greek: House):
    page = Client().get(reverse("cases:call")).content.decode()

    assert 'hreflang="en"' in page and 'href="/en/call/"' in page
    mine = open_my_page(greek.browser(), greek.author.address, greek.at).get(reverse("my")).content.decode()
    assert 'href="/en/my/"' in mine


# -- Workshops ---------------------------------------------------------------------------------------------------------

GREEK = {
    "name": "Μαρία",
    "organisation": "Δήμος",
    "role": "Σύμβουλος",
    "hopes": "Νερό",
    "access_needs": "Υπότιτλοι",
}


@pytest.fixture
def sessions(db, pseudo) -> list[Workshop]:
    """One that is full, one with seats, one that is over, one that is cancelled; what staff wrote is Greek."""
    series = make_series(title={"en": "Εργαστήρια"}, introduction={"en": "Τρεις συναντήσεις."})
    words = {
        "title": {"en": "Μαζί"},
        "promise": {"en": "Μια κοινή λίστα."},
        "agenda": {"en": "Δυσκολίες: τι μας εμποδίζει\nΟράματα"},
        "audience": {"en": "Για όλους"},
        "access": {"en": "Υπότιτλοι"},
        "phone": "+33 1",
        "capacity": 1,
        "silence_costs_seat": True,
    }
    now = timezone.now()
    days = {"full": 9, "free": 12, "over": -9, "off": 20}
    made = [make_workshop(series, starts_at=now + n * DAY, slug=slug, **words) for slug, n in days.items()]
    Workshop.objects.filter(slug="free").update(capacity=9)
    return list(Workshop.objects.filter(pk__in=[each.pk for each in made]).order_by("pk"))


def comes(workshop: Workshop, **facts) -> Registration:
    registration = take(workshop, at=timezone.now() - 30 * DAY, **{**GREEK, **facts})
    Address.objects.filter(pk=registration.address_id).update(language="ar", time_zone="Asia/Kathmandu")
    return registration


def pages_of_workshops(sessions: list[Workshop]) -> Iterator[tuple[str, bytes]]:
    full, free, over, off = sessions
    now, stranger = timezone.now(), Client()
    people = {
        "seated": comes(full),
        "not confirmed": comes(free, confirmed=False),
        "waiting": comes(full),
        "offered": comes(full),
        "came": comes(over),
        "cancelled": comes(off),
    }
    Registration.objects.filter(pk=people["came"].pk).update(attended_at=over.starts_at)
    Registration.objects.filter(pk=people["offered"].pk).update(status="offered", offered_until=now + HOUR)
    seating.cancel(off, at=now, by=make_boss(), reason="Πλημμύρα")
    for slug in ("full", "free", "over", "off"):
        address = reverse("workshops:workshop", args=[slug])
        yield slug, stranger.get(address).content
        yield f"{slug}, elsewhere", stranger.get(address, {"zone": "Pacific/Auckland"}).content
    yield "series", stranger.get(reverse("workshops:series")).content
    yield "home", stranger.get(reverse("home")).content
    yield "errors", stranger.post(reverse("workshops:workshop", args=["free"]), {"email": "x"}).content
    known = {
        **GREEK,
        "email": people["seated"].address.email,
        "country": "GR",
        "level": "local",
        "terms": "on",
    }
    yield "known", stranger.post(reverse("workshops:workshop", args=["full"]), known).content
    for name, registration in people.items():
        browser = seat_key(Client(), registration)
        address = reverse("workshops:seat", args=[registration.pk])
        yield name, browser.get(address).content
        yield f"{name}: back", browser.get(reverse("workshops:give_back", args=[registration.pk])).content
        for act in ("coming", "correct", "answer", "revoke-feed", "swap:free", "take"):
            yield f"{name}: {act}", browser.post(address, {"act": act}, follow=True).content
    yield "no key", stranger.get(reverse("workshops:seat", args=[people["came"].pk])).content


def test_every_word_of_the_workshops_can_be_translated_and_runs_from_right_to_left(sessions: list[Workshop]):
    left, wrong = {}, {}
    for name, page in pages_of_workshops(sessions):
        if found := ours_untranslated(page):
            left[name] = found
        if found := complaints_about(page, "ar", "rtl"):
            wrong[name] = found

    assert not left, left
    assert not wrong, wrong


def test_every_letter_about_a_workshop_can_be_translated(sessions: list[Workshop]):
    full, free, _over, off = sessions
    now, boss = timezone.now(), make_boss()
    first, second = comes(full), comes(full)
    comes(off)
    comes(free, confirmed=False)
    seating.give_back(first, at=now)
    seating.swap(Registration.objects.get(pk=second.pk), free, at=now)
    seating.look_after(now)
    comes(full)
    seating.move(full, starts_at=full.starts_at + DAY, ends_at=full.ends_at + DAY, at=now, by=boss)
    seating.cancel(off, at=now, by=boss, reason="Πλημμύρα")
    here = Registration.objects.select_related("workshop__series", "address").filter(workshop=free)[0]
    here.offered_until = now + HOUR
    workshop_letters.offer(here, at=now)
    workshop_letters.elsewhere(here, full, at=now)
    workshop_letters.waiting(here, at=now)
    workshop_letters.renamed(free, old_title={"en": "Χωριστά"}, at=now)
    workshop_letters.erased(here, at=now)
    asked = [
        workshop_letters.reminder(here, rule, at=now, true_until=now + DAY)
        for rule in ("week", "day", "hour")
    ]
    for n, one in enumerate(asked):
        one["key"] += str(n)
    asked += [
        workshop_letters.reconfirm(here, at=now, true_until=now + DAY),
        workshop_letters.thanks(here, at=now),
        workshop_letters.note(here, subject="Πριν", words="Ελάτε", key="x", at=now),
    ]
    post_many(asked)
    OutboxMessage.objects.update(language="ar")

    left, templates = {}, set()
    for letter in OutboxMessage.objects.select_related("address"):
        templates.add(letter.template.removeprefix("workshops/"))
        mail = compose(letter)
        html = str(mail.alternatives[0][0])
        found = [*unmarked(iter([mail.subject])), *unmarked(iter(mail.body.splitlines()))]
        found += ours_untranslated(html.encode())
        assert re.search(r'<html[^>]* dir="?rtl', html), letter.template
        if found:
            left[letter.template] = found

    assert not left, left
    assert templates == {
        "seated", "waiting", "promoted", "offer", "left", "released", "swapped", "replaced", "moved", "cancelled", "week",
        "day", "hour", "reconfirm", "thanks", "elsewhere", "note", "renamed", "erased",
    }  # fmt: skip
