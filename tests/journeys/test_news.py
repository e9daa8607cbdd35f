"""From the small tick to the last letter: ask, say yes, get an issue that the office wrote, leave by one click."""

import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_a_seat import accessible, letters_to, open_link
from tests.parts.portal import Portal

pytestmark = pytest.mark.timeout(400)


def ask(page: Page, email: str, *topics: str) -> None:
    page.goto("/en/news/")
    for topic in topics:
        page.get_by_label(topic).check()
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Write to me").click()
    expect(page.locator("h1")).to_have_text("Look in your mailbox")


def subscribe(page: Page, portal: Portal, email: str, *topics: str) -> None:
    ask(page, email, *topics)
    [letter] = letters_to(portal, email, "Please confirm")
    open_link(page, letter, "Yes, write to me")
    expect(page.locator("main")).to_contain_text("From now on we write to you")


def write_an_issue(office: Page, picture: bytes) -> None:
    office.goto("/admin/newsletter/issue/add/")
    office.locator("#id_title_0").fill("Three sessions in June")
    office.locator("#id_opening_0").fill("Practitioners meet online.")
    office.get_by_label("Workshops, dialogues and other events").check()
    office.locator("#id_blocks-0-words_0").fill("We meet on 3, 7 and 10 June.")
    office.locator("#id_blocks-1-kind").select_option("picture")
    office.locator("#id_blocks-1-alt_0").fill("A bridge between two towns")
    office.locator("#id_blocks-1-upload").set_input_files(
        {"name": "bridge.png", "mimeType": "image/png", "buffer": picture}
    )
    office.locator("#id_blocks-2-kind").select_option("button")
    office.locator("#id_blocks-2-title_0").fill("See the sessions")
    office.locator("#id_blocks-2-url").fill("https://portal.example/en/workshops/")
    office.get_by_role("button", name="Save and continue editing").click()
    expect(office.locator(".messagelist")).to_contain_text("was added successfully")


def test_ask_say_yes_get_an_issue_and_leave(shared_portal: Portal, people, staff, picture, complaints):
    portal, marta, jo = shared_portal, people.arrive(on="phone"), people.arrive(scripts=False)
    complaints.expect(r"responded with a status of 422")
    marta.goto("/en/news/")
    accessible(marta)
    marta.get_by_role("button", name="Write to me").click()
    expect(marta.locator(".sum")).to_contain_text("Tick what you want to hear of")
    accessible(marta)
    subscribe(marta, portal, "marta@kisumu.example", "Workshops, dialogues and other events")
    accessible(marta)
    subscribe(jo, portal, "jo@lisbon.example", "Workshops, dialogues and other events", "The call opens")

    # the office writes, looks, tries, and schedules: once for later, then now
    office = staff.page
    write_an_issue(office, picture)
    office.get_by_role("link", name="Look at it").click()
    expect(office.locator("#content-main")).to_contain_text("It reaches 2 readers now.")
    frame = office.frame_locator("iframe.reading-page")
    expect(frame.locator("h1")).to_have_text("Three sessions in June")
    expect(frame.locator("img")).to_have_js_property("complete", True)
    assert frame.locator("img").evaluate("image => image.naturalWidth") == 320
    office.get_by_role("button", name=re.compile("Try it")).click()
    letters_to(portal, staff.email, "Three sessions in June")
    office.get_by_role("link", name="Send it").click()
    office.get_by_label("At the time below").check()
    tomorrow = office.evaluate("new Date(Date.now() + 864e5).toISOString().slice(0, 10)")
    office.get_by_label("Day and time in Paris").fill(f"{tomorrow}T10:00")
    office.get_by_role("button", name="See whom it reaches").click()
    expect(office.locator("#content-main")).to_contain_text("10:00 Paris time")
    office.get_by_role("button", name="Schedule it").click()
    office.get_by_role("button", name="Call it back").click()
    expect(office.locator(".messagelist")).to_contain_text("It is a draft again")
    office.get_by_role("link", name="Send it").click()
    office.get_by_label("As soon as it is confirmed").check()
    office.get_by_role("button", name="See whom it reaches").click()
    office.get_by_role("button", name="Send it now").click()

    # it arrives, with a way out that a mail program presses by itself
    [to_marta] = letters_to(portal, "marta@kisumu.example", "Three sessions in June", seconds=60)
    [to_jo] = letters_to(portal, "jo@lisbon.example", "Three sessions in June", seconds=60)
    assert "We meet on 3, 7 and 10 June." in to_marta.text and "A bridge between two towns" in to_marta.html
    assert to_marta.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click = "".join(to_marta.mail["List-Unsubscribe"].split()).strip("<>")
    pressed = urllib.request.urlopen(one_click, data=b"List-Unsubscribe=One-Click", timeout=20)
    assert pressed.status == 200

    # and a page for those who press themselves
    link = re.search(r"http://\S+/l/stop/\S+", to_jo.text)[0]
    jo.goto(link)
    expect(jo.locator("h1")).to_have_text("Leave")
    jo.get_by_role("button", name="Leave: no more news").click()
    expect(jo.locator("h1")).to_have_text("You have left")
    states = portal.rows("SELECT state, count(*) FROM newsletter_subscription GROUP BY state")
    assert states == [("left", 2)]

    # the issue stays readable for everybody
    marta.goto("/en/news/")
    marta.get_by_role("link", name="Three sessions in June").click()
    expect(marta.locator("h1")).to_have_text("Three sessions in June")
    expect(marta.get_by_alt_text("A bridge between two towns")).to_be_visible()
    expect(marta.get_by_role("link", name="Bluesky")).to_be_visible()
    accessible(marta)
