"""Whatever is sent: a clear answer, never a fault of ours, nothing typed is lost, and nobody else is touched."""

from __future__ import annotations

import re
from urllib.parse import quote

import html5lib
import pytest
from django.test import Client
from django.urls import reverse

from cases.answers import anchor_of
from cases.models import Attachment, Case, Colleague
from cases.questions import COLUMNS, MOST_KEPT, SECTIONS, Kind
from outbox.delivery import compose
from outbox.models import OutboxMessage
from people.models import Address
from tests.cases.samples import picture
from tests.makers import COMPLETE, bases_of, letters_posted, make_upload, write
from tests.roof.house import DOORS, House, open_my_page, path_of

FORM = "application/x-www-form-urlencoded"
NUL, MEGABYTE = "before\0after", "ab cd " * 170_000
HOSTILE = {
    "nothing": "",
    "a NUL": NUL,
    "a megabyte": MEGABYTE,
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a way out of an attribute": "\"'><svg/onload=alert(1)>",
    "template code": "{{ request }}{% debug %}{{ settings.SECRET_KEY }}",
    "a second header": "Marta\r\nBcc: everybody@example.org\r\n\r\nHello",
    "bidi signs": "\u202egnp.exe\u2066 \u2069\u200f",
    "an address that is code": "javascript:alert(document.cookie)",
    "a data address": "data:text/html,<script>alert(1)</script>",
    "a formula": '=cmd|"/c calc"!A1',
    "a way out of SQL": "' OR 1=1; DROP TABLE cases_case; --",
    "a path": "../../../../etc/passwd",
    "a number beyond all": "9" * 400,
    "below zero": "-1",
    "no number": "NaN",
    "digits of another script": "٢٠١٩",
    "superscript digits": "²²²",
    "half a pair": "\ufffd\ufffe\uffff",
    "signs that combine": "Z" + "\u0301" * 500,
    "signs beyond the first plane": "🚢" * 300,
    "a list in JSON": '{"$gt": "", "__class__": ["x"]}',
    "format letters": "%s %(name)s %n {0} {0.__class__}",
}


def everywhere(house: House, value: str):
    """Each form of the portal with the value in every field at once: who presses, the address, what is sent."""
    author = house.browser("author")
    for section in SECTIONS:
        names = [question.key for question in section.questions]
        if section.key == "jurisdictions":
            names = [f"jurisdictions.aaaa1111.{column}" for column in COLUMNS] + ["jurisdictions.lead"]
        if section.key == "materials":
            names.append(f"alt.{house.picture.code}")
        words = dict.fromkeys(names, value) | {f"base:{name}": value for name in names}
        yield author, reverse("cases:section", args=[house.case.code, section.key]), words | {"then": value}
        yield (
            author,
            reverse("cases:section", args=[house.case.code, section.key]),
            dict.fromkeys(names, value),
        )
        ticked = {"ticked": [*names, value]}
        yield author, reverse("cases:autosave", args=[house.case.code, section.key]), words | ticked
    materials = reverse("cases:section", args=[house.case.code, "materials"])
    rows = reverse("cases:section", args=[house.case.code, "jurisdictions"])
    yield author, materials, {"then": f"detach:{value[:2000]}"}
    yield author, rows, {"then": f"remove:{value[:2000]}"}
    yield author, rows, {f"jurisdictions.{value[:200]}.name": value, f"take:{value[:200]}": "1"}
    colleagues = path_of("cases:colleagues", house)
    names = ("invite-name", "invite-email", "invite-role", "mine-email", "colleague")
    for then in ("invite", "correct", "remove", "hand-over", value):
        yield author, colleagues, dict.fromkeys(names, value) | {"then": then}
    yield author, path_of("cases:feedback", house), {"ease": value, "words": value}
    yield author, path_of("cases:ask_reopening", house), {"words": value}
    yield author, path_of("cases:hand_in", house), {"anything": value}
    yield author, path_of("reviews:question", house), {"answer": value, "based_on": value}
    stranger = house.browser()
    names = ("name", "email", "nickname", "zone", "begun_with")
    yield stranger, reverse("cases:start"), dict.fromkeys(names, value)
    yield stranger, reverse("cases:start"), {**DOORS["cases:start"].post(house), "zone": value, "name": value}
    yield stranger, reverse("my_ask"), {"email": value}
    yield stranger, f"/l/{house.token('stop')}", {"anything": value}
    mine = open_my_page(house.browser(), house.author.address, house.at)
    yield mine, reverse("my"), {"act": value}
    yield mine, reverse("my"), {"act": f"again:{value}"}


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_form_answers_hostile_words_clearly_and_touches_nobody_else(house: House, kind: str):
    theirs = Case.objects.filter(pk=house.other.case_id).values().get()

    faults = []
    for browser, path, words in everywhere(house, HOSTILE[kind]):
        answer = browser.post(path, words)
        if answer.status_code >= 500:
            faults.append((path, list(words), answer.status_code))

    assert faults == []
    assert Case.objects.filter(pk=house.other.case_id).values().get() == theirs
    assert Case.objects.get(pk=house.case.pk).status == Case.Status.HANDED_IN


