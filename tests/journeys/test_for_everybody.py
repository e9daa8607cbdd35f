"""For people who do not see, do not use a mouse, have a small screen, large letters, or a slow line."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.author import give_answers
from tests.journeys.places import OF_A_CASE, OF_A_DRAFT, OF_A_REGISTRANT, OFFICE, PUBLIC, Places, made

#: Axe would like to read style sheets by a style element of its own, which our policy forbids, as it should; and it
#: counts what is wrong only, in half the time.
QUIET = {"preload": False, "resultTypes": ["violations"]}
EVERYTHING = {**QUIET, "rules": {"target-size": {"enabled": True}}}
#: The rules that a colour or a width can break; the others have been asked once the page was seen twice.
BY_LOOKS = {
    **QUIET,
    "runOnly": {
        "type": "rule",
        "values": ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"],
    },
}
#: Pages that are made of the same pieces as one that is looked at.
SAME = {"about", "jurisdictions", "people", "withdraw"}
LOOKS = [
    (390, "light", EVERYTHING),
    (390, "dark", BY_LOOKS),
    (1280, "light", BY_LOOKS),
    (1280, "dark", EVERYTHING),
]
#: Whatever is seen or can be reached beyond the edges of the window, but not in a box that scrolls by itself.
BEYOND = """() => {
  const found = [];
  for (const el of document.querySelectorAll("body *")) {
    const box = el.getBoundingClientRect(), style = getComputedStyle(el);
    if (!box.width || !box.height || style.visibility === "hidden" || style.clipPath !== "none") continue;
    if (box.right <= innerWidth + 1 && box.left >= -1) continue;
    let up = el, excused = false;
    for (; up; up = up.parentElement) {
      const s = getComputedStyle(up);
      if (["auto", "scroll"].includes(s.overflowX) || s.clipPath !== "none" || up.ariaHidden === "true") excused = true;
    }
    if (!excused) found.push(`${el.tagName}.${el.className} ${Math.round(box.left)}-${Math.round(box.right)}`);
  }
  const wide = document.documentElement.scrollWidth;
  return wide > innerWidth ? [`the page is ${wide} wide`, ...found.slice(0, 5)] : found.slice(0, 5);
}"""
FOCUS = """() => {
  const el = document.activeElement, style = getComputedStyle(el), box = el.getBoundingClientRect();
  const at = (x, y) => document.elementFromPoint(x, y);
  const seen = at(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  return {
    what: el === document.body ? "" : `${el.tagName} ${el.id || el.name || el.textContent.trim()}`,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.top >= 0 && box.top < innerHeight && box.left >= 0 && box.left < innerWidth,
    uncovered: !seen || el.contains(seen) || seen.contains(el),
  };
}"""


@pytest.fixture(scope="module")
def places(shared_portal, chromium, login, picture, document) -> Places:
    return made(shared_portal, chromium, login, picture, document)


@pytest.fixture(autouse=True)
def errors_come_with_422(errors_are_answered):
    pass


def look_with_axe(page: Page, address: str) -> list[str]:
    """What axe finds at an address: narrow and wide, light and dark."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    found = []
    for width, colours, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=colours)
        page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
        for fault in Axe().run(page, options=rules).response["violations"]:
            nodes = [node["html"][:160] for node in fault["nodes"][:3]]
            found.append(f"{address} at {width}, {colours}: {fault['id']}: {fault['help']} {nodes}")
    return found


@pytest.mark.parametrize("name", PUBLIC)
def test_axe_finds_nothing_on_public_pages(shared_portal, page, name):
    assert look_with_axe(page, PUBLIC[name]) == []


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            *OF_A_DRAFT,
            *OF_A_CASE,
            *OF_A_REGISTRANT,
            "materials with files",
            "my page",
            "verify",
            "letter link",
        }
        - SAME
    ),
)
def test_axe_finds_nothing_on_the_pages_of_an_author(shared_portal, people, places, name):
    assert look_with_axe(people.arrive(left_behind=places.author), places.of_the_author[name]) == []


@pytest.mark.parametrize(
    "name",
    [
        *OFFICE,
        "reading a case",
        "reopen",
        "withdraw on behalf",
        "changing the call",
        "extend",
        "reading a letter",
    ],
)
def test_axe_finds_nothing_in_the_office(shared_portal, people, places, name):
    assert look_with_axe(people.arrive(left_behind=places.office), places.of_the_office[name]) == []


def test_axe_finds_nothing_where_the_door_is_shut(shared_portal, people, complaints, places):
    complaints.expect("status of 40[34]")
    stranger = people.arrive()
    for address in (places.draft, "/en/nowhere/", "/verify/ABCD", "/l/nothing", "/admin/login/"):
        assert look_with_axe(stranger, address) == []


@pytest.mark.parametrize(("width", "letters"), [(320, 16), (390, 32), (1280, 32)])
def test_nothing_has_to_be_pushed_sideways(shared_portal, people, places, width, letters):
    page = people.arrive(left_behind=places.author)
    page.set_viewport_size({"width": width, "height": 800})
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
    beyond = {}
    for name, address in {**PUBLIC, **places.of_the_author}.items():
        page.goto(address)
        if found := page.evaluate(BEYOND):
            beyond[name] = found

    assert beyond == {}


