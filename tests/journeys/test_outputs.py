"""Staff write a report with blocks, look at it, publish it; somebody reads it, takes its paper along; its author hears."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.staff import Staff
from tests.journeys.test_for_everybody import BEYOND, look_with_axe, walk

#: A real case in the library, whose author has an address; a result of a workshop; a story, a dialogue and a report
#: with a block of every kind.
LIBRARY = """
import io
from datetime import timedelta
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from cases import publishing as cases_publishing
from cases.demonstration import hand_in_real_cases
from cases.models import Call, Case, Colleague, PublicCase
from outputs import blocks, pictures, publishing, writing
from people.models import Address, User
from workshops import results
from workshops.models import Workshop
at = timezone.now()
for _title, submission in list(hand_in_real_cases(Call.objects.current(at), at=at))[:4]:
    case = submission.case
    public = cases_publishing.begin(case, at=at)
    Case.objects.filter(pk=case.pk).update(status="published")
    cases_publishing.bring_out(public, {**public.draft, "agreed_at": at.isoformat()}, at=at)
public = PublicCase.objects.order_by("pk").first()
part = public.case.colleagues.get(role="author")
Address.objects.filter(pk=part.address_id).update(email="author@library.example", confirmed_at=at)
Colleague.objects.filter(pk=part.pk).update(name="Marta Okello")
boss = User.objects.first()
session = Workshop.objects.order_by("starts_at").first()
result = results.record(session, title={"en": "Begin with mistakes"}, words={"en": "Agree on who pays."}, by=boss, at=at)
def block(kind, **facts):
    return {**blocks.new_block(kind), **facts}
body = io.BytesIO()
Image.radial_gradient("L").resize((1800, 1000)).convert("RGB").save(body, "JPEG")
words = "Two towns share one bridge, and for forty years nobody could say who may close it when the river rises. " * 6
for kind in ("story", "dialogue", "report"):
    output = writing.begin(kind, slug="bridge", language="en", title="Who may press the button?", by=boss, at=at)
    picture = pictures.add(output, SimpleUploadedFile("a.jpg", body.getvalue()), "a.jpg", at=at)
    written = [
        block("text", text={"en": f"{words}^[A [note](https://note.example/).]\\n\\n# The river rises\\n\\n{words}\\n\\n- One\\n- Two"}),
        block("picture", picture=picture.code, alt={"en": "The bridge"}, caption={"en": "At dawn"}, credit="Jo N."),
        block("quotation", words={"en": "We had two numbers for one river."}, who={"en": "A mayor"}),
        block("text", text={"en": f"# One number\\n\\n{words}\\n\\n## Who pays\\n\\n{words}^[Another note.]"}),
        block("figure", by="sector", caption={"en": "What cases are about"}),
        block("figure", by="year"),
        block("case", case=f"case:{public.slug}", words={"en": "The first."}),
        block("result", result=f"result:{session.slug}/1"),
        block("text", text={"en": f"# What stays\\n\\n{words}"}),
        block("video", video="https://youtu.be/abc", title={"en": "The bridge opens"}),
    ]
    if kind != "story":
        written.append(block("output", output="story:bridge"))
    head = {"short": {"en": "A flood alert, two countries and one night."}, "by": "Lea M.; Jo N."}
    if kind == "dialogue":
        day = at + timedelta(days=30)
        head |= {"starts": f"{day:%Y-%m-%d}T15:00", "ends": f"{day:%Y-%m-%d}T16:30", "spoken": "English"}
        head |= {"speakers": {"en": "Marta Okello, Kisumu County"}, "register": "https://register.example/a"}
        head |= {"recording": "https://vimeo.com/1", "transcript": {"en": "# Opening\\n\\nWelcome."}}
    output = writing.save(output, {**output.draft, **head, "blocks": written}, seen=1, by=boss, at=at)
    publishing.publish(output, seen=publishing.foresee(output, at=at).mark, by=boss, at=at)