@pytest.mark.parametrize("kind", ["a NUL", "a megabyte", "a path", "a number beyond all", "a way out of SQL"])
def test_every_address_answers_hostile_parts_of_itself_clearly(house: House, kind: str):
    value = quote(HOSTILE[kind][:3000], safe="")
    code, browser = house.case.code, house.browser("author")
    mine = open_my_page(house.browser(), house.author.address, house.at)
    paths = [
        f"/en/draft/{value}/",
        f"/en/draft/{value}/brief/autosave/",
        f"/en/draft/{code}/{value}/",
        f"/en/draft/{code}/files/{value}/",
        f"/en/draft/{code}/receipt/{value}/",
        f"/en/draft/{code}/receipt/{value}.pdf",
        f"/en/draft/{code}/question/{value}/",
        f"/en/draft/{value}/decision/",
        f"/en/my/letter/{value}/",
        f"/en/my/case/{value}/",
        f"/verify/{value}",
        f"/l/{value}",
        f"/l/stop/{value}",
        f"/{value}",
        f"/en/{value}/",
        f"/en/draft/{code}/brief/?missing={value}&focus={value}",
        f"/en/call/?{value}",
        f"/en/cases/?q={value}&country={value}&tag={value}&pair={value}&sort={value}&page={value}&{value}",
        f"/en/baseline/?call={value}",
        f"/en/baseline/network/?call={value}",
    ]
    for path in paths:
        for client in (browser, mine):
            for answer in (client.get(path), client.post(path, {"words": "x"})):
                assert answer.status_code < 500, (path, answer.status_code)
                assert b"Traceback" not in answer.getvalue()


