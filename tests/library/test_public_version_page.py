"""The author's page of the public version: exactly what would be public, what is different, and their word by POST."""

import html5lib
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases import agreeing, drafting, pictures, publishing
from cases.models import Agreement, Attachment, Colleague, PublicCase
from cases.on_my_page import cases_of
from people import links
from tests.cases import samples
from tests.library.makers import (
    accept,
    agree,
    edit,
    fresh,
    make_accepted,
    make_asked,
    make_prepared,
    make_published,
)
from tests.makers import (
    DAY,
    HOUR,
    NOON,
    author_of,
    key_for,
    letters_posted,
    make_boss,
    make_colleague,
    make_draft,
    make_submission,
)

pytestmark = pytest.mark.django_db


def browser_of(part: Colleague) -> Client:
    return key_for(Client(), part)


def path_of(public: PublicCase) -> str:
    return reverse("cases:public_version", args=[public.case.code])


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    html5lib.HTMLParser(strict=True).parse(answer.content.decode())
    return answer.content.decode()


def link_in(letter) -> str:
    return "/l/" + links.address_of(letter.context["link"]).rpartition("/")[2]


def press(asked: Agreement, act: str, words: str = "", *, client: Client | None = None):
    public = asked.public_case
    client = client or browser_of(author_of(public.case))
    return client.post(path_of(public), {"act": act, "digest": asked.digest, f"words-{act}": words})


def test_looking_at_the_link_twice_changes_nothing_and_pressing_leads_to_the_page():
    asked = make_asked()
    link, stranger = link_in(letters_posted("agreement")[0]), Client()

    for _ in range(2):
        assert "Look at the public version" in stranger.get(link).content.decode()
    assert stranger.get(path_of(asked.public_case)).status_code == 403
    assert stranger.post(link).headers["Location"] == path_of(asked.public_case)
    assert stranger.get(path_of(asked.public_case)).status_code == 200
    assert Agreement.objects.get().answer == ""


def test_the_page_shows_the_text_and_word_by_word_what_is_different():
    public = edit(make_prepared(), short="Two countries run one net of river gauges.")
    make_asked(public)

    said = page(browser_of(author_of(public.case)), path_of(public))

    assert "Two countries run one net of river gauges." in said
    assert '<del><span class="vh">taken out: </span> set<span class="vh"> (end) </span></del>' in said
    assert '<ins><span class="vh">put in: </span> net<span class="vh"> (end) </span></ins>' in said


def test_what_staff_write_after_they_asked_is_not_shown():
    public = make_asked().public_case
    edit(public, short="Nobody has been asked about this yet.")

    assert "Nobody has been asked about this yet." not in page(
        browser_of(author_of(public.case)), path_of(public)
    )


def test_before_anybody_asks_the_page_shows_nothing_of_the_draft():
    public = edit(make_prepared(), short="Half a sentence of ours")

    said = page(browser_of(author_of(public.case)), path_of(public))

    assert "Half a sentence" not in said
    assert "It is shown to you before it is public" in said


def test_agreeing_is_one_press():
    asked = make_asked()

    answer = press(asked, "agree")

    assert answer.headers["Location"] == path_of(asked.public_case)
    assert Agreement.objects.get().answer == "agreed"
    assert "You agreed on" in page(browser_of(author_of(asked.public_case.case)), path_of(asked.public_case))


@pytest.mark.parametrize("act", ["wishes", "refuse"])
def test_words_that_are_needed_and_missing_are_asked_for_beside_the_box(act):
    asked = make_asked()

    answer = press(asked, act)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Agreement.objects.get().answer == ""


def test_words_are_kept_when_the_text_was_changed_meanwhile():
    asked = make_asked()
    agreeing.ask(edit(asked.public_case, short="Said anew."), by=make_boss(), at=NOON + HOUR)

    answer = press(asked, "wishes", "Name the river, please.")

    assert answer.status_code == 409
    assert "Name the river, please." in answer.content.decode()
    assert [each.answer for each in Agreement.objects.all()] == ["", ""]


@pytest.mark.parametrize("role", ["editor", "reader"])
def test_a_colleague_reads_the_page_and_answers_nothing(role):
    asked = make_asked()
    client = browser_of(make_colleague(asked.public_case.case, role))

    said = page(client, path_of(asked.public_case))
    answer = press(asked, "refuse", "Words that nobody may lose.", client=client)

    assert "I agree to this text" not in said
    assert answer.status_code == 403
    assert "Words that nobody may lose." in answer.content.decode()
    assert Agreement.objects.get().answer == ""


def test_the_key_of_another_case_opens_nothing():
    asked, other = make_asked(), make_draft()
    client = browser_of(author_of(other))

    assert client.get(path_of(asked.public_case)).status_code == 403
    assert press(asked, "agree", client=client).status_code == 403
    assert Agreement.objects.get().answer == ""


