"""The office of the review in the language that nobody speaks: no page has a word that cannot be translated."""

from collections.abc import Iterator

from django.http import HttpResponse
from django.urls import reverse

from newsletter.models import Issue
from outbox.models import Bounce
from people.models import User
from reviews import asking, counting, deciding, likeness, reviewing, screening
from reviews.deciding import Verdict
from reviews.models import Assignment, Criterion, Dossier, Reviewer, Round, Screening
from tests.makers import DAY, make_boss, make_draft, make_submission
from tests.reviews.makers import give, make_dossier, make_reviewer, score
from tests.roof.house import House, make_reader
from tests.roof.test_every_language import greek, ours_untranslated, pseudo  # noqa: F401 (fixtures)

WORDS = "Λόγοι"


def review_pages(house: House) -> Iterator[tuple[str, HttpResponse]]:
    boss = make_boss()
    User.objects.update(name="Λέα Μ.")
    desk = house.browser()
    desk.force_login(boss)
    read, wait, decide_it, new = (dossier_like(house) for _n in range(4))
    for each in (read, wait, decide_it):
        screen(each, boss, house)
    round_ = read.round
    mine, lea, jo = (make_reviewer("Λέα Μ.", user=user) for user in (boss, None, None))
    Reviewer.objects.update(country="GR", organisation="Δήμος", sectors=["health"], countries=["GR"], cap=3)
    given = [give(read, reviewer, at=house.at - DAY) for reviewer in (mine, lea, jo)]
    one, two = given[1:]
    score(one, 4, 3, 2, 1, 0, comments=WORDS, words_for_author=WORDS, at=house.at)
    score(two, 0, 0, 0, 1, 0, comments=WORDS, advice="not", at=house.at)
    reviewing.save(again(one), {"advice": "ask", "scores": {"novelty": 0}}, 0, at=house.at)
    asking.ask(read, words=WORDS, due_at=house.at + DAY, by=boss, at=house.at)
    Dossier.objects.filter(pk=house.question.dossier_id).update(
        came_back_at=house.at, news={"changed": ["title"]}
    )
    verdict = Verdict("hold", WORDS)
    seen = deciding.plan([decide_it.pk], verdict, by=boss, at=house.at).fingerprint
    deciding.decide([decide_it.pk], verdict, seen=seen, by=boss, at=house.at)
    likeness.compare_new()
    counting.count(round_, at=house.at)
    Round.objects.update(promised_at=house.at + DAY)
    Criterion.history.update(title={"en": "Νέο"})

    def at(name: str, key: int | None = None) -> str:
        return reverse(f"admin:reviews_{name}", args=[] if key is None else [key])

    yield "front", desk.get("/admin/")
    yield "list", desk.get(at("dossier_changelist"))
    yield "list of none", desk.get(at("dossier_changelist"), {"q": "ωωω"})
    for dossier in (read, new, decide_it, house.question.dossier):
        yield f"case {dossier.step}", desk.get(at("dossier_change", dossier.pk))
        yield f"screening {dossier.step}", desk.get(at("dossier_screening", dossier.pk))
        yield f"reviewers {dossier.step}", desk.get(at("dossier_give", dossier.pk))
        yield f"asking {dossier.step}", desk.get(at("dossier_ask", dossier.pk))
        yield f"deciding {dossier.step}", desk.get(at("dossier_decide", dossier.pk))
    yield "screening: wrong", desk.post(at("dossier_screening", new.pk), {"novel": "no", "read": 1})
    yield "reviewers: wrong", desk.post(at("dossier_give", read.pk), {"do": "give"})
    yield (
        "reviewers: no reason",
        desk.post(at("dossier_give", read.pk), {"do": "take-back", "assignment": one.pk}),
    )
    yield "asking: wrong", desk.post(at("dossier_ask", read.pk), {"act": "ask", "due_at_day": "2000-01-01"})
    look = {"act": "look", "outcome": "publish", "reasons": WORDS}
    yield "deciding: wrong", desk.post(at("dossier_decide", read.pk), {"act": "look"})
    yield "deciding: refused", desk.post(at("dossier_decide", decide_it.pk), look)
    yield "deciding: letter", desk.post(at("dossier_decide", read.pk), look)
    yield "deciding many", desk.get(at("dossier_decide_many"))
    cases = f"{read.case.reference} {decide_it.case.reference} XB-2000-0001"
    yield "deciding many: letters", desk.post(at("dossier_decide_many"), look | {"cases": cases})
    yield "round", desk.get(at("round_change", round_.pk))
    yield "rounds", desk.get(at("round_changelist"))
    for page in ("plan", "rubric", "history", "figures", "ranking", "discuss", "release"):
        yield page, desk.get(at(f"round_{page}", round_.pk))
    yield "reviewers", desk.get(at("reviewer_changelist"))
    yield "another reviewer", desk.get(at("reviewer_add"))
    for page in ("change", "history", "take_back"):
        yield f"reviewer: {page}", desk.get(at(f"reviewer_{page}", lea.pk))
    yield "pile", desk.get(at("assignment_changelist"))
    yield "asked for a conflict", desk.get(at("assignment_change", given[0].pk))
    yield "no conflict told", desk.post(at("assignment_change", given[0].pk), {"do": "conflict"})
    reviewing.clear(given[0], at=house.at)
    yield "reading", desk.get(at("assignment_change", given[0].pk))
    yield "not finished", desk.post(at("assignment_change", given[0].pk), {"do": "finish", "version": 0})
    score(again(given[0]), 1, 1, 1, 1, 1, at=house.at)
    yield "finished", desk.get(at("assignment_change", given[0].pk))
    Assignment.objects.filter(pk=given[0].pk).update(ended_at=house.at, ended_why="conflict")
    yield "no longer", desk.get(at("assignment_change", given[0].pk))