def test_numbers_beyond_the_database_are_simply_not_there(house: House):
    mine = open_my_page(house.browser(), house.author.address, house.at)
    author = house.browser("author")

    for number in (0, 2**31, 2**63, 10**30):
        answers = [
            author.get(f"/en/draft/{house.case.code}/receipt/{number}/"),
            author.get(f"/en/draft/{house.case.code}/question/{number}/"),
            mine.get(f"/en/my/letter/{number}/"),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert mine.post(f"/en/my/case/{number}/").headers["Location"] == reverse("my_ask")
        assert mine.post(reverse("my"), {"act": f"again:{number}"}).status_code == 302


# -- Bodies and methods ------------------------------------------------------------------------------------------


BODIES = {
    "broken UTF-8": (b"title=\xff\xfe\x80&email=\xc3\x28&name=%ff%fe&then=%c3%28", FORM),
    "UTF-16": ("title=Bridge&email=a@b.example".encode("utf-16"), f"{FORM}; charset=utf-16"),
    "an unknown charset": (b"title=Bridge", f"{FORM}; charset=no-such-thing"),
    "JSON": (b'{"title": ["not", "a", "form"]}', "application/json"),
    "XML": (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "application/xml"),
    "no form": (b"--x\r\nnot a part at all", "multipart/form-data; boundary=x"),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "no end": (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nno end',
        "multipart/form-data; boundary=x",
    ),
    "nothing": (b"", FORM),
    "ampersands": (b"&=&==&&&;=", FORM),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_no_form_gets_a_clear_answer(house: House, kind: str):
    body, content_type = BODIES[kind]
    quiet = {
        "cases:leave",
        "cases:delete",
        "cases:withdraw",
        "letter_link",
    }  # a press is a press, whatever it carries
    for name in [name for name, door in DOORS.items() if door.post and name not in quiet]:
        for browser in (
            house.browser("author"),
            open_my_page(house.browser(), house.author.address, house.at),
        ):
            answer = browser.generic("POST", path_of(name, house), body, content_type)

            assert answer.status_code < 500, name
            assert answer.headers["Content-Type"].endswith(("charset=utf-8", "json")), name
            if kind in ("UTF-16", "an unknown charset"):
                assert answer.status_code == 400, name


def test_a_form_with_thousands_of_fields_is_refused_in_words(house: House):
    answer = house.browser("author").post(
        path_of("cases:section", house), {f"field{n}": "x" for n in range(2000)}
    )

    assert answer.status_code == 400
    assert "could not be read" in answer.content.decode()


def test_a_body_that_says_to_be_larger_than_anything_allowed_is_not_read(house: House):
    answer = house.browser("author").generic(
        "POST", path_of("cases:section", house), b"overview=x", FORM, CONTENT_LENGTH=str(200 * 2**20)
    )

    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


def test_a_length_that_is_no_number_is_refused(house: House):
    for length in ("-1", "ten", "1e3", "٣", " "):
        answer = house.browser("author").generic(
            "POST", path_of("cases:section", house), b"overview=x", FORM, CONTENT_LENGTH=length
        )
        assert 400 <= answer.status_code < 500, length


def test_text_beyond_what_a_request_may_carry_gets_a_clear_answer(house: House):
    answer = house.browser("author").post(path_of("cases:section", house), {"overview": "x" * 6 * 2**20})

    assert answer.status_code in (400, 413)
    assert len(answer.content) < 20_000


def test_methods_that_no_page_knows_are_refused_everywhere(house: House):
    before = house.state()

    for method in ("TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "BREW"):
        for name in DOORS:
            answer = house.browser("author").generic(method, path_of(name, house), b"x=1", FORM)
            assert answer.status_code == 405, name
            assert b"x=1" not in answer.content

    assert house.state() == before


def test_an_address_answers_only_the_methods_that_it_has(house: House):
    browser, before = house.browser("author"), house.state()

    answers = {name: browser.post(path_of(name, house)) for name, door in DOORS.items() if not door.post}
    answers |= {name: browser.get(path_of(name, house)) for name, door in DOORS.items() if not door.get}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 405)
    assert house.state() == before


def test_looking_with_head_is_looking(house: House):
    before = house.state()

    for name, door in DOORS.items():
        if door.get and door.of != "my page":
            answer = house.browser("author").head(path_of(name, house))
            assert (answer.status_code, answer.getvalue()) == (302 if name == "root" else 200, b""), name

    assert house.state() == before


def test_a_cookie_with_a_nul_inside_is_refused_before_it_reaches_the_database(house: House):
    for name in ("sessionid", "csrftoken", "keys", "django_language", "messages"):
        for path in ("/en/", "/admin/", path_of("cases:overview", house)):
            answer = Client(raise_request_exception=False).get(
                path, HTTP_COOKIE=f'{name}="{"a" * 32}\\000{"b" * 8}"'
            )
            assert answer.status_code < 500, (name, path)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": "testserver:99999999"},
        {"HTTP_HOST": "testserver/../x"},
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_FOR": "not an address, \u00ff, 999.999.999.999"},
        {"HTTP_X_REQUEST_START": "t=99999999999999999999999999999"},
        {"HTTP_X_REQUEST_START": "t=nan"},
        {"HTTP_ACCEPT_LANGUAGE": "xx-" + "y" * 3000 + ",;q=,en;q=9e999"},
        {"HTTP_REFERER": "https://evil.example/\u00ff"},
        {"HTTP_COOKIE": "=;;;=a=b; keys=\u00ff; messages=%%%; csrftoken=<x>"},
        {"HTTP_RANGE": "bytes=-1,5-2,0-999999999999"},
        {"HTTP_IF_MODIFIED_SINCE": "Thu, 99 Foo 99999 99:99:99 GMT"},
        {"HTTP_ACCEPT": "application/json" * 1000},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "::ffff:192.0.2.1%eth0"},
    ],
    ids=lambda headers: f"{next(iter(headers))} {str(next(iter(headers.values())))[:20]}",
)
def test_hostile_headers_get_a_clear_answer_and_no_foreign_host(house: House, headers: dict):
    for path in ("/", "/en/", "/en/draft/", path_of("cases:overview", house), f"/l/{house.token()}"):
        answer = house.browser("author").get(path, **headers)
        assert answer.status_code < 500, path
        assert b"evil.example" not in answer.content
        assert "evil.example" not in answer.headers.get("Location", "")
    words = {**DOORS["cases:start"].post(house)}
    assert house.browser().post(reverse("cases:start"), words, **headers).status_code < 500


