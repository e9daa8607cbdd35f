"""How staff write: blocks by buttons alone, two at once, what is missing, what would go out, versions and history."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from opsi_portal.roles import EDITORS, MANAGERS, READERS, make_groups
from outputs.models import Output, Version
from tests.cases.samples import picture
from tests.makers import DAY, NOON, letters_posted, make_public_case, make_staff
from tests.outputs.makers import block, make_output, make_published, make_result, publish, rewrite, text
from tests.roof.test_every_page import complaints_about
from tests.workshops.office import member
from workshops.models import Result

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> Client:
    return member(client, MANAGERS)


def entered(group: str) -> Client:
    """Somebody else of staff, at a browser of their own."""
    make_groups(NOON)
    user = make_staff(name="Jo N.")
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor(db) -> Client:
    return entered(EDITORS)


def path(output: Output, page: str = "change") -> str:
    return f"/admin/outputs/output/{output.pk}/{page}/"


def sent(output: Output, **changes: str) -> dict:
    """What the form of the editor holds, as a browser would send it."""
    output = Output.objects.get(pk=output.pk)
    form: dict = {"seen": output.draft_number, "block": [each["id"] for each in output.draft["blocks"]]}
    for key, value in output.draft.items():
        if key != "blocks":
            form |= _values(f"h.{key}", value)
    for each in output.draft["blocks"]:
        for key, value in each.items():
            if key not in ("id",):
                form |= _values(f"b.{each['id']}.{key}", value)
    return form | changes


def _values(name: str, value) -> dict:
    if isinstance(value, dict):
        return {f"{name}.{code}": words for code, words in value.items()}
    return {} if value is False else {name: "on" if value is True else value}


def kinds(output: Output) -> list[str]:
    return [each["type"] for each in Output.objects.get(pk=output.pk).draft["blocks"]]


# -- Beginning and writing -----------------------------------------------------------------------------------------


def test_an_output_begins_with_a_title_and_gets_its_address_from_it(manager: Client):
    form = {"kind": "report", "title": "Who decides?", "language": "en", "slug": ""}

    answer = manager.post("/admin/outputs/output/add/", form)
    again = manager.post("/admin/outputs/output/add/", form)

    output = Output.objects.get()
    assert answer["Location"] == path(output)
    assert (output.slug, output.draft["title"]) == ("who-decides", {"en": "Who decides?"})
    assert again.status_code == 422 and b"Another one has this address" in again.content
    assert b"Who decides?" in again.content


def test_blocks_are_added_moved_and_removed_by_buttons_alone(manager: Client):
    output = make_output("report", text("One"), text("Two"))
    first, second = (each["id"] for each in output.draft["blocks"])

    manager.post(path(output), sent(output, then="add", type="quotation", after=first))
    assert kinds(output) == ["text", "quotation", "text"]
    answer = manager.post(path(output), sent(output, then=f"up:{second}"))
    assert kinds(output) == ["text", "text", "quotation"]
    assert answer["Location"] == f"{path(output)}#block-{second}"
    manager.post(path(output), sent(output, then=f"down:{first}"))
    manager.post(path(output), sent(output, then=f"remove:{first}"))

    assert [each["id"] for each in Output.objects.get(pk=output.pk).draft["blocks"]][0] == second
    assert kinds(output) == ["text", "quotation"]


def test_a_button_of_a_block_saves_every_word_that_was_typed(manager: Client):
    output = make_output("report", text("One"))
    (each,) = output.draft["blocks"]

    manager.post(
        path(output), sent(output, then="add", type="case", **{f"b.{each['id']}.text.en": "Changed"})
    )

    assert Output.objects.get(pk=output.pk).draft["blocks"][0]["text"] == {"en": "Changed"}


def test_what_is_wrong_is_kept_as_typed_and_listed_with_the_way_to_it(manager: Client):
    output = make_output("dialogue", block("video", video="http://evil.example/<x>", title={"en": "Bad"}))
    (each,) = output.draft["blocks"]

    manager.post(path(output), sent(output, **{"h.starts": "the third of June", "h.title.en": ""}))
    page = manager.get(path(output))

    html = page.content.decode()
    assert "http://evil.example/&lt;x&gt;" in html and complaints_about(page.content) == []
    assert re.findall(r'<li><a href="#([^"]+)">', html) == ["h.title.en", "h.starts", f"b.{each['id']}.video"]


def test_an_address_that_was_pasted_becomes_the_name_of_what_is_there(manager: Client):
    public = make_public_case()
    output = make_output("report", block("case", case=""))
    (each,) = output.draft["blocks"]
    pasted = f"https://portal.example/en/cases/{public.slug}/v/1/"

    manager.post(path(output), sent(output, **{f"b.{each['id']}.case": pasted}))

    assert Output.objects.get(pk=output.pk).draft["blocks"][0]["case"] == f"case:{public.slug}"
    assert public.title in manager.get(path(output)).content.decode()


def test_two_who_write_at_once_see_both_texts_and_nothing_is_lost(manager: Client, editor: Client):
    output = make_output("report", text("The words of before."))
    (each,) = output.draft["blocks"]
    name = f"b.{each['id']}.text.en"
    mine = sent(output, **{name: "My words."})
    editor.post(path(output), sent(output, **{name: "Their words."}))

    refused = manager.post(path(output), mine)

    html = refused.content.decode()
    assert refused.status_code == 409
    assert "My words." in html and "Their words." in html and complaints_about(refused.content) == []
    assert Output.objects.get(pk=output.pk).draft["blocks"][0]["text"] == {"en": "Their words."}
    seen = re.search(r'name="seen" value="(\d+)"', html)[1]
    assert manager.post(path(output), {**mine, "seen": seen}).status_code == 302
    assert Output.objects.get(pk=output.pk).draft["blocks"][0]["text"] == {"en": "My words."}


def test_a_block_that_somebody_added_meanwhile_is_named_before_it_is_taken_out(
    manager: Client, editor: Client
):
    output = make_output("report", text("One"))
    mine = sent(output)
    mine["h.title.en"] = "Mine"
    rewrite(output, *output.draft["blocks"], text("A new paragraph of theirs."))

    html = manager.post(path(output), mine).content.decode()

    assert "They have added these blocks" in html and "A new paragraph of theirs." in html


def test_pressing_save_twice_changes_nothing_the_second_time(manager: Client):
    output = make_output("report")
    form = sent(output, **{"h.by": "Somebody"})

    answers = [manager.post(path(output), form).status_code for _press in range(2)]

    assert answers == [302, 302]
    assert Output.objects.get(pk=output.pk).draft_number == output.draft_number + 1


def test_a_picture_is_taken_in_and_a_file_that_is_none_costs_no_word(manager: Client):
    output = make_output("story", block("picture"))
    (each,) = output.draft["blocks"]
    name = f"b.{each['id']}.picture"
    good = SimpleUploadedFile("bridge.jpg", picture("JPEG"), content_type="image/jpeg")
    bad = SimpleUploadedFile("bridge.jpg", b"<svg onload=alert(1)>", content_type="image/jpeg")

    refused = manager.post(path(output), sent(output, **{f"b.{each['id']}.credit": "Jo"}) | {name: bad})
    assert refused.status_code == 422 and complaints_about(refused.content) == []
    assert Output.objects.get(pk=output.pk).draft["blocks"][0]["credit"] == "Jo"
    taken = manager.post(path(output), sent(output) | {name: good})

    assert taken.status_code == 302
    code = Output.objects.get(pk=output.pk).draft["blocks"][0]["picture"]
    assert output.pictures.get().code == code
    assert f"/outputs/pictures/{code}/800.webp" in manager.get(path(output)).content.decode()


def drawn(size: tuple[int, int], mode: str = "L", kind: str = "PNG") -> SimpleUploadedFile:
    file = BytesIO()
    Image.new(mode, size).save(file, kind)
    name = "bridge.png" if kind == "PNG" else "bridge.jpg"
    return SimpleUploadedFile(name, file.getvalue())


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)//https://youtu.be/a", "https://[x", "//evil.example", "https://a@b.example"],
)
def test_a_draft_leads_nobody_who_looks_at_it_to_what_is_no_address(manager: Client, typed: str):
    video = block("video", video=typed, title={"en": "The bridge opens"})
    output = make_output("dialogue", video, register=typed, recording=typed)

    page = manager.get(f"/en/outputs/preview/{output.pk}/")

    assert page.status_code == 200 and typed not in page.content.decode()
    assert complaints_about(page.content) == []


@pytest.mark.parametrize(
    ("size", "mode", "kind"),
    [
        ((10, 29_000), "L", "PNG"),
        ((1, 17_000), "P", "PNG"),
        ((8, 20_000), "RGB", "JPEG"),
        ((29_000, 10), "RGBA", "PNG"),
        ((60, 40), "I;16", "PNG"),
        ((60, 40), "CMYK", "JPEG"),
    ],
)
def test_a_picture_of_any_shape_is_made_to_fit(manager: Client, size, mode, kind):
    output = make_output("story", block("picture"))
    (each,) = output.draft["blocks"]

    taken = manager.post(path(output), sent(output) | {f"b.{each['id']}.picture": drawn(size, mode, kind)})

    made = output.pictures.get()
    assert taken.status_code == 302 and 0 < made.width <= 1600 and 0 < made.height <= 3200


def test_a_picture_with_more_points_than_are_read_is_refused_and_no_word_is_lost(manager: Client):
    output = make_output("story", block("picture"))
    (each,) = output.draft["blocks"]
    name = f"b.{each['id']}."
    words = {f"{name}credit": "Jo", f"{name}picture": drawn((6000, 5001), "1")}

    refused = manager.post(path(output), sent(output) | words)

    assert refused.status_code == 422 and "30 million points" in refused.content.decode()
    assert Output.objects.get(pk=output.pk).draft["blocks"][0]["credit"] == "Jo"


def test_an_empty_form_of_nowhere_takes_no_block_away(manager: Client):
    output = make_output("report")

    assert manager.post(path(output), {}).status_code == 409
    assert kinds(output) == ["text"]


def test_the_editor_costs_the_same_with_one_block_and_with_thirty(manager: Client):
    public = make_public_case()
    small, large = (
        make_output("report"),
        make_output("report", *(block("case", case=f"case:{public.slug}") for _ in range(30))),
    )

    counts = []
    for output in (small, large):
        manager.get(path(output))
        with CaptureQueriesContext(connection) as asked:
            assert manager.get(path(output)).status_code == 200
        counts.append(len(asked))

    assert counts[1] <= counts[0] + 1


def test_the_list_costs_the_same_with_one_and_with_three(manager: Client):
    counts = []
    for _round in range(2):
        make_published("report"), make_output("story")
        manager.get("/admin/outputs/output/")
        with CaptureQueriesContext(connection) as asked:
            assert manager.get("/admin/outputs/output/").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]


# -- Looking, publishing, withdrawing -------------------------------------------------------------------------------


def test_a_preview_is_the_page_as_it_would_be_for_staff_alone_and_kept_by_nobody(manager: Client):
    output = make_output("report", text("Nobody has read this yet."))
    where = f"/en/outputs/preview/{output.pk}/"

    page = manager.get(where)

    assert b"Nobody has read this yet." in page.content and complaints_about(page.content) == []
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("private, no-store", "noindex")
    assert Client().get(where).status_code == 404
    assert manager.get("/en/outputs/preview/99999999999999999999999/").status_code == 404


@pytest.mark.parametrize("kind", ["report", "story", "dialogue"])
def test_a_draft_with_nothing_in_it_can_be_looked_at(manager: Client, kind: str):
    output = make_output(kind)
    rewrite(
        output,
        *(block(each) for each in ("text", "picture", "quotation", "figure", "case", "result", "output")),
    )
    rewrite(
        output, block("video"), text(""), **({"starts": "", "zone": "Nowhere"} if kind == "dialogue" else {})
    )

    page = manager.get(f"/en/outputs/preview/{output.pk}/")

    assert (page.status_code, complaints_about(page.content)) == (200, [])


def test_before_it_goes_out_the_page_says_what_is_cited_and_who_is_told(manager: Client):
    public = make_public_case()
    output = make_output("report", block("case", case=f"case:{public.slug}"), title="What we saw")

    page = manager.get(path(output, "publish"))

    html = page.content.decode()
    assert complaints_about(page.content) == []
    for words in (
        "version 1",
        public.title,
        "1 person learns",
        "Marta Okello",
        "The report “What we saw” cites",
    ):
        assert words in html, words
    assert not letters_posted("cited") and not Version.objects.exists()


def seen_on(page) -> str:
    return re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]


def test_pressing_publish_does_what_the_page_said(manager: Client):
    public = make_public_case()
    output = make_output("report", block("case", case=f"case:{public.slug}"))
    seen = seen_on(manager.get(path(output, "publish")))

    answer = manager.post(
        path(output, "publish"), {"then": "publish", "seen": seen, "note": "The first."}, follow=True
    )

    assert b"Version 1 is published. 1 letter is on its way." in answer.content
    assert Version.objects.get().published_by.email == "lea@oecd.example"


def test_what_changed_since_one_looked_is_shown_again_and_does_not_go_out(manager: Client):
    output = make_output("report")
    seen = seen_on(manager.get(path(output, "publish")))
    rewrite(output, text("Something else."))

    answer = manager.post(path(output, "publish"), {"then": "publish", "seen": seen, "note": "My note"})

    assert answer.status_code == 409 and b"Something has changed since you looked" in answer.content
    assert b"My note" in answer.content and complaints_about(answer.content) == []
    assert not Version.objects.exists()
    assert (
        manager.post(path(output, "publish"), {"then": "publish", "seen": seen_on(answer)}).status_code == 302
    )


def test_a_time_is_typed_as_the_clocks_of_paris_show_it(manager: Client):
    output = make_output("report")
    seen = seen_on(manager.get(path(output, "publish")))
    day = (timezone.now() + timedelta(days=9)).date()

    without = manager.post(path(output, "publish"), {"then": "schedule", "seen": seen})
    past = manager.post(
        path(output, "publish"), {"then": "schedule", "seen": seen, "publish_at": "2020-01-01T10:00"}
    )
    manager.post(path(output, "publish"), {"then": "schedule", "seen": seen, "publish_at": f"{day}T10:00"})

    assert (without.status_code, past.status_code) == (422, 422)
    assert b"Choose a time that is still to come." in past.content
    output.refresh_from_db()
    assert output.publish_at.astimezone(ZoneInfo("Europe/Paris")).hour == 10
    assert b"It goes out by itself on" in manager.get(path(output)).content
    manager.post(path(output, "unschedule"))
    output.refresh_from_db()
    assert output.publish_at is None


def test_an_editor_writes_and_does_not_publish(editor: Client):
    output = make_output("report")

    assert editor.post(path(output), sent(output, **{"h.by": "An editor"})).status_code == 302
    assert editor.get(path(output, "publish")).status_code == 403
    assert editor.post(path(output, "withdraw"), {"reason": "x"}).status_code == 403
    assert Client().post(path(output), sent(output, **{"h.by": "A stranger"})).status_code in (302, 403)
    assert Output.objects.get(pk=output.pk).draft["by"] == "An editor"


def test_who_may_only_look_finds_no_form_and_saves_nothing():
    reader = entered(READERS)
    output = make_output("report")

    page = reader.get(path(output))
    refused = reader.post(path(output), sent(output, **{"h.by": "A reader"}))

    assert b"You may look at the draft" in page.content and b"<textarea" not in page.content
    assert refused.status_code == 403


def test_withdrawing_names_the_places_that_cite_it(manager: Client):
    output = make_published("story", title="The bridge")
    make_published("report", block("output", output=f"story:{output.slug}"), title="The great report")

    page = manager.get(path(output, "withdraw"))
    without = manager.post(path(output, "withdraw"), {"reason": ""})
    manager.post(path(output, "withdraw"), {"reason": "A number was wrong."})

    assert b"The great report" in page.content and complaints_about(page.content) == []
    assert without.status_code == 422
    assert Output.objects.get(pk=output.pk).state == "withdrawn"


def test_what_was_published_cannot_be_deleted_and_a_draft_can(manager: Client):
    published, draft = make_published("report"), make_output("report")

    for output in (published, draft):
        manager.post(path(output, "delete"), {"post": "yes"})

    assert list(Output.objects.all()) == [published]


# -- Versions and history ----------------------------------------------------------------------------------------------


def test_versions_say_what_each_changed_word_by_word(manager: Client):
    output = make_published("report", text("The river is wide."))
    (each,) = output.draft["blocks"]
    rewrite(output, {**each, "text": {"en": "The river is deep and wide."}})
    publish(output, at=NOON + DAY, note="Deeper.")

    listed = manager.get(path(output, "versions"))
    changed = manager.get(f"{path(output, 'versions')}2/")

    assert b"Deeper." in listed.content
    assert "<ins> deep and</ins>" in changed.content.decode() and b"<del>" not in changed.content
    assert [complaints_about(page.content) for page in (listed, changed)] == [[], []]
    assert manager.get(f"{path(output, 'versions')}3/").status_code == 404


def test_the_history_tells_every_deed(manager: Client):
    output = make_published("report")

    page = manager.get(path(output, "history"))

    html = page.content.decode()
    assert "Begun" in html and "Draft saved" in html and "Published: Version 1" in html
    assert complaints_about(page.content) == []


@pytest.mark.parametrize(
    "asked", ["draft__contains=a", "slug__startswith=a", "changed_by__email__startswith=a"]
)
def test_the_list_answers_no_question_but_those_it_shows(manager: Client, asked: str):
    assert manager.get(f"/admin/outputs/output/?{asked}").status_code == 400
    assert (
        manager.get("/admin/outputs/output/?kind__exact=story&state__exact=draft&going=trouble").status_code
        == 200
    )


# -- What came of a workshop -------------------------------------------------------------------------------------------


def test_results_of_a_session_are_recorded_worded_anew_and_kept_once_they_are_cited(manager: Client):
    result = make_result()
    where = f"/admin/workshops/workshop/{result.workshop_id}/results/"
    make_published("report", block("result", result=f"result:{result.workshop.slug}/1"))
    form = {
        f"r{result.pk}-title_en": "Begin with the mistakes",
        f"r{result.pk}-words_en": "Agree first.",
        f"r{result.pk}-seen": "1",
        "new-title_en": "A second one",
        "new-words_en": "More words.",
    }

    page = manager.get(where)
    saved = manager.post(where, form)
    kept = manager.post(
        where,
        {
            **form,
            f"r{result.pk}-seen": "2",
            f"r{result.pk}-remove": "on",
            "new-title_en": "",
            "new-words_en": "",
        },
    )

    assert complaints_about(page.content) == [] and saved.status_code == 302
    assert list(Result.objects.values_list("number", "edition")) == [(1, 2), (2, 1)]
    assert kept.status_code in (409, 422) and complaints_about(kept.content) == []


def test_two_who_word_a_result_at_once_do_not_overwrite_each_other(manager: Client):
    result = make_result()
    where = f"/admin/workshops/workshop/{result.workshop_id}/results/"
    name = f"r{result.pk}"
    mine = {f"{name}-title_en": "Mine", f"{name}-words_en": "My words.", f"{name}-seen": "1"}
    manager.post(where, {**mine, f"{name}-title_en": "Theirs"})

    refused = manager.post(where, mine)

    assert refused.status_code == 409 and b"My words." in refused.content
    assert Result.objects.get().title_text == "Theirs"
