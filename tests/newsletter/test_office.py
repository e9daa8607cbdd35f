"""The desk: an issue is written in blocks, looked at, tried on oneself, scheduled, called back and sent."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from newsletter import pictures, sending
from newsletter.models import Block, Issue, Picture
from opsi_portal.roles import EDITORS, MANAGERS
from people.models import Event
from tests.makers import letters_posted, make_upload
from tests.newsletter.makers import make_issue, make_reader, send
from tests.workshops.office import member

pytestmark = pytest.mark.django_db

LIST = "/admin/newsletter/issue/"


def at(issue: Issue, page: str = "change") -> str:
    return f"{LIST}{issue.pk}/{page}/"


def block(n: int, kind: str, **words: str) -> dict[str, str]:
    names = ("title", "words", "source", "alt")
    said = {f"{name}_{k}": "" for name in names for k in ("en", "ar")} | {
        f"{k}_en": v for k, v in words.items() if k in names
    }
    said |= {k: v for k, v in words.items() if k not in names}
    return {
        f"blocks-{n}-{name}": value
        for name, value in {"position": str(10 * n + 10), "kind": kind, **said}.items()
    }


def written(*blocks: dict, title: str = "Three sessions", **more) -> dict:
    said = {"title_en": title, "opening_en": "Come.", "topics": ["events"]}
    forms = {"blocks-TOTAL_FORMS": len(blocks), "blocks-INITIAL_FORMS": 0}
    forms |= {"blocks-MIN_NUM_FORMS": 0, "blocks-MAX_NUM_FORMS": 30}
    return {
        **said,
        **forms,
        **{k: v for each in blocks for k, v in each.items()},
        "_continue": "Save",
        **more,
    }


def picture_file() -> bytes:
    kept, exif = io.BytesIO(), Image.Exif()
    exif[0x010E], exif[0x0112] = "Taken by Jo at home", 6  # words, and «turn it by a quarter»
    Image.new("RGB", (3000, 1500), "#0b5277").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def test_an_issue_is_written_in_blocks_without_a_script(client):
    editor = member(client, EDITORS)
    page = editor.get(f"{LIST}add/").content.decode()
    assert 'name="blocks-2-kind"' in page and 'value="30"' in page, "empty blocks propose their places"

    upload = make_upload("bridge.jpg", picture_file())
    sent = written(
        block(0, "text", title="June", words="We meet.\n\nTwice."),
        block(1, "picture", alt="A bridge", source="Photo: Jo"),
        block(2, "link", title="The report", url="https://oecd.example/r"),
    )
    answer = editor.post(f"{LIST}add/", sent | {"blocks-1-upload": upload}, follow=True)

    issue = Issue.objects.get()
    assert answer.redirect_chain[-1][0] == at(issue)
    assert [each.kind for each in issue.blocks.all()] == ["text", "picture", "link"]
    assert issue.parts("en")[0]["paragraphs"] == ["We meet.", "Twice."]
    assert issue.history.count() == 1 and issue.history.get().history_user.email == "lea@oecd.example"


def test_a_picture_is_made_anew_upright_smaller_and_without_what_the_camera_wrote(client):
    picture = pictures.made_anew(make_upload("bridge.jpg", picture_file()), at=timezone.now())

    answer = client.get(picture.path)
    data = b"".join(answer.streaming_content)
    image = Image.open(io.BytesIO(data))
    assert (image.size, (picture.width, picture.height)) == ((800, 1600), (800, 1600))
    assert dict(image.getexif()) == {} and b"Taken by Jo" not in data
    assert (answer.headers["Content-Type"], "immutable" in answer.headers["Cache-Control"]) == (
        "image/jpeg",
        True,
    )
    assert client.get("/news/pictures/unknown.jpg").status_code == 404


def test_what_shines_through_stays_a_png():
    kept = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(kept, "PNG")

    assert pictures.made_anew(make_upload("a.png", kept.getvalue()), at=timezone.now()).kind == "image/png"


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"\xff\xd8\xff\xe0 broken", b"GIF89a" + b"\0" * 50],
)
def test_what_is_no_picture_is_refused_in_words(client, data):
    editor = member(client, EDITORS)
    sent = written(block(0, "picture", alt="A bridge"))

    answer = editor.post(f"{LIST}add/", sent | {"blocks-0-upload": make_upload("a.jpg", data)})

    assert answer.status_code == 200 and not Issue.objects.exists() and not Picture.objects.exists()
    page = answer.content.decode()
    assert (
        "This picture is damaged, or of a kind that we cannot read." in page
        or "The submitted file is empty." in page
    )


def test_a_picture_that_was_taken_stays_taken_when_something_else_is_wrong(client):
    editor = member(client, EDITORS)
    first = editor.post(
        f"{LIST}add/",
        written(block(0, "picture")) | {"blocks-0-upload": make_upload("a.jpg", picture_file())},
    )
    assert "A block of this kind needs it." in first.content.decode()
    name = Picture.objects.get().name
    assert f'value="{name}"' in first.content.decode()

    editor.post(f"{LIST}add/", written(block(0, "picture", alt="A bridge", kept=name)))

    assert Block.objects.get().picture.name == name


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("text", {"title": "June"}),
        ("quotation", {"words": "It works."}),
        ("link", {"title": "Here"}),
        ("button", {"url": "https://oecd.example/"}),
        ("picture", {"alt": "A bridge"}),
        ("link", {"title": "Here", "url": "javascript:alert(1)"}),
        ("link", {"title": "Here", "url": "ftp://oecd.example/"}),
        ("text", {"words": "x", "position": "-1"}),
    ],
)
def test_what_is_missing_in_a_block_is_said_and_nothing_is_saved(client, kind, words):
    editor = member(client, EDITORS)

    answer = editor.post(f"{LIST}add/", written(block(0, kind, **words)))

    assert answer.status_code == 200 and not Issue.objects.exists()
    assert "Three sessions</textarea>" in answer.content.decode()


def test_every_saving_that_changes_something_counts_and_stands_in_the_history(client):
    editor = member(client, EDITORS)
    editor.post(f"{LIST}add/", written(block(0, "text", words="We meet.")))
    issue, first = Issue.objects.get(), Block.objects.get()
    page = editor.get(at(issue)).content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    same = written(block(0, "text", words="We meet.", id=str(first.pk), issue=str(issue.pk)), seen=seen)
    same["blocks-INITIAL_FORMS"] = 1

    editor.post(at(issue), same)
    assert Issue.objects.get().version == 1, "nothing was changed"
    editor.post(at(issue), same | {"blocks-0-words_en": "We meet twice."})

    assert Issue.objects.get().version == 2
    history = editor.get(at(issue, "history")).content.decode()
    assert "We meet twice." in history and "<del" in history and "Block changed" in history
    stale = editor.post(at(issue), same | {"title_en": "Another"})
    assert "Somebody else saved this while you were writing." in stale.content.decode()


def test_it_is_looked_at_as_text_and_as_a_page_and_tried_on_oneself(client):
    manager, issue = member(client, MANAGERS), make_issue()
    make_reader()

    page = manager.get(at(issue, "look")).content.decode()
    assert "We meet." in page and "[link]" in page and "It reaches 1 reader now." in page
    frame = manager.get(f"{LIST}{issue.pk}/html/en/")
    assert "Come &amp; see &lt;us&gt;." in frame.content.decode()
    assert "frame-ancestors 'self'" in frame.headers["Content-Security-Policy"]
    assert manager.get(f"{LIST}{issue.pk}/html/xx/").status_code == 404
    manager.post(at(issue, "try"))

    assert [letter.address.email for letter in letters_posted("news-tried")] == ["lea@oecd.example"]


def in_paris(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT10:00")


def test_scheduling_shows_the_instant_and_whom_it_reaches_before_anything_happens(client):
    manager, issue = member(client, MANAGERS), make_issue()
    make_reader()
    said = {"when": "later", "local": in_paris(3)}

    shown = manager.post(at(issue, "send"), said).content.decode()
    assert "10:00 Paris time" in shown and "It reaches 1 reader now." in shown
    assert Issue.objects.get().state == "draft"

    manager.post(at(issue, "send"), said | {"confirm": "yes", "seen": "1"})
    issue.refresh_from_db()
    assert issue.state == "scheduled"
    assert manager.get(at(issue)).context["title"].startswith("View"), "what is scheduled is not changed"
    assert "10:00 Paris time" in manager.get(LIST).content.decode()

    manager.post(at(issue, "call-back"))
    issue.refresh_from_db()
    assert issue.state == "draft"
    done = set(Event.objects.filter(object_kind="issue").values_list("action", flat=True))
    assert done == {"issue scheduled", "issue called back"}
    assert "Called back" in manager.get(at(issue, "history")).content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "This field is required."),
        ({"when": "later"}, "Enter a day and a time."),
        ({"when": "later", "local": "soon"}, "Enter a valid date/time."),
        (
            {"when": "later", "local": "2026-03-29T02:30", "confirm": "yes", "seen": "1"},
            "jump over this time",
        ),
        (
            {"when": "later", "local": "2020-06-01T10:00", "confirm": "yes", "seen": "1"},
            "This instant has passed.",
        ),
        ({"when": "now", "confirm": "yes", "seen": "7"}, "Somebody has changed it since"),
        ({"when": "now", "confirm": "yes", "seen": "x"}, "Please look again."),
        ({"when": "now", "confirm": "yes"}, "Please look again."),
    ],
)
def test_what_is_wrong_with_an_instant_is_said(client, said, words):
    manager, issue = member(client, MANAGERS), make_issue()

    assert words in manager.post(at(issue, "send"), said).content.decode()
    assert Issue.objects.get().state == "draft"


def test_sent_now_it_is_on_its_way_and_can_neither_be_changed_nor_called_back(client):
    manager, issue = member(client, MANAGERS), make_issue()
    make_reader(at=timezone.now())
    manager.post(at(issue, "send"), {"when": "now", "confirm": "yes", "seen": "1"})
    sending.carry_on(timezone.now())

    page = manager.get(at(issue, "look")).content.decode()
    assert "Letters written" in page and "Its public page" in page
    assert "cannot be called back" in manager.post(at(issue, "call-back"), follow=True).content.decode()
    assert manager.post(at(issue), written(block(0, "text", words="Other"))).status_code == 403
    assert manager.post(at(issue, "delete"), {"post": "yes"}).status_code == 403
    assert len(letters_posted("news")) == 1


def test_who_writes_does_not_send(client):
    editor, issue = member(client, EDITORS), make_issue()
    for page in ("send", "call-back"):
        assert editor.post(at(issue, page), {"when": "now", "confirm": "yes", "seen": "1"}).status_code == 403
    assert "Send it</a>" not in editor.get(at(issue, "look")).content.decode()
    assert Client().post(at(issue, "send")).status_code == 302

    assert Issue.objects.get().state == "draft"


def test_the_lists_ask_the_same_few_questions_for_one_row_and_for_many(client, django_assert_max_num_queries):
    manager = member(client, MANAGERS)
    for _n in range(5):
        make_reader()
        make_issue()
    for path in (LIST, "/admin/newsletter/subscription/", "/admin/outbox/bounce/"):
        manager.get(path)
        with django_assert_max_num_queries(12):
            assert manager.get(path).status_code == 200


def test_staff_find_a_reader_and_read_what_they_agreed_to(client):
    manager, reader = member(client, MANAGERS), make_reader("marta@kisumu.example", ["reports"])

    rows = manager.get("/admin/newsletter/subscription/", {"q": "MARTA"}).context["cl"].result_list
    page = manager.get(f"/admin/newsletter/subscription/{reader.pk}/change/").content.decode()

    assert list(rows) == [reader]
    assert "confirmed from the mailbox" in page and "news-2027.1 (English): We use your address" in page
    assert (
        manager.post(f"/admin/newsletter/subscription/{reader.pk}/change/", {"state": "left"}).status_code
        == 403
    )


def test_the_book_says_who_scheduled_and_how_many_it_reached(client):
    make_reader()
    send(make_issue())

    assert Event.objects.get(action="issue scheduled").facts["readers"] == 1