# -- What was typed ----------------------------------------------------------------------------------------------


def typed_in(page: bytes, name: str) -> list[str]:
    """What stands in the controls of this name, as a browser would show it."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    found = [each.text or "" for each in tree.iter("textarea") if each.get("name") == name]
    return found + [each.get("value", "") for each in tree.iter("input") if each.get("name") == name]


def test_a_name_and_address_that_do_not_do_are_shown_again_as_typed(house: House):
    words = {"name": "Márta <b>", "email": "not an address", "begun_with": "x" * 32}

    answer = house.browser().post(reverse("cases:start"), words)

    assert answer.status_code == 422
    assert typed_in(answer.content, "name") == ["Márta <b>"]
    assert typed_in(answer.content, "email") == ["not an address"]
    assert not Address.objects.filter(email="not an address").exists()


@pytest.mark.parametrize("then", ["continue", "overview", "add", "attach", "no such button"])
def test_an_answer_that_cannot_be_kept_stays_on_the_page_and_the_others_are_saved(house: House, then: str):
    tokens = {f"base:{name}": token for name, token in bases_of(house.author, "results", "lessons").items()}
    words = {"results": NUL, "lessons": "Begin with the mistakes.", "then": then, **tokens}

    answer = house.browser("author").post(reverse("cases:section", args=[house.case.code, "results"]), words)

    assert answer.status_code == 422
    assert "cannot be stored" in answer.content.decode()
    assert typed_in(answer.content, "results")[0].startswith("before")
    assert Case.objects.get(pk=house.case.pk).answers["lessons"] == "Begin with the mistakes."


def test_far_too_much_text_is_shown_again_and_its_length_is_said(house: House):
    words = {"results": "a" * (MOST_KEPT + 1), "base:results": bases_of(house.author, "results")["results"]}

    answer = house.browser("author").post(reverse("cases:section", args=[house.case.code, "results"]), words)

    assert answer.status_code == 422
    assert f"{MOST_KEPT + 1:,}" in answer.content.decode()
    assert typed_in(answer.content, "results") == ["a" * (MOST_KEPT + 1)]


def test_text_over_its_limit_is_kept_whole_and_explained(house: House):
    words = {
        "short_explanation": "é" * 501,
        "base:short_explanation": bases_of(house.author, "short_explanation")["short_explanation"],
    }

    answer = house.browser("author").post(path_of("cases:section", house), words)

    assert answer.status_code == 422
    assert Case.objects.get(pk=house.case.pk).answers["short_explanation"] == "é" * 501
    assert "by 1 character" in answer.content.decode()


def test_a_choice_that_is_not_on_the_list_changes_nothing(house: House):
    path = reverse("cases:section", args=[house.case.code, "about"])
    names = ("sectors", "organisation_country", "public_employee")
    tokens = {f"base:{name}": token for name, token in bases_of(house.author, *names).items()}

    answer = house.browser("author").post(
        path,
        {"sectors": ["health", "war"], "organisation_country": "ZZZ", "public_employee": "maybe", **tokens},
    )

    assert answer.status_code == 422
    kept = Case.objects.get(pk=house.case.pk).answers
    assert [kept[name] for name in names] == [COMPLETE[name] for name in names]


def test_a_field_that_arrives_twice_counts_once_and_the_last_one(house: House):
    words = {"title": ["First", "Last"], "base:title": bases_of(house.author, "title")["title"]}

    house.browser("author").post(path_of("cases:section", house), words)

    assert Case.objects.get(pk=house.case.pk).answers["title"] == "Last"


def test_more_jurisdictions_than_a_case_may_have_are_never_shown_or_kept(house: House):
    names = [f"jurisdictions.row{n:05}.name" for n in range(90)]
    path = reverse("cases:section", args=[house.case.code, "jurisdictions"])

    answer = house.browser("author").post(path, dict.fromkeys(names, "A place"))

    assert answer.status_code < 500
    assert len(Case.objects.get(pk=house.case.pk).answers["jurisdictions"]) <= 20


# -- Reading it back -----------------------------------------------------------------------------------------------

NAUGHTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7|add:7000 }}{% now 'Y' %}"
EVENTS = re.compile(r"^on", re.IGNORECASE)


def assert_harmless(page: str) -> None:
    """Whatever people wrote stands on the page as words: no element, attribute or address of theirs."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert not any(EVENTS.match(name) for name in element.attrib), element.attrib
        assert element.tag != "script" or element.get("src") or element.get("type") == "application/json"
        assert element.tag != "img" or element.get("src") != "x"
        for name in ("href", "src", "action", "formaction"):
            assert (
                not element.get(name, "").lower().lstrip().startswith(("javascript:", "data:", "vbscript:"))
            )
    assert "7007" not in page