def test_the_office_can_be_read_on_a_phone(shared_portal, people, places):
    page = people.arrive(on="phone", left_behind=places.office)
    beyond = {}
    for name, address in places.of_the_office.items():
        page.goto(address)
        if found := page.evaluate(BEYOND):
            beyond[name] = found

    assert beyond == {}


@pytest.mark.parametrize("name", ["home", "call", "start", "about", "brief"])
def test_a_first_view_is_light_and_asks_nobody_else(shared_portal, people, places, name):
    addresses = {**PUBLIC, "about": f"{places.draft}about/", "brief": f"{places.draft}brief/"}
    page = people.arrive(on="phone", left_behind=places.author)
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    answers, sizes = [], []
    wire.on("Network.responseReceived", lambda said: answers.append(said["response"]["url"]))
    wire.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))

    page.goto(addresses[name], wait_until="networkidle")

    assert len(answers) <= 6, answers
    assert sum(sizes) <= 60_000


def walk(page: Page) -> list[str]:
    """Tab through a whole page; each stop has to be seen. Returns the stops in their order."""
    stops: list[str] = []
    page.locator("body").press("Tab")
    while (here := page.evaluate(FOCUS))["what"]:
        assert here["ring"] and here["inside"] and here["uncovered"], here
        stops.append(here["what"])
        assert len(stops) < 200, f"no way out after {stops[-5:]}"
        page.keyboard.press("Tab")
    return stops


@pytest.mark.parametrize(
    "name",
    [
        "start",
        "task list",
        "about, with errors",
        "jurisdictions",
        "check",
        "my page",
        "workshops",
        "full workshop",
        "my seat",
    ],
)
def test_the_keyboard_reaches_everything_in_order_sees_where_it_is_and_gets_out(
    shared_portal, people, places, name
):
    page = people.arrive(left_behind=places.author)
    page.goto({**PUBLIC, **places.of_the_author}[name])
    reachable = page.evaluate("""() => {
      const seen = new Set(), list = [];
      for (const el of document.querySelectorAll("a[href],button,input,select,textarea,summary")) {
        if (el.type === "hidden" || el.tabIndex < 0 || el.disabled || !el.checkVisibility()) continue;
        if (el.type === "radio") { if (seen.has(el.name)) continue; seen.add(el.name); }
        list.push(el.type === "radio" ? "radio" : `${el.tagName} ${el.id || el.name || el.textContent.trim()}`);
      }
      return list;
    }""")

    stops = walk(page)

    assert [stop for stop in stops if stop in reachable] == [stop for stop in reachable if stop != "radio"]
    assert len(stops) >= len(reachable) - 1


def tab_to(page: Page, what: str) -> None:
    """Press Tab until the focus stands on a control with this accessible name."""
    target = (
        page.get_by_role("main")
        .get_by_label(what, exact=True)
        .or_(page.get_by_role("main").get_by_role("button", name=what, exact=True))
    )
    wanted = target.first.element_handle()
    for _press in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("el => el === document.activeElement", wanted):
            return
    raise AssertionError(f"the keyboard does not reach «{what}»")


def test_a_section_is_written_and_the_case_handed_in_by_keyboard_alone(shared_portal, author, page):
    author.open("people")
    tab_to(page, "Save and continue")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.locator(".sum")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[name=collaborations]")).to_be_focused()
    page.keyboard.type("Two water authorities and four towns.")
    tab_to(page, "Save and continue")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/results/$"))  # and no trace of the field that the error was about

    author.open("about")
    tab_to(page, "What is the name of your organisation?")
    page.keyboard.type("Water Agency")
    tab_to(page, "In which country is it?")
    page.keyboard.type("France")
    tab_to(page, "National or federal")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Environment, climate, agriculture")
    page.keyboard.press("Space")
    tab_to(page, "Yes")
    page.keyboard.press("Space")
    tab_to(page, "Save and continue")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/jurisdictions/$"))
    author.open("check")
    assert author.fact("At which level of government does it work?") == "Regional or state"

    give_answers(shared_portal, author.code)
    author.open("check")
    tab_to(page, "Hand in the case")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. We have your case.")


def test_a_seat_is_taken_and_given_back_by_keyboard_alone(shared_portal, people, places):
    page = people.arrive()
    page.goto(places.of_the_author["workshop"])
    tab_to(page, "Your e-mail address")
    page.keyboard.type("keys@places.example")
    page.keyboard.press("Enter")

    expect(page.locator(".sum")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Noor Haddad")
    expect(page.get_by_label("Your e-mail address")).to_have_value("keys@places.example")
    tab_to(page, "Organisation")
    page.keyboard.type("City of Amman")
    tab_to(page, "Country or territory")
    page.keyboard.type("Jordan")
    tab_to(page, "Level of government you work at or with")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    for _press in range(4):
        page.keyboard.press("Tab")
    expect(page.get_by_label("You may use what I entered")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have a seat")

    page.get_by_role("link", name="Give my seat back").focus()
    page.keyboard.press("Enter")
    tab_to(page, "Give it back")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("This registration has ended")
