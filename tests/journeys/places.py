"""Every kind of page that the portal has, at an address where it can be looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.author import Author, give_answers, link_in
from tests.journeys.registrants import crowd, register
from tests.journeys.review import demonstrated, left_by, letter_to
from tests.journeys.staff import Staff
from tests.parts.browser import Complaints, People
from tests.parts.portal import Portal

PUBLIC = {
    "home": "/en/",
    "call": "/en/call/",
    "questions": "/en/call/questions/",
    "start": "/en/draft/",
    "privacy": "/en/privacy/",
    "accessibility": "/en/accessibility/",
    "contact": "/en/contact/",
    "licence": "/en/licence/",
    "find my draft": "/en/my/ask/",
}
OF_A_DRAFT = {
    "task list": "",
    "about": "about/",
    "about, with errors": "about/?missing=1",
    "jurisdictions": "jurisdictions/",
    "jurisdictions, with errors": "jurisdictions/?missing=1",
    "the case in brief": "brief/",
    "what is new": "new/?missing=1",
    "people": "people/",
    "results": "results/?missing=1",
    "materials": "materials/",
    "permission": "permission/?missing=1",
    "check, with gaps": "check/",
    "colleagues": "colleagues/",
    "delete": "delete/",
}
OF_A_REGISTRANT = (
    "workshops",
    "times elsewhere",
    "workshop",
    "full workshop",
    "my seat",
    "my turn",
    "give back",
)
OF_A_CASE = {
    "task list of a case": "",
    "check": "check/",
    "receipt": "receipt/1/",
    "to print": "print/",
    "withdraw": "withdraw/",
}
OFFICE = {
    "office": "/admin/",
    "calls": "/admin/cases/call/",
    "cases": "/admin/cases/case/",
    "letters": "/admin/outbox/outboxmessage/",
    "public versions": "/admin/cases/publiccase/",
    "outputs": "/admin/outputs/output/",
    "issues of the news": "/admin/newsletter/issue/",
}


@dataclass
class Places:
    """``author`` and ``office`` are what the browsers of the two hold; the pages are paths by their names."""

    author: dict
    office: dict
    draft: str
    case: str
    reference: str
    of_the_author: dict[str, str] = field(default_factory=dict)
    of_the_office: dict[str, str] = field(default_factory=dict)


def made(portal: Portal, browser, login: tuple[str, str], picture: bytes, document: bytes) -> Places:
    """A draft with gaps, a case with files that was handed in, «my page», a seat in one session and a turn in the
    line of another, and a desk in the office."""
    people = People(browser, portal.base_url, Complaints())
    page = people.arrive()
    draft = Author(page).begin("Marta Okello", "marta@places.example")
    to_the_draft = link_in(portal.mail.wait_for(1, to="marta@places.example", seconds=25)[0].text)
    page.goto(to_the_draft)
    draft.press("Open the case")
    give_answers(portal, draft.code, {"lessons": "", "year": "19", "users": "", "consent_truth": False})
    handed = Author(page).begin("Marta Okello", "marta@places.example")
    give_answers(portal, handed.code)
    handed.open("materials")
    handed.attach("gauges.png", picture, "image/png")
    handed.page.get_by_label("What the picture shows").fill("Two river gauges on one pole")
    handed.attach("agreement.pdf", document, "application/pdf")
    reference = handed.hand_in()
    code = handed.fact("Receipt code").split()[0]
    page.goto("/en/my/ask/")
    page.get_by_label("Your e-mail address").fill("marta@places.example")
    draft.press("Write me the link")
    letters = portal.mail.wait_for(4, to="marta@places.example", seconds=25)
    to_my_page = next(letter for letter in letters if "your page" in letter.subject)
    page.goto(link_in(to_my_page.text))
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/my/")
    staff = Staff(people.arrive(), login).sign_in()
    full = crowd(portal)
    waits = register(page, "marta@places.example", 0)
    seat = register(page, "marta@places.example", 1)
    desk = f"/admin/workshops/workshop/{full['workshop']}"
    reading = staff.read_case(reference).url.removeprefix(portal.base_url)
    [(message,)] = portal.rows("SELECT id FROM outbox_outboxmessage WHERE kind = 'receipt' LIMIT 1")
    [(call,)] = portal.rows("SELECT id FROM cases_call LIMIT 1")
    places = Places(
        author=page.context.storage_state(),
        office=staff.page.context.storage_state(),
        draft=draft.draft,
        case=handed.draft,
        reference=reference,
        of_the_author={
            **{name: draft.draft + path for name, path in OF_A_DRAFT.items()},
            **{name: handed.draft + path for name, path in OF_A_CASE.items()},
            "materials with files": handed.draft + "materials/",
            "my page": "/en/my/",
            "verify": f"/verify/{code}",
            "letter link": to_the_draft.removeprefix(portal.base_url),
            "workshops": "/en/workshops/",
            "times elsewhere": "/en/workshops/?zone=Pacific/Auckland",
            "workshop": f"/en/workshops/{full['open']}/",
            "full workshop": f"/en/workshops/{full['full']}/",
            "my seat": seat,
            "my turn": waits,
            "give back": f"{seat}give-back/",
        },
        of_the_office={
            **OFFICE,
            "reading a case": reading,
            "reopen": reading.replace("/change/", "/reopen/"),
            "withdraw on behalf": reading.replace("/change/", "/withdraw/"),
            "changing the call": f"/admin/cases/call/{call}/change/",
            "extend": f"/admin/cases/call/{call}/extend/",
            "reading a letter": f"/admin/outbox/outboxmessage/{message}/change/",
            "sessions": "/admin/workshops/workshop/",
            "registrations": "/admin/workshops/registration/",
            "waiting list": f"{desk}/line/",
            "figures": f"{desk}/figures/",
            "attendance": f"{desk}/attendance/",
        },
    )
    people.leave()
    return places


def of_the_review(portal: Portal, browser) -> dict[str, tuple[dict[str, Any], str]]:
    """Pages of a review in full swing, by their names: what a browser has to hold, and the path."""
    password = demonstrated(portal)
    mira, lea = (left_by(browser, portal, name, password) for name in ("mira", "lea"))
    [(case,)] = portal.rows("SELECT max(id) FROM reviews_dossier WHERE news::text LIKE '%changed%'")
    [(begun,)] = portal.rows(
        "SELECT max(a.id) FROM reviews_assignment a JOIN reviews_reviewer r ON r.id = a.reviewer_id "
        "JOIN people_user u ON u.id = r.user_id JOIN reviews_review v ON v.assignment_id = a.id "
        "WHERE u.email LIKE 'lea@%' AND a.finished_at IS NULL AND a.ended_at IS NULL"
    )
    [(email, subject)] = portal.wait_for(
        "SELECT a.email, m.subject_line FROM outbox_outboxmessage m JOIN people_address a ON a.id = m.address_id "
        "WHERE m.kind = 'decision' AND m.context->>'outcome' = 'publish' AND m.state = 'sent' ORDER BY m.id LIMIT 1"
    )
    people = People(browser, portal.base_url, Complaints())
    author = Author(people.arrive())
    author.page.goto(link_in(letter_to(portal, email, subject)))
    author.press(re.compile("^Read the"))
    decision = author.page.url.removeprefix(portal.base_url)
    held = dict(author.page.context.storage_state())
    people.leave()
    return {
        "office": (mira, "/admin/"),
        "case in review": (mira, f"/admin/reviews/dossier/{case}/change/"),
        "ranking": (mira, "/admin/reviews/round/1/ranking/"),
        "review figures": (mira, "/admin/reviews/round/1/figures/"),
        "reading page": (lea, f"/admin/reviews/assignment/{begun}/change/"),
        "decision": (held, decision),
    }


SHELF = {
    "library": "/en/cases/",
    "search": "/en/cases/?q=border&sector=transport",
    "baseline": "/en/baseline/",
    "open data": "/en/cases/data/",
    "reports": "/en/reports/",
    "news": "/en/news/",
}


def on_the_shelf(portal: Portal) -> dict[str, str]:
    """The public pages of the demonstration, which has to be there, and of its newest case, report, story and dialogue."""
    [(case,)] = portal.rows("SELECT slug FROM cases_publiccase WHERE state = 'published' ORDER BY id LIMIT 1")
    written = portal.rows(
        "SELECT DISTINCT ON (kind) kind, slug FROM outputs_output WHERE state = 'published' ORDER BY kind, id"
    )
    rooms = {"report": "reports", "story": "stories", "dialogue": "dialogues"}
    return {
        **SHELF,
        "public case": f"/en/cases/{case}/",
        **{kind: f"/en/{rooms[kind]}/{slug}/" for kind, slug in written},
    }