def test_hostile_words_are_read_back_as_words_everywhere(house: House):
    said = {
        question.key: NAUGHTY
        for section in SECTIONS
        for question in section.questions
        if question.kind in (Kind.LINE, Kind.TEXT, Kind.TAGS)
    }
    said |= {f"jurisdictions.aaaa1111.{column}": NAUGHTY for column in ("name", "organisation")}
    said |= {f"alt.{house.picture.code}": NAUGHTY, "website": "javascript:alert(1)//https://a.example"}
    said |= {"links": "javascript:alert(1)\ndata:text/html,x\nhttps://fine.example/a"}
    Colleague.objects.update(name=NAUGHTY[:150])
    write(house.author, at=house.at, **said)
    author = house.browser("author")

    for section in SECTIONS:
        assert_harmless(
            author.get(reverse("cases:section", args=[house.case.code, section.key])).content.decode()
        )
    for name in ("cases:overview", "cases:check", "cases:print", "cases:colleagues"):
        page = author.get(path_of(name, house)).content.decode()
        assert_harmless(page)
        assert "alert(1)" in page, name


def test_a_hostile_case_that_is_handed_in_stays_words_in_receipt_letters_and_copies(house: House):
    said = {"title": NAUGHTY[:150], "results": NAUGHTY, "website": "", "tags": f"a, b, {NAUGHTY}"}
    Colleague.objects.filter(pk=house.author.pk).update(name=NAUGHTY[:150])
    write(house.author, at=house.at, **said)
    author = house.browser("author")

    receipt = author.post(path_of("cases:hand_in", house)).headers["Location"]

    assert_harmless(author.get(receipt).content.decode())
    assert NAUGHTY in author.get(path_of("cases:copy_txt", house)).content.decode()
    for letter in letters_posted("receipt"):
        shown = compose(letter)
        assert_harmless(shown.alternatives[0][0])
    assert NAUGHTY in " ".join(shown.body.split())
    mine = open_my_page(house.browser(), house.author.address, house.at)
    assert_harmless(mine.get(reverse("my")).content.decode())
    assert_harmless(mine.get(reverse("my_letter", args=[letter.pk])).content.decode())


def test_links_of_people_are_links_only_when_they_lead_to_the_web(house: House):
    write(
        house.author,
        at=house.at,
        website="JaVaScRiPt:alert(1)",
        links='https://fine.example/a\nvbscript:x\nhttps://fine.example/"onmouseover=alert(1)',
    )

    page = house.browser("author").get(path_of("cases:check", house)).content.decode()

    tree = html5lib.parse(page, namespaceHTMLElements=False)
    away = [a.get("href") for a in tree.iter("a") if not a.get("href", "").startswith(("/", "#"))]
    assert set(away) <= {"https://fine.example/a"}


@pytest.mark.parametrize(
    "kind", ["a second header", "bidi signs", "markup", "format letters", "template code"]
)
def test_names_and_titles_reach_no_header_of_a_letter_but_its_subject(house: House, kind: str):
    value = HOSTILE[kind]
    write(house.author, at=house.at, title=value)
    author, stranger = house.browser("author"), house.browser()
    words = DOORS["cases:colleagues"].post(house)
    author.post(path_of("cases:colleagues", house), {**words, "invite-name": value[:150]})
    author.post(path_of("cases:hand_in", house))
    author.post(path_of("cases:withdraw", house))
    stranger.post(reverse("cases:start"), {**DOORS["cases:start"].post(house), "name": value[:150]})

    for letter in OutboxMessage.objects.all():
        message = compose(letter)
        mail = message.message()
        assert "Bcc" not in mail
        assert message.to == [letter.address.email]
        assert "\n" not in message.subject and "\r" not in message.subject
        assert not set(message.subject) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068"), letter.kind
        assert "SECRET_KEY" not in message.body or "{{ settings.SECRET_KEY }}" in message.body


NO_MAILBOXES = (
    "a@b.example\r\nBcc: c@d.example",
    "a@b.example, c@d.example",
    "Marta <a@b.example>",
    "a@b.example\0",
    "a@b",
    "@",
    "a" * 250 + "@example.org",
    "a@b.example\u2028c@d.example",
    '"a\nb"@example.org',
    "a@localhost\n.example",
    "<script>@example.org",
    '"a b"@example.org',
    "root@localhost",
    "a@[10.0.0.5]",
    '"\x01\x0b"@example.org',
)