result = {"case": public.slug, "title": public.title, "report": output.pk, "session": session.slug, "session_pk": session.pk}
"""
PAGES = {
    "reports": "/en/reports/",
    "stories": "/en/stories/",
    "dialogues": "/en/dialogues/",
    "report": "/en/reports/bridge/",
    "version": "/en/reports/bridge/v/1/",
    "story": "/en/stories/bridge/",
    "dialogue": "/en/dialogues/bridge/",
}
DESK = (
    "output/",
    "output/add/",
    *(
        f"output/{{report}}/{name}/"
        for name in ("change", "publish", "withdraw", "versions", "versions/1", "history")
    ),
)


@pytest.fixture(scope="module")
def library(shared_portal, login) -> dict:
    return shared_portal.python(LIBRARY)


def add(page: Page, kind: str) -> None:
    """Press «Add it» for a block of this kind, at the end."""
    page.get_by_label("What", exact=True).select_option(label=kind)
    with page.expect_navigation():
        page.get_by_role("button", name="Add it").click()


def test_a_report_is_written_by_buttons_alone_looked_at_and_published_and_its_author_hears(
    shared_portal, people, login, library
):
    desk = Staff(people.arrive(scripts=False), login).sign_in()
    page = desk.page
    page.goto("/admin/outputs/output/add/")
    page.get_by_label("Kind").select_option("report")
    page.get_by_label("Title").fill("What the cases teach")
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("In short").fill("Three things that all of them learned.")
    page.get_by_label("Written by").fill("Lea M.")
    add(page, "Case")
    page.get_by_role("textbox", name="Case", exact=True).fill(
        f"{shared_portal.base_url}/en/cases/{library['case']}/"
    )
    add(page, "Text")
    expect(
        page.get_by_text(library["title"])
    ).to_be_visible()  # what was pasted was found, and nothing is lost
    page.get_by_label("Text", exact=True).fill(
        "# First of all\n\nThey begin with mistakes^[See the workshop.].\n\n## Then\n\nMore."
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Up 2. Text").click()
    expect(page.locator("fieldset.block legend")).to_have_text(["Head", "1. Text", "2. Case", "Add a block"])

    page.get_by_role("button", name="Save and look at it").first.click()
    expect(page.get_by_text("This is a preview of the draft.")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="1 First of all")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Save and publish …").click()
    expect(page.get_by_text("1 person learns that they are cited")).to_be_visible()
    page.get_by_label("What is different from the version before").fill("The first version.")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Version 1 is published. 1 letter is on its way.")).to_be_visible()

    reader = people.arrive()
    reader.goto("/en/reports/what-the-cases-teach/")
    reader.get_by_role("link", name="1.1 Then").click()
    expect(reader).to_have_url(re.compile("#s-then$"))
    expect(reader.get_by_text("They begin with mistakes")).to_be_visible()
    paper = reader.request.get("/en/reports/what-the-cases-teach.pdf")
    assert (paper.status, paper.body()[:5]) == (200, b"%PDF-")
    reader.goto(f"/en/cases/{library['case']}/")
    expect(reader.get_by_role("link", name="What the cases teach")).to_be_visible()
    ((letter,),) = shared_portal.wait_for(
        "SELECT text FROM outbox_outboxmessage WHERE kind = 'cited' AND state = 'sent' AND text LIKE %s",
        "%What the cases teach%",
    )
    assert library["title"] in letter and "/en/reports/what-the-cases-teach/" in letter


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_the_pages(shared_portal, page, library, name):
    assert look_with_axe(page, PAGES[name]) == []


@pytest.mark.parametrize(("on", "dark"), [("desk", False), ("phone", False), ("desk", True)])
def test_the_desk_can_be_used_by_everybody_and_fits_its_window(people, login, library, on, dark):
    page = Staff(people.arrive(on=on, dark=dark), login).sign_in().page

    trouble = {}
    for path in [*DESK, f"../workshops/workshop/{library['session_pk']}/results/"]:
        page.goto("/admin/outputs/" + path.format(**library))
        found = [
            each["id"] + each["nodes"][0]["html"][:120]
            for each in Axe().run(page, options={"preload": False}).response["violations"]
        ]
        trouble[path] = [*found, *page.evaluate(BEYOND)]

    assert {path: found for path, found in trouble.items() if found} == {}


@pytest.mark.parametrize(("width", "letters"), [(320, 16), (390, 32), (1280, 32)])
def test_nothing_has_to_be_pushed_sideways(page, library, width, letters):
    page.set_viewport_size({"width": width, "height": 800})
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": letters}})

    beyond = {}
    for name, address in PAGES.items():
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
        if found := page.evaluate(BEYOND):
            beyond[name] = found

    assert beyond == {}


@pytest.mark.parametrize("name", ["reports", "report", "story", "dialogue"])
def test_the_keyboard_reaches_everything_and_gets_out(page, library, name):
    page.goto(PAGES[name])

    assert len(walk(page)) > 10


def test_a_story_is_light_and_asks_nobody_else(people, library):
    page = people.arrive(on="phone")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    answers, sizes = [], []
    wire.on("Network.responseReceived", lambda said: answers.append(said["response"]["url"]))
    wire.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))

    page.goto("/en/stories/bridge/", wait_until="networkidle")

    assert sum(sizes) <= 100_000, dict(zip(answers, sizes, strict=False))


def test_a_story_is_read_without_scripts_and_moves_only_where_motion_is_welcome(people, library):
    plain = people.arrive(scripts=False)
    plain.goto("/en/stories/bridge/")
    for heading in ("The river rises", "One number", "What stays"):
        expect(plain.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    page = people.arrive()
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/en/stories/bridge/")
    bar, width = page.locator(".how-far div"), "el => el.getBoundingClientRect().width / innerWidth"

    at_the_top = bar.evaluate(width)
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.wait_for_timeout(200)
    at_the_end = bar.evaluate(width)
    page.emulate_media(reduced_motion="reduce")

    assert at_the_top < 0.01 and at_the_end > 0.95
    expect(page.locator(".how-far")).to_be_hidden()
