"""Several people who write and publish at once: real threads, real locks, on PostgreSQL."""

from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from cases.models import PublicCase
from outputs import pictures, printing, publishing, writing
from outputs.models import Citation, Output, Printed, Version
from tests.cases.samples import picture
from tests.makers import DAY, NOON, letters_posted, make_boss, make_public_case
from tests.outputs.makers import block, make_output, make_published, make_result, publish, rewrite, text
from tests.real.test_races import at_once, kinds_of
from tests.workshops.makers import make_workshop
from workshops import results
from workshops.models import Result

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = range(4)


@pytest.fixture(autouse=True)
def a_real_postgresql():
    assert connection.vendor == "postgresql", (
        "Start it through the runner: .venv/bin/python -m tests.suite tests/real"
    )


def cited(public: PublicCase) -> dict:
    return block("case", case=f"case:{public.slug}")


@pytest.mark.parametrize("round", ROUNDS)
def test_of_four_who_publish_at_once_one_does_and_everybody_cited_hears_once(round):
    output = make_output("report", cited(make_public_case()))
    seen = publishing.foresee(output, at=NOON).mark
    people = [make_boss() for _ in range(4)]

    def presses(person):
        return lambda: publishing.publish(output, seen=seen, by=person, at=NOON).number

    outcomes = at_once(*(presses(person) for person in people))

    assert Counter(map(str, outcomes))["1"] == 1 and kinds_of(outcomes) == Counter({"int": 1, "Changed": 3})
    assert Version.objects.count() == 1 and len(letters_posted("cited")) == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_two_sweeps_at_once_let_out_what_is_due_once(round):
    output = make_output("report", cited(make_public_case()))
    seen = publishing.foresee(output, at=NOON).mark
    publishing.schedule(output, publish_at=NOON + DAY, seen=seen, by=make_boss(), at=NOON)

    went = at_once(*[lambda: publishing.publish_due(NOON + DAY)] * 3)

    assert sorted(went) == [0, 0, 1]
    assert Version.objects.count() == 1 and len(letters_posted("cited")) == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_a_save_and_the_sweep_at_once_never_let_out_what_nobody_looked_at(round):
    output = make_output("report", text("Looked at."))
    boss = make_boss()
    seen = publishing.foresee(output, at=NOON).mark
    output = publishing.schedule(output, publish_at=NOON + DAY, seen=seen, by=boss, at=NOON)
    content = {**output.draft, "blocks": [text("Not looked at.")]}

    at_once(
        lambda: publishing.publish_due(NOON + DAY),
        lambda: writing.save(output, content, seen=output.draft_number, by=boss, at=NOON + DAY),
    )

    output.refresh_from_db()
    assert output.publish_at is None
    for version in Version.objects.all():
        assert version.said["blocks"][0]["text"] == {"en": "Looked at."}


@pytest.mark.parametrize("round", ROUNDS)
def test_the_same_picture_from_three_people_at_once_is_one(round):
    output, body = make_output("story"), picture("JPEG")

    def adds():
        upload = SimpleUploadedFile("bridge.jpg", body)
        return pictures.add(output, upload, upload.name, at=NOON).code

    codes = at_once(*[adds] * 3)

    assert codes == [output.pictures.get().code] * 3


@pytest.mark.parametrize("round", ROUNDS)
def test_of_two_who_save_at_once_the_second_is_shown_the_first(round):
    output = make_output("report")
    contents = [{**output.draft, "by": name} for name in ("Ana", "Ivo")]

    def saves(content, by):
        return lambda: writing.save(output, content, seen=output.draft_number, by=by, at=NOON)

    outcomes = at_once(*(saves(content, make_boss()) for content in contents))

    assert kinds_of(outcomes) == Counter({"Output": 1, "WrittenMeanwhile": 1})


@pytest.mark.parametrize("round", ROUNDS)
def test_a_case_that_leaves_the_library_meanwhile_is_cited_before_or_not_at_all(round):
    public = make_public_case()
    output = make_output("report", cited(public))
    seen = publishing.foresee(output, at=NOON).mark

    def leaves():
        with transaction.atomic():
            held = PublicCase.objects.locked().get(pk=public.pk)
            cites = Citation.objects.filter(edition__public_case=held).count()
            PublicCase.objects.filter(pk=held.pk).update(state="unpublished")
            return cites

    warned_of, _version = at_once(
        leaves, lambda: publishing.publish(output, seen=seen, by=make_boss(), at=NOON)
    )

    assert Citation.objects.count() == warned_of == Version.objects.count()


@pytest.mark.parametrize("round", range(12))
def test_two_outputs_that_change_their_cases_crosswise_go_out_together(round):
    one, other = make_public_case(), make_public_case(title="Another bridge")
    report, story = make_published("report", cited(one)), make_published("story", cited(other))
    swapped = [(rewrite(report, cited(other)), NOON + DAY), (rewrite(story, cited(one)), NOON + DAY)]

    def goes(output, at):
        return lambda: publish(output, at=at).number

    assert at_once(*(goes(*each) for each in swapped)) == [2, 2]


@pytest.mark.parametrize("round", ROUNDS)
def test_a_paper_that_three_ask_for_first_is_kept_once(round):
    version = make_published("report").version

    papers = at_once(*[lambda: printing.printed(version, "en", at=NOON).pk] * 3)

    assert len(set(papers)) == 1 and Printed.objects.count() == 1


@pytest.mark.parametrize("round", ROUNDS)
def test_results_recorded_at_once_get_numbers_of_their_own(round):
    workshop, boss = make_workshop(), make_boss()
    said = {"title": {"en": "One"}, "words": {"en": "Words"}, "by": boss, "at": NOON}

    at_once(*[lambda: results.record(workshop, **said)] * 4)

    assert sorted(Result.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_postgresql_refuses_to_delete_a_version_or_what_it_cites():
    output = make_published("report", block("result", result=f"result:{make_result().workshop.slug}/1"))
    publish(output, at=NOON + DAY)

    for rows in (Citation.objects.all(), Version.objects.filter(number=1)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete("default")
    assert Output.objects.get().versions.count() == 2