def test_a_mailbox_that_is_none_gets_no_letter(house: House):
    author, stranger, before = house.browser("author"), house.browser(), OutboxMessage.objects.count()
    invite = DOORS["cases:colleagues"].post(house)

    for email in NO_MAILBOXES:
        answers = [
            stranger.post(reverse("cases:start"), {**DOORS["cases:start"].post(house), "email": email}),
            stranger.post(reverse("my_ask"), {"email": email}),
            author.post(path_of("cases:colleagues", house), {**invite, "invite-email": email}),
            author.post(path_of("cases:colleagues", house), {"then": "correct", "mine-email": email}),
        ]
        assert [answer.status_code for answer in answers] == [422] * 4, email
        assert b"Enter an e-mail address" in answers[0].content or b"characters" in answers[0].content, email

    assert OutboxMessage.objects.count() == before


# -- Files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/cron.d/evil.png",
        "C:\\Windows\\System32\\evil.png",
        "evil.png\0.html",
        "a" * 400 + ".png",
        '"; filename="evil.html.png',
        "evil\r\nSet-Cookie: keys=x.png",
        "\u202egnp.lmth.png",
        "<img src=x onerror=alert(1)>.png",
        ".png",
        "CON.png",
        "Brücke über die Mosel – 桥.png",
    ],
)
def test_a_file_name_is_only_ever_a_name(house: House, name: str):
    author = house.browser("author")
    path = reverse("cases:section", args=[house.case.code, "materials"])

    answer = author.post(path, {"then": "attach", "file": make_upload(name, picture("PNG", width=17))})

    assert answer.status_code in (302, 422)
    assert_harmless(author.get(path).content.decode())
    kept = Attachment.objects.filter(case=house.case).last()
    if answer.status_code == 302:
        assert re.fullmatch(r"\d+/[\w-]+", kept.file.name)
        assert not re.search(r'[/\\\x00-\x1f<>"\u202a-\u202e\u2066-\u2069]', kept.name)
    got = author.get(reverse("cases:file", args=[house.case.code, kept.code]))
    said = got.headers["Content-Disposition"]
    assert said.startswith("attachment; ") and "Set-Cookie" not in got.headers
    assert not re.search(r"[\r\n]", said)


def test_a_refused_file_costs_none_of_the_words_typed_beside_it(house: House):
    path = reverse("cases:section", args=[house.case.code, "materials"])
    words = {
        "then": "attach",
        "links": "https://fine.example/",
        "base:links": bases_of(house.author, "links")["links"],
        "file": make_upload("page.html", b"<script>alert(1)</script>"),
    }

    answer = house.browser("author").post(path, words)

    assert answer.status_code == 422
    assert Case.objects.get(pk=house.case.pk).answers["links"] == "https://fine.example/"
    assert typed_in(answer.content, "links") == ["https://fine.example/"]
    assert Attachment.objects.filter(case=house.case).count() == 2


def test_a_file_in_a_field_of_words_and_words_in_the_field_of_a_file_do_no_harm(house: House):
    author = house.browser("author")

    for section in SECTIONS:
        path = reverse("cases:section", args=[house.case.code, section.key])
        there = author.post(path, {"title": make_upload(), "links": make_upload(), "file": "no file"})
        assert there.status_code < 500
    assert author.post(reverse("my_ask"), {"email": make_upload()}).status_code == 422


def test_the_anchor_of_every_complaint_leads_to_something_on_its_page(house: House):
    """A page that complains is only of use when each line of the summary leads to the field."""
    Case.objects.filter(pk=house.other.case_id).update(answers={}, title="")
    browser = house.browser("another author")

    for section in SECTIONS:
        path = reverse("cases:section", args=[house.other.case.code, section.key])
        page = html5lib.parse(browser.get(f"{path}?missing=1").content, namespaceHTMLElements=False)
        there = {each.get("id") for each in page.iter() if each.get("id")}
        lines = [
            a.get("href") for box in page.iter("div") if box.get("class") == "sum" for a in box.iter("a")
        ]
        assert {line.removeprefix("#") for line in lines} <= there
        wanted = {anchor_of(question.key) for question in section.questions if question.required}
        assert wanted <= {line.removeprefix("#") for line in lines}