def dossier_like(house: House) -> Dossier:
    """Another case with the words of the first."""
    case = make_draft(call=house.call, answers=house.submission.answers, begun_at=house.at - DAY)
    case.colleagues.update(name="Ζωή")
    return make_dossier(make_submission(case, at=house.at - DAY), at=house.at)


def screen(dossier: Dossier, by: User, house: House) -> None:
    for version, answer in enumerate(("unclear", "yes")):
        said = dict.fromkeys(Screening.TESTS, (answer, WORDS))
        screening.screen(dossier, said, version=version, submission=1, by=by, at=house.at)


def again(given: Assignment) -> Assignment:
    return Assignment.objects.select_related("dossier__round", "dossier__submission", "reviewer__user").get(
        pk=given.pk
    )


def test_every_word_of_the_office_of_the_review_can_be_translated_and_runs_from_right_to_left(greek: House):  # noqa: F811
    left = {}
    for name, page in review_pages(greek):
        assert page.status_code in (200, 409, 410, 422), (name, page.status_code)
        html = page.content.decode()
        assert 'dir="rtl"' in html.partition(">")[0] + html.partition("<html")[2].partition(">")[0], name
        if found := ours_untranslated(html):
            left[name] = found

    assert not left, left


def pages_of_the_news_desk(house: House) -> Iterator[tuple[str, HttpResponse]]:
    boss, reader = make_boss(), make_reader(house)
    User.objects.update(name="Λέα Μ.")
    desk = house.browser()
    desk.force_login(boss)
    bounce = {"kind": "hard", "letter": "news", "said": "λόγια", "digest": "x", "at": house.at}
    back = Bounce.objects.create(address=reader.address, **bounce)
    draft = Issue.objects.create(title={"ar": "Νέα"}, topics=["events"], made_at=house.at)
    Issue.objects.update(title={"ar": "Νέα"})

    def at(name: str, key: int | None = None) -> str:
        return reverse(f"admin:{name}", args=[] if key is None else [key])

    yield "issues", desk.get(at("newsletter_issue_changelist"))
    yield "another issue", desk.get(at("newsletter_issue_add"))
    sent = {f"blocks-{name}": n for name, n in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 0))}
    wrong = {"blocks-0-kind": "link", "blocks-0-position": "1", "blocks-0-words_en": "Λόγια"}
    yield "another issue: wrong", desk.post(at("newsletter_issue_add"), sent | wrong)
    for issue in (draft, house.news):
        for page in ("change", "look", "history"):
            yield f"{issue.state}: {page}", desk.get(at(f"newsletter_issue_{page}", issue.pk))
    yield "send: gaps", desk.get(at("newsletter_issue_send", draft.pk))
    draft.blocks.create(kind="text", words={"en": "Λόγια"})
    yield "send: wrong", desk.post(at("newsletter_issue_send", draft.pk), {"when": "later"})
    yield "send: preview", desk.post(at("newsletter_issue_send", draft.pk), {"when": "now"})
    said = {"when": "now", "confirm": "yes", "seen": "9"}
    yield "send: changed since", desk.post(at("newsletter_issue_send", draft.pk), said)
    yield "sent", desk.post(at("newsletter_issue_send", draft.pk), said | {"seen": "1"}, follow=True)
    yield "called back", desk.post(at("newsletter_issue_call_back", draft.pk), follow=True)
    yield "tried", desk.post(at("newsletter_issue_try", draft.pk), follow=True)
    yield "readers", desk.get(at("newsletter_subscription_changelist"))
    yield "reader", desk.get(at("newsletter_subscription_change", reader.pk))
    yield "bounces", desk.get(at("outbox_bounce_changelist"))
    yield "bounce", desk.get(at("outbox_bounce_change", back.pk))


def test_every_word_of_the_desk_of_the_news_can_be_translated_and_runs_from_right_to_left(greek: House):  # noqa: F811
    left = {}
    for name, page in pages_of_the_news_desk(greek):
        assert page.status_code == 200, (name, page.status_code)
        if found := ours_untranslated(page.content.decode()):
            left[name] = found

    assert not left, left
