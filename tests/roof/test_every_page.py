"""Every page as a machine reads it: valid, with one heading, labels, unique ids, and nothing that a strict policy bars."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.questions import SECTIONS
from tests.makers import make_call
from tests.roof.house import House
from tests.roof.pages import pages_of

#: Controls that people fill in.
LABELLED = ("input", "select", "textarea")
#: Whoever asks for news is nobody yet; its door looks itself whether a form stands on another site.
NEEDS_NO_TOKEN = "/news/"


def parsed(page: bytes) -> Element:
    """The tree of a page. Fails with the parser's own words on the first thing that is not valid."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def words_in(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def complaints_about(page: bytes, language: str = "en", direction: str = "ltr") -> list[str]:
    """Everything that is wrong with a page, in words."""
    try:
        tree = parsed(page)
    except html5lib.html5parser.ParseError as error:
        return [f"not valid: {error}"]
    parent = {child: element for element in tree.iter() for child in element}
    elements = [each for each in tree.iter() if isinstance(each.tag, str)]
    wrong = []
    ids = Counter(each.get("id") for each in elements if each.get("id") is not None)
    wrong += [f"id «{name}» stands {n} times" for name, n in ids.items() if n > 1]
    wrong += [f"id «{name}» cannot be named" for name in ids if not name or re.search(r"\s", name)]
    html = tree if tree.tag == "html" else next(each for each in elements if each.tag == "html")
    if (html.get("lang"), html.get("dir")) != (language, direction):
        wrong.append(f"lang={html.get('lang')} dir={html.get('dir')}")
    for tag in ("h1", "main", "title"):
        if (n := sum(each.tag == tag for each in elements)) != 1:
            wrong.append(f"{n} × <{tag}>")
    levels = [int(each.tag[1]) for each in elements if re.fullmatch(r"h[1-6]", each.tag)]
    wrong += [f"h{b} after h{a}" for a, b in zip(levels, levels[1:], strict=False) if b > a + 1]
    for each in elements:
        where = f"<{each.tag} {' '.join(f'{k}={v[:30]!r}' for k, v in each.attrib.items())}>"
        wrong += [f"{name} in {where}" for name in each.attrib if name == "style" or name.startswith("on")]
        if each.tag == "style":
            wrong.append("a style in the page")
        if (
            each.tag == "script"
            and each.get("type") not in ("application/json", "application/ld+json")
            and (each.text or not each.get("src"))
        ):
            wrong.append("a script in the page")
        for name in ("aria-describedby", "aria-labelledby", "for", "form", "aria-controls", "list"):
            wrong += [
                f"{where} names «{one}», which is not there"
                for one in each.get(name, "").split()
                if one not in ids
            ]
        if each.tag == "a" and (target := each.get("href", "")).startswith("#") and target[1:] not in ids:
            wrong.append(f"{where} leads nowhere")
        if each.tag in ("a", "button") and not (words_in(each) or each.get("aria-label")):
            wrong.append(f"{where} has no name")
        if each.tag == "img" and each.get("alt") is None:
            wrong.append(f"{where} has no alt")
        if each.tag == "a" and each.get("target") == "_blank" and "noopener" not in each.get("rel", ""):
            wrong.append(f"{where} opens a window that can reach back")
        if each.tag in LABELLED and each.get("type") not in ("hidden", "submit", "button"):
            named = any(label.tag == "label" and label.get("for") == each.get("id") for label in elements)
            named = named or each.get("aria-label") or each.get("aria-labelledby")
            above = each
            while not named and above in parent:
                above = parent[above]
                named = above.tag == "label"
            if not named:
                wrong.append(f"{where} has no label")
        posts = each.tag == "form" and each.get("method", "").lower() == "post"
        posts = posts and not each.get("action", "").endswith(NEEDS_NO_TOKEN)
        if posts and not any(inner.get("name") == "csrfmiddlewaretoken" for inner in each.iter("input")):
            wrong.append(f"{where} has no token")
        if each.tag == "fieldset" and not any(child.tag == "legend" and words_in(child) for child in each):
            wrong.append(f"{where} has no legend")
    return wrong


def test_every_page_is_valid_and_usable(house: House):
    found = {name: complaints_about(page.content) for name, page in pages_of(house)}

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) > 60


def test_every_page_says_in_its_title_where_one_is_and_no_two_alike(house: House):
    titles = {}
    for name, page in pages_of(house):
        title = words_in(next(parsed(page.content).iter("title")))
        assert title.endswith("Innovation across borders") and len(title) > 28, name
        titles.setdefault(name.partition(":")[0], title)

    sections = [titles[section.key] for section in SECTIONS]
    assert len(set(sections)) == len(sections)


def test_a_page_with_errors_says_so_first_in_its_title(house: House):
    for name, page in pages_of(house):
        if page.status_code in (409, 422) and "start" in name:
            assert words_in(next(parsed(page.content).iter("title"))).startswith("Error:"), name


@pytest.mark.parametrize("state", ["none", "before", "closed"])
def test_public_pages_are_valid_without_an_open_call_too(db, state: str):
    if state != "none":
        now = timezone.now()
        shift = timedelta(days=10 if state == "before" else -60)
        make_call(opens_at=now + shift, closes_at=now + shift + timedelta(days=30))

    for path in (
        "/en/",
        "/en/call/",
        "/en/call/questions/",
        "/en/draft/",
        "/en/my/ask/",
        "/en/privacy/",
        "/en/contact/",
    ):
        page = Client().get(path)
        assert complaints_about(page.content) == [], path
        assert page.status_code == (404 if state == "none" and "call" in path else 200), path


def test_no_link_of_a_page_leads_nowhere(house: House):
    """Each address on each page is there: followed once, as its reader."""
    browser, seen = house.browser("author"), {}
    for name, page in pages_of(house, browser):
        for link in parsed(page.content).iter("a"):
            href = link.get("href", "").partition("#")[0]
            own = "/draft/" not in href or house.case.code in href or href.endswith("/draft/")
            if href.startswith("/") and own and not name.startswith(("my page", "unknown")):
                seen.setdefault(href, name)
    broken = {}
    for href, name in seen.items():
        status = browser.get(href).status_code
        if status not in (200, 302):
            broken[href] = (status, name)

    assert broken == {}


def test_a_page_of_a_draft_without_any_answer_is_valid(house: House):
    Case.objects.filter(pk=house.other.case_id).update(answers={}, title="", language="")
    browser = house.browser("another author")

    for section in [*SECTIONS]:
        for suffix in ("", "?missing=1"):
            path = reverse("cases:section", args=[house.other.case.code, section.key]) + suffix
            assert complaints_about(browser.get(path).content) == [], path
    for name in ("overview", "check", "print", "colleagues", "delete"):
        path = reverse(f"cases:{name}", args=[house.other.case.code])
        assert complaints_about(browser.get(path).content) == [], path
