"""An output goes out as a numbered version: all of it or nothing, at once or at its time, and its people hear once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.models import PublicCase
from opsi_portal.celery import TIMETABLE
from outbox.models import OutboxMessage
from outputs import letters, pictures, publishing
from outputs.models import Citation, Output, Version
from people.models import Event
from tests.makers import (
    DAY,
    HOUR,
    NOON,
    letters_posted,
    make_boss,
    make_colleague,
    make_desk_research,
    make_public_case,
    make_submission,
)
from tests.outputs.makers import (
    block,
    cites,
    make_output,
    make_picture,
    make_published,
    make_result,
    publish,
    rewrite,
    text,
)

pytestmark = pytest.mark.django_db


def case_block(public: PublicCase) -> dict:
    return block("case", case=f"case:{public.slug}")


def mark(output: Output) -> str:
    return publishing.foresee(Output.objects.select_related("version").get(pk=output.pk), at=NOON).mark


# -- Going out ---------------------------------------------------------------------------------------------------------


def test_publishing_writes_a_version_what_it_cites_and_letters_in_one_go():
    public, result = make_public_case(), make_result()
    earlier = make_published("story")
    output = make_output(
        "report",
        text(f"# One\n\nAs [a story](story:{earlier.slug}) tells."),
        case_block(public),
        cites(result),
    )

    version = publish(output, note="The first.")

    output.refresh_from_db()
    assert (output.state, output.version, output.published_at) == ("published", version, NOON)
    assert (version.number, version.note, version.said["title"]) == (1, "The first.", output.title)
    first, second, third = output.draft["blocks"]
    assert list(version.citations.values_list("key", "anchor", "number", "edition", "result", "cited")) == [
        (f"story:{earlier.slug}", f"b-{first['id']}", 1, None, None, earlier.version_id),
        (f"case:{public.slug}", f"b-{second['id']}", 1, public.edition_id, None, None),
        (f"result:{result.workshop.slug}/1", f"b-{third['id']}", 1, None, result.pk, None),
    ]
    assert [(letter.kind, letter.address.parts.get().case) for letter in letters_posted("cited")] == [
        ("cited", public.case)
    ]
    told = Event.objects.get(action="output published", object_id=str(output.pk))
    assert told.facts["told"] == 1 and told.reason == "The first."


def test_what_is_published_is_what_was_looked_at_or_nothing():
    public = make_public_case()
    output = make_output("report", case_block(public))
    seen = mark(output)
    rewrite(output, case_block(public), text("Something else."))

    with pytest.raises(publishing.Changed):
        publishing.publish(output, seen=seen, by=make_boss(), at=NOON)

    assert not Version.objects.exists() and not letters_posted("cited")


def test_nothing_goes_out_with_a_gap_or_with_a_case_that_nobody_can_read():
    public = make_public_case()
    output = make_output("report", case_block(public), block("quotation"))
    PublicCase.objects.update(state="unpublished")

    with pytest.raises(publishing.NotReady) as refusal:
        publishing.publish(output, seen=mark(output), by=make_boss(), at=NOON)

    assert [gap.words for gap in refusal.value.gaps] == [
        "2. Quotation: “their words” is missing.",
        "2. Quotation: “who said it” is missing.",
        f"What is cited as “case:{public.slug}” is not shown on this site.",
    ]
    assert not Version.objects.exists()


def test_a_version_keeps_its_words_and_figures_whatever_happens_to_what_it_cites():
    public = make_public_case()
    output = make_published("report", case_block(public), block("figure", by="mechanism"))
    frozen = output.version.content

    make_desk_research(mechanisms=["network"])
    rewrite(output, text("All is new."))
    publish(output, at=NOON + DAY)

    assert Version.objects.get(output=output, number=1).content == frozen
    figure = Version.objects.get(output=output, number=1).said["blocks"][1]
    assert figure["data"] == {"rows": [["joint-service", 1]], "of": 1, "at": NOON.isoformat()}


def test_the_database_refuses_to_change_a_version_or_what_it_cites():
    make_published("report", case_block(make_public_case()))

    for rows, change in (
        (Version.objects.all(), {"content": "{}"}),
        (Version.objects.all(), {"number": 7}),
        (Citation.objects.all(), {"number": 7}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic():
            Citation.objects.all()._raw_delete("default")
    with pytest.raises(TypeError):
        Version.objects.get().save()


def test_pictures_become_public_with_the_version_that_shows_them():
    output = make_output("story")
    shown, spare = make_picture(output), make_picture(output, width=50)
    rewrite(output, block("picture", picture=shown.code, alt={"en": "A bridge"}))

    version = publish(output)

    shown.refresh_from_db()
    spare.refresh_from_db()
    assert (shown.published_at, spare.published_at) == (NOON, None)
    assert version.said["blocks"][0]["size"] == {"width": 40, "height": 30}


# -- Letters -----------------------------------------------------------------------------------------------------------


def test_each_person_hears_once_of_an_output_with_all_their_cases_in_one_letter():
    one = make_public_case(title="The river")
    author = one.case.colleagues.get().address
    other = make_public_case(make_submission(author=author).case, title="The bridge")
    make_colleague(one.case, "editor", email="editor@example.org")
    make_colleague(one.case, "reader", email="reader@example.org")
    output = make_output("report", case_block(one), case_block(other))

    publish(output)
    rewrite(output, case_block(one), case_block(other), text())
    publish(output, at=NOON + DAY)

    told = {letter.address.email: letter.context["cases"] for letter in letters_posted("cited")}
    assert told == {author.email: ["The river", "The bridge"], "editor@example.org": ["The river"]}


def test_whoever_stopped_these_letters_or_takes_none_is_not_written_to():
    stopped, shut = make_public_case(), make_public_case()
    stopped.case.colleagues.get().address.stop(letters.CITED)
    address = shut.case.colleagues.get().address
    address.suppressed_at = NOON
    address.save()
    output = make_output("report", case_block(stopped), case_block(shut))

    foreseen = publishing.foresee(output, at=NOON)
    publish(output)

    assert (len(foreseen.told), foreseen.shut) == (0, 2)
    assert letters_posted("cited") == []


def test_the_letter_can_be_stopped_with_one_click():
    make_published("report", case_block(make_public_case()))

    letter = OutboxMessage.objects.get(kind="cited")

    assert letter.list_unsubscribe
    assert letter.context["stop"]["link"]["what"] == "cited"


# -- At its time -------------------------------------------------------------------------------------------------------


def scheduled(*written: dict, hours: int = 5) -> Output:
    output = make_output("report", *written)
    boss = make_boss()
    return publishing.schedule(
        output, publish_at=NOON + hours * HOUR, seen=mark(output), note="On time.", by=boss, at=NOON
    )


def test_what_is_scheduled_goes_out_at_its_time_and_once():
    output = scheduled(case_block(make_public_case()))

    early = publishing.publish_due(NOON + 5 * HOUR - timedelta(seconds=1))
    on_time = publishing.publish_due(NOON + 5 * HOUR)
    again = publishing.publish_due(NOON + 6 * HOUR)

    output.refresh_from_db()
    assert (early, on_time, again) == (0, 1, 0)
    assert (output.state, output.publish_at, output.version.note) == ("published", None, "On time.")
    assert output.version.published_by_id == Event.objects.get(action="output scheduled").actor_id
    assert len(letters_posted("cited")) == 1


def test_a_draft_that_is_changed_leaves_the_timetable():
    output = scheduled()

    rewrite(output, text("Not looked at by anybody."))

    output.refresh_from_db()
    assert output.publish_at is None
    assert publishing.publish_due(NOON + DAY) == 0
    assert Event.objects.get(action="output unscheduled").reason == "The draft was changed."


def test_what_cannot_go_out_at_its_time_says_why_and_waits_for_staff():
    output = scheduled(case_block(make_public_case()))
    PublicCase.objects.update(state="unpublished")

    went = publishing.publish_due(NOON + DAY)

    output.refresh_from_db()
    assert (went, output.state, output.publish_at) == (0, "draft", None)
    assert "is not shown on this site" in output.trouble
    assert publishing.publish_due(NOON + DAY) == 0


def test_a_time_that_is_over_is_refused():
    output = make_output("report")

    with pytest.raises(publishing.NotPossible):
        publishing.schedule(output, publish_at=NOON, seen=mark(output), by=make_boss(), at=NOON)


def test_the_timetable_comes_by_for_what_is_due():
    tasks = {entry["task"]: entry for entry in TIMETABLE.values()}

    assert tasks["outputs.tasks.publish_due"]["schedule"] <= 60


# -- Withdrawing -------------------------------------------------------------------------------------------------------


def test_withdrawing_keeps_every_version_and_says_why():
    output = make_published("report", case_block(make_public_case()))

    publishing.withdraw(output, reason="A number was wrong.", by=make_boss(), at=NOON + HOUR)

    output.refresh_from_db()
    assert (output.state, output.withdrawn_because) == ("withdrawn", "A number was wrong.")
    assert output.versions.count() == 1
    with pytest.raises(publishing.NotPossible):
        publishing.withdraw(output, reason="Again.", by=make_boss(), at=NOON + HOUR)


def test_what_was_withdrawn_can_come_out_again():
    output = make_published("report")
    publishing.withdraw(output, reason="A number was wrong.", by=make_boss(), at=NOON + HOUR)
    rewrite(output, text("The number is right now."))

    publish(output, at=NOON + DAY)

    output.refresh_from_db()
    assert (output.state, output.version.number, output.withdrawn_because) == ("published", 2, "")
    assert output.published_at == NOON


def test_publishing_costs_the_same_however_much_is_cited():
    cases = [make_public_case() for _ in range(6)]
    small, large = make_output("report", case_block(cases[0])), make_output("report", *map(case_block, cases))

    counts = []
    for output in (small, large):
        seen = mark(output)
        with CaptureQueriesContext(connection) as asked:
            publishing.publish(output, seen=seen, by=None, at=NOON)
        counts.append(len(asked))

    assert counts[0] == counts[1]


# -- Pictures of nobody ------------------------------------------------------------------------------------------------


def test_a_picture_that_nothing_names_is_deleted_after_a_day_and_no_other():
    output = make_output("story")
    shown, drafted, spare = (make_picture(output, width=width) for width in (40, 50, 60))
    rewrite(output, block("picture", picture=shown.code, alt={"en": "A bridge"}))
    publish(output)
    rewrite(output, block("picture", picture=drafted.code, alt={"en": "A bridge"}))
    there = spare.large.storage.exists
    spare_file, shown_file = spare.large.name, shown.large.name

    soon, later, again = (pictures.sweep(at) for at in (NOON + HOUR, NOON + 2 * DAY, NOON + 3 * DAY))

    assert (soon, later, again) == (0, 1, 0)
    assert (there(spare_file), there(shown_file)) == (False, True)
    assert set(output.pictures.all()) == {shown, drafted}


def test_what_did_not_go_out_stands_on_the_front_page_of_the_office(client):
    output = scheduled(case_block(make_public_case()))
    PublicCase.objects.update(state="unpublished")
    client.force_login(make_boss())
    before = client.get("/admin/").content.decode()

    publishing.publish_due(NOON + DAY)

    after = client.get("/admin/").content.decode()
    assert "did not go out" not in before and "report or story did not go out" in after
    assert str(output) in client.get("/admin/outputs/output/?going=trouble").content.decode()


def test_nobody_keeps_the_page_of_a_cited_case_as_it_was_before(client):
    public = make_public_case()
    address = f"/en/cases/{public.slug}/"
    output = make_output("report", text(), case_block(public))
    before = client.get(address)["ETag"]

    title = publish(output).said["title"]["en"]

    after = client.get(address, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert title in after.content.decode()
    publishing.withdraw(Output.objects.get(), reason="A mistake.", by=make_boss(), at=NOON + HOUR)
    gone = client.get(address, headers={"If-None-Match": after["ETag"]})
    assert (gone.status_code, title in gone.content.decode()) == (200, False)