def test_a_case_without_a_public_version_has_no_such_page():
    case = make_accepted()

    assert (
        browser_of(author_of(case)).get(reverse("cases:public_version", args=[case.code])).status_code == 404
    )


def test_html_in_words_is_text_wherever_it_is_read():
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    public = edit(make_prepared(), title=f"A {evil}", short=evil, tags=[evil])
    asked = make_asked(public)
    press(asked, "wishes", evil)

    said = page(browser_of(author_of(public.case)), path_of(public))

    assert "<script>alert" not in said
    assert "<img src=x" not in said
    assert "&lt;script&gt;alert(1)" in said


def test_the_author_is_told_what_each_file_carries():
    draft = make_draft(complete=True, begun_at=NOON - 2 * DAY)
    upload = SimpleUploadedFile("memo.pdf", samples.pdf(b"<</Author(Greta Secret)>>"))
    memo = drafting.attach(author_of(draft), upload, at=NOON - DAY)
    case = accept(make_submission(draft, at=NOON - HOUR).case)
    file = {"code": memo.code, "name": memo.name, "kind": memo.kind, "size": memo.size}
    public = edit(make_prepared(case), files=[file])
    make_asked(public)

    said = page(browser_of(author_of(case)), path_of(public))

    assert "the name of whoever wrote or last saved it" in said
    assert "Greta Secret" not in said


def test_who_looks_first_reads_what_readers_will_read_under_the_same_headings():
    public = agree(
        edit(
            make_prepared(),
            video="https://video.example/bridge",
            sections=[{"key": "results", "text": "- fewer floods\n- one centre"}],
        )
    )
    ours = page(browser_of(author_of(public.case)), path_of(public))
    publishing.publish(public, by=make_boss(), at=NOON)
    theirs = page(Client(), reverse("cases:case", args=[public.slug]))

    for words in (
        "Results so far",
        "<ul><li>fewer floods</li><li>one centre</li></ul>",
        "Watch on video.example",
        "How they work together",
        "Told by",
    ):
        assert words in ours
        assert words in theirs


def test_pictures_of_the_draft_are_shown_to_who_takes_part_and_to_nobody_else():
    public = make_prepared()
    made = pictures.made_of(public, Attachment.objects.get(kind="image"), at=NOON)
    said = {"code": made.code, "alt": "A bridge.", "caption": "", "width": made.width, "height": made.height}
    make_asked(edit(public, pictures=[said]))
    client = browser_of(author_of(public.case))
    address = reverse("cases:picture_of_draft", args=[public.case.code, made.code, pictures.SMALL])

    assert address in page(client, path_of(public))
    answer = client.get(address)
    assert answer["Content-Type"] == "image/webp"
    assert answer["Cache-Control"] == "private, no-store"
    assert Client().get(address).status_code == 403
    assert Client().get(pictures.address_of(made.code, pictures.SMALL)).status_code == 404


# -- Afterwards --------------------------------------------------------------------------------------------------------


def test_a_published_case_offers_the_yearly_answer_and_taking_down():
    public = make_published()
    client = browser_of(author_of(public.case))

    said = page(client, path_of(public))
    assert "I agree to this text" not in said
    assert "It is still true" in said

    client.post(path_of(public), {"act": "changed", "words-changed": "A third city has joined."})
    client.post(path_of(public), {"act": "take-down", "words-take-down": "We have merged."})

    public = fresh(public)
    assert public.yearly_checks.get().words == "A third city has joined."
    assert public.withdrawal_words == "We have merged."
    assert "You asked us to take it down." in page(client, path_of(public))


def test_nonsense_is_refused_kindly():
    public = make_published()
    client = browser_of(author_of(public.case))

    for sent in ({}, {"act": "publish"}, {"act": "agree"}, {"act": "wishes", "digest": "x" * 9000}):
        assert client.post(path_of(public), sent).status_code in (409, 422)


def test_the_overview_and_my_page_tell_the_way_of_the_public_version():
    public = make_asked().public_case
    author = author_of(public.case)

    def steps() -> list[tuple[str, str]]:
        (row,) = cases_of(author.address, at=NOON)["rows"]
        return [(step.state, step.what) for step in row["timeline"]["steps"]]

    assert steps() == [("turn", "We showed you the public version")]
    overview = page(browser_of(author), reverse("cases:overview", args=[public.case.code]))
    assert path_of(public) in overview

    publishing.publish(agree(public), by=make_boss(), at=NOON + DAY)
    assert steps() == [("done", "We showed you the public version"), ("done", "Public")]
    publishing.archive(public, reason="Ended.", by=make_boss(), at=NOON + 2 * DAY)
    assert steps()[-1] == ("done", "Archived")
