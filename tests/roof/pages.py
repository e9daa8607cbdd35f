"""Every page that a person can meet, in each of its states, as (name, answer): forms, errors, refusals, receipts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from cases import agreeing, preparing, publishing, yearly
from cases.models import Case, PublicCase
from cases.questions import SECTIONS
from people import links
from reviews import asking, deciding
from reviews.deciding import Verdict
from reviews.models import Decision, Dossier
from tests.makers import (
    MINUTE,
    author_of,
    bases_of,
    key_for,
    make_address,
    make_boss,
    make_desk_research,
    make_draft,
    make_submission,
    make_upload,
    write,
)
from tests.reviews.makers import give, make_dossier, make_reviewer, score
from tests.roof.house import UNKNOWN, House, make_reader, open_my_page, path_of


def pages_of(house: House, browser: Client | None = None) -> Iterator[tuple[str, HttpResponse]]:
    """All of them, in the language that is active. What is posted on the way changes the house."""
    yield from public_pages(house)
    yield from library_pages(house)
    yield from pages_of_a_case(house, browser or house.browser("author"))
    yield from pages_of_questions(house, browser or house.browser("author"))
    yield from pages_of_decisions(house)
    yield from pages_of_public_versions(house)
    yield from pages_for_others(house)
    yield from pages_of_letters(house)
    yield from pages_of_my_page(house)
    yield from pages_of_news(house)
    yield from pages_of_trouble(house)
    yield from pages_after_the_close(house)


def public_pages(house: House) -> Iterator[tuple[str, HttpResponse]]:
    visitor = house.browser()
    for name in (
        "home",
        "privacy",
        "accessibility",
        "contact",
        "licence",
        "my_ask",
        "cases:call",
        "cases:questions",
    ):
        yield name.removeprefix("cases:"), visitor.get(reverse(name))
    yield "data", visitor.get(reverse("cases:data"))
    yield "case", visitor.get(path_of("cases:case", house))
    yield "version", visitor.get(path_of("cases:edition", house))
    yield "start", visitor.get(reverse("cases:start"))
    yield "start: nothing said", visitor.post(reverse("cases:start"), {})
    trap = {"name": "Α", "email": "a@example.org", "begun_with": "x" * 32, "nickname": "x"}
    yield "start: machine", visitor.post(reverse("cases:start"), trap)
    yield "ask: no address", visitor.post(reverse("my_ask"), {"email": "x"})
    yield "ask: asked", visitor.post(reverse("my_ask"), {"email": "nobody@example.org"})
    yield "verify", visitor.get(path_of("verify", house))
    yield "verify: unknown", visitor.get(reverse("verify", args=["2222-2222"]))


def library_pages(house: House) -> Iterator[tuple[str, HttpResponse]]:
    visitor = house.browser()
    for name in ("library", "baseline", "network"):
        yield f"{name}: empty", visitor.get(reverse(f"cases:{name}"))
    for number in range(30):
        places = [
            {"country": code, "level": "local", "name": "Αθήνα", "organisation": "", "is_lead": False}
            for code in (["GR", "CY"], ["GR", "IT", "MT", "ES", "FR", "PT"], ["GR", "GR"])[number % 3]
        ]
        make_desk_research(
            f"Ποτάμι {number}",
            at=house.at,
            language="other" if number % 2 else "ar",
            title_english="" if number else "ΠΟΤΑΜΙ",
            short="Δύο πόλεις.",
            sections=[{"key": "overview", "text": "Η ιστορία μιας γέφυρας."}],
            jurisdictions=places,
            sectors=["health", "transport"],
            stages=["implementing"],
            mechanisms=["network"],
            instruments=["treaty"],
            tags=["νερό"],
            year=2000 + number,
        )
    for name in ("library", "baseline", "network"):
        yield name, visitor.get(reverse(f"cases:{name}"))
    library = reverse("cases:library")
    for what, address in {
        "found": "q=ποταμι&country=GR&sector=health&page=2",
        "in the body": "q=γεφυρα",
        "mistyped": "q=ποτμαι",
        "nothing": "q=ποτάμι+ωωω&country=KE&sector=health",
        "nothing, no words": "country=KE&sector=health",
        "pair": "pair=CY-GR&confirmed=year",
        "not understood": "q=…&country=ZZ&junk=1&page=x",
        "too long": "q=" + "α+" * 150,
    }.items():
        yield f"library: {what}", visitor.get(f"{library}?{address}")
    yield "baseline: unknown call", visitor.get(f"{reverse('cases:baseline')}?call=1999")


def pages_of_a_case(house: House, author: Client) -> Iterator[tuple[str, HttpResponse]]:
    code = house.case.code
    for section in SECTIONS:
        path = reverse("cases:section", args=[code, section.key])
        yield section.key, author.get(path)
    for name in ("overview", "check", "colleagues", "print", "withdraw", "delete", "leave", "ask_reopening"):
        yield name, author.get(reverse(f"cases:{name}", args=[code]))
    yield "receipt", author.get(path_of("cases:receipt", house))
    yield "feedback: nothing said", author.post(path_of("cases:feedback", house), {})
    yield "ask for reopening: nothing said", author.post(path_of("cases:ask_reopening", house), {})
    people = path_of("cases:colleagues", house)
    yield "colleagues: nothing said", author.post(people, {"then": "invite"})
    yield (
        "colleagues: own address",
        author.post(
            people,
            {
                "then": "invite",
                "invite-name": "Α",
                "invite-email": house.author.address.email,
                "invite-role": "editor",
            },
        ),
    )
    yield "colleagues: no address", author.post(people, {"then": "correct", "mine-email": "x"})
    yield "colleagues: gone", author.post(people, {"then": "hand-over", "colleague": "999999"}, follow=True)
    materials = reverse("cases:section", args=[code, "materials"])
    yield "materials: no file", author.post(materials, {"then": "attach"})
    yield (
        "materials: refused",
        author.post(materials, {"then": "attach", "file": make_upload("a.html", b"<p>")}),
    )
    yield from pages_with_gaps(house, author)
    yield "conflict", conflict(house, author)
    yield "receipt: older", older_receipt(house, author)


def pages_with_gaps(house: House, author: Client) -> Iterator[tuple[str, HttpResponse]]:
    draft = make_draft(call=house.call)
    draft.colleagues.update(name="Ζωή")
    browser = house.browser("stranger")
    key_for(browser, author_of(draft))
    yield "draft without answers", browser.get(reverse("cases:overview", args=[draft.code]))
    yield "check: gaps", browser.get(reverse("cases:check", args=[draft.code]))
    yield "hand in: gaps", browser.post(reverse("cases:hand_in", args=[draft.code]))
    for section in SECTIONS:
        path = reverse("cases:section", args=[draft.code, section.key])
        yield f"{section.key}: gaps", browser.get(f"{path}?missing=1")
    rows = reverse("cases:section", args=[draft.code, "jurisdictions"])
    browser.post(rows, {"then": "add"})
    browser.post(rows, {"then": "add"})
    yield (
        "jurisdictions: three",
        browser.get(browser.post(rows, {"then": "add"}).headers["Location"].partition("#")[0]),
    )
    brief = reverse("cases:section", args=[draft.code, "brief"])
    yield (
        "brief: unreadable",
        browser.post(brief, {"title": "α\0β", "year": "20", "website": "x", "tags": "α"}),
    )


def conflict(house: House, author: Client) -> HttpResponse:
    seen = bases_of(house.author, "overview")
    write(house.editor, at=house.at, overview="Το ίδιο, αλλιώς.")
    said = {"overview": "Κάτι άλλο.", "base:overview": seen["overview"]}
    return author.post(path_of("cases:section", house), said)


def older_receipt(house: House, author: Client) -> HttpResponse:
    author.post(path_of("cases:hand_in", house))
    return author.get(path_of("cases:receipt", house))


def pages_of_questions(house: House, author: Client) -> Iterator[tuple[str, HttpResponse]]:
    asked, path = house.question, path_of("reviews:question", house)
    yield "question", author.get(path)
    yield "question: nothing said", author.post(path, {"answer": " "})
    yield "question: too much", author.post(path, {"answer": "α" * 10_001})
    yield "question: reader", house.browser("reader").get(path)
    yield (
        "question: held",
        house.browser("reader").post(path, {"answer": "Ένα μεγάλο κείμενο που δεν χάνεται."}),
    )
    yield "question: answered", author.post(path, {"answer": "Και οι δύο."}, follow=True)
    yield "question: overtaken", author.post(path, {"answer": "Κανείς."})
    asking.close(asked, by=asked.asked_by, at=house.at)
    yield "question: closed", author.get(path)
    yield "question: not taken", author.post(path, {"answer": "Κάτι ακόμα."})
    yield "decision: none", author.get(path_of("reviews:decision", house))


def pages_of_decisions(house: House) -> Iterator[tuple[str, HttpResponse]]:
    """What the author of another case reads after each decision on it, with reviews that came before."""
    zoe = make_address(language=house.speaks)
    case = make_draft(
        call=house.call, author=zoe, answers=Case.objects.get(pk=house.case.pk).answers, begun_at=house.at
    )
    case.colleagues.update(name="Ζωή")
    dossier = make_dossier(make_submission(case, at=house.at), at=house.at)
    for name in ("Jo B.", "Kim C."):
        score(give(dossier, make_reviewer(name), at=house.at), 4, 3, 2, 1, 0, at=house.at)
    browser = key_for(house.browser(), author_of(case))
    page, overview = (reverse(name, args=[case.code]) for name in ("reviews:decision", "cases:overview"))
    for outcome in Decision.Outcome:
        decided(dossier, outcome, at=house.at)
        yield f"decision: {outcome}", browser.get(page)
        yield f"decided: {outcome}", browser.get(overview)
    browser.post(reverse("cases:withdraw", args=[case.code]))
    yield "decision: withdrawn since", browser.get(page)


def decided(dossier: Dossier, outcome: str, *, at: datetime) -> Decision:
    """What is decided of the case and told."""
    lea, verdict = make_boss(), Verdict(outcome, "Λόγοι.\n\nΚι άλλοι.", why_changed="Σκέψη.")
    seen = deciding.plan([dossier.pk], verdict, by=lea, at=at).fingerprint
    (decision,) = deciding.decide([dossier.pk], verdict, seen=seen, by=lea, at=at)
    deciding.release(dossier.round, [decision.pk], by=lea, at=at)
    return decision


def pages_of_public_versions(house: House) -> Iterator[tuple[str, HttpResponse]]:
    """What an author and a partner see of the public version of another case, step by step."""
    public, at = PublicCase.objects.get(case=house.case), house.at
    part, lea = house.author, make_boss()
    browser, path = house.browser("author"), path_of("cases:public_version", house)
    yield "public version: not asked", browser.get(path)
    was = Case.objects.get(pk=house.case.pk).status
    Case.objects.filter(pk=house.case.pk).update(status=Case.Status.ACCEPTED)
    public = preparing.rest_on_newest(public, by=lea, at=at)
    asked = agreeing.ask(public, by=lea, at=at)
    yield "link: public version", house.browser().get(f"/l/{house.token('public-version')}")
    yield "public version: asked", browser.get(path)
    yield "public version: no words", browser.post(path, {"act": "refuse", "digest": asked.digest})
    for act in ("wishes", "agree"):
        sent = {"act": act, "digest": asked.digest, f"words-{act}": "Λόγια."}
        yield f"public version: {act}", browser.post(path, sent, follow=True)
    yield "overview: public version", browser.get(path_of("cases:overview", house))
    publishing.publish(public, by=lea, at=at)
    yearly.answer(public, said="changed", words="Λόγια.", by=part, at=at)
    publishing.ask_to_take_down(public, words="Λόγια.", by=part, at=at)
    yield "public version: public", browser.get(path)
    yield "public version: changed, no words", browser.post(path, {"act": "changed"})
    for deed in (publishing.archive, publishing.unpublish):
        deed(public, reason="Λόγοι.", by=lea, at=at)
        yield f"public version: {deed.__name__}", browser.get(path)
    publishing.show_again(public, reason="Λόγοι.", by=lea, at=at)
    Case.objects.filter(pk=house.case.pk).update(status=was)
    page = path_of("cases:confirm_case", house)
    yield "link: partner", house.browser().get(f"/l/{house.token('partner')}")
    yield "partner: no key", house.browser().get(page)
    yield "partner", browser.get(page)
    yield "partner: no words", browser.post(page, {"act": "object"})
    yield "partner: another text", browser.post(page, {"act": "confirm", "digest": "0"})
    digest = browser.get(page).context["digest"]
    yield "partner: confirmed", browser.post(page, {"act": "confirm", "digest": digest}, follow=True)


def pages_for_others(house: House) -> Iterator[tuple[str, HttpResponse]]:
    reader, removed, stranger = house.browser("reader"), house.browser("removed"), house.browser()
    yield "reader: overview", reader.get(path_of("cases:overview", house))
    for section in SECTIONS:
        yield (
            f"reader: {section.key}",
            reader.get(reverse("cases:section", args=[house.case.code, section.key])),
        )
    yield "reader: check", reader.get(path_of("cases:check", house))
    yield "reader: colleagues", reader.get(path_of("cases:colleagues", house))
    words = {"overview": "Ένα μεγάλο κείμενο που δεν χάνεται.", "year": "2020"}
    yield "reader: held", reader.post(path_of("cases:section", house), words)
    yield "removed: held", removed.post(path_of("cases:section", house), words)
    yield "no key", stranger.get(path_of("cases:overview", house))
    yield "no token: held", Client(enforce_csrf_checks=True).post(path_of("cases:section", house), words)


def pages_of_letters(house: House) -> Iterator[tuple[str, HttpResponse]]:
    browser = house.browser()
    yield "link: draft", browser.get(f"/l/{house.token()}")
    yield "link: question", browser.get(f"/l/{house.token('question')}")
    yield "link: decision", browser.get(f"/l/{house.token('decision')}")
    yield "link: my page", browser.get(f"/l/{house.token('my')}")
    yield "link: stop", browser.get(f"/l/stop/{house.token('stop')}")
    yield "link: stopped", browser.post(f"/l/stop/{house.token('stop')}")
    yield "link: gone", browser.get("/l/nothing")


def pages_of_my_page(house: House) -> Iterator[tuple[str, HttpResponse]]:
    mine = open_my_page(house.browser(), house.author.address, house.at)
    yield "my page", mine.get(reverse("my"))
    yield "my page: letter", mine.get(path_of("my_letter", house))
    for act in ("stop-reminders", "start-reminders", f"again:{house.letter.pk}"):
        yield f"my page: {act.partition(':')[0]}", mine.post(reverse("my"), {"act": act}, follow=True)


def pages_of_news(house: House) -> Iterator[tuple[str, HttpResponse]]:
    visitor, news, mine = house.browser(), reverse("newsletter:news"), reverse("newsletter:preferences")
    yield "news", visitor.get(news)
    yield "news: nothing said", visitor.post(news, {})
    yield "news: machine", visitor.post(news, {"email": "a@a.example", "topics": ["call"], "nickname": "x"})
    yield "news: from elsewhere", visitor.post(news, {}, headers={"Sec-Fetch-Site": "cross-site"})
    yield "news: asked", visitor.post(news, {"email": "new@a.example", "topics": ["call"]})
    yield "issue", visitor.get(path_of("newsletter:issue", house))
    yield "my page: choices, no key", visitor.get(mine)
    reader = make_reader(house)
    asked = reader.records.earliest("pk")
    yield "link: news, confirm", visitor.get(link_path("news-confirm", record=asked.pk))
    choose = link_path("news", subscription=reader.pk, generation=reader.generation)
    yield "link: news, choices", visitor.get(choose)
    yield "my page: choices", visitor.post(choose, follow=True)
    yield "my page: choices, wrong", visitor.post(mine, {"topics": ["x"], "language": "xx"})
    yield (
        "my page: choices, kept",
        visitor.post(mine, {"topics": ["call"], "language": house.speaks}, follow=True),
    )
    leave = link_path("leave", subscription=reader.pk)
    yield "link: news, leave", visitor.get(leave)
    yield "news: left", visitor.post(leave)
    yield (
        "link: confirmed too late",
        visitor.post(link_path("news-confirm", record=asked.pk)),
    )


def link_path(kind: str, **facts: Any) -> str:
    return links.address_of(links.letter_link(kind, **facts)).removeprefix(settings.SITE_URL)


def pages_of_trouble(house: House) -> Iterator[tuple[str, HttpResponse]]:
    stranger = house.browser()
    PublicCase.objects.filter(pk=house.shelved.pk).update(state="unpublished")
    yield "case taken down", stranger.get(path_of("cases:case", house))
    PublicCase.objects.filter(pk=house.shelved.pk).update(state="published")
    yield "not found", stranger.get(f"{reverse('home')}no/such/page/")
    yield (
        "unknown section",
        house.browser("author").get(reverse("cases:section", args=[house.case.code, "x"])),
    )
    yield "unknown case", stranger.get(reverse("cases:overview", args=[UNKNOWN]))
    for name in ("403", "400", "500", "403_csrf"):
        request = stranger.get(reverse("home")).wsgi_request
        yield name, HttpResponse(render_to_string(f"{name}.html", request=request if name == "403" else None))


def pages_after_the_close(house: House) -> Iterator[tuple[str, HttpResponse]]:
    """The same case as the days go by: in the grace, kept late, over, reopened, withdrawn."""
    author, call = house.browser("author"), house.call
    for state, ago in (("grace", MINUTE), ("late", timedelta(hours=3)), ("over", timedelta(days=12))):
        call.closes_at = house.at - ago
        call.save()
        for name in ("overview", "check", "withdraw"):
            yield f"{state}: {name}", author.get(reverse(f"cases:{name}", args=[house.case.code]))
        yield f"{state}: brief", author.get(path_of("cases:section", house))
        if state == "late":
            yield "late: hand in", author.post(path_of("cases:hand_in", house), follow=True)
            said = {"overview": "Γραμμένο αργά.", "then": "overview", **bases(house)}
            yield "late: saved", author.post(path_of("cases:section", house), said, follow=True)
            yield "late: home", author.get(reverse("home"))
            yield "late: call", author.get(reverse("cases:call"))
            yield "late: start", author.get(reverse("cases:start"))
    Case.objects.filter(pk=house.case.pk).update(
        reopened_at=house.at - timedelta(hours=1), reopened_until=house.at + timedelta(days=2)
    )
    yield "reopened: overview", author.get(path_of("cases:overview", house))
    yield "withdrawn", author.post(path_of("cases:withdraw", house), follow=True)
    yield "withdrawn: receipt", author.get(path_of("cases:receipt", house))
    yield "left", author.post(path_of("cases:leave", house), follow=True)


def bases(house: House) -> dict[str, str]:
    return {f"base:{name}": token for name, token in bases_of(house.author, "overview").items()}
