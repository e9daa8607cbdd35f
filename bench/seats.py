"""The workshops: pages of one session, the whole way to a seat, and a crowd at the door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bench.measuring import Browser, Figures, Operation, cpu_of, family, look, press
from bench.visitor import Answer, Registrant, hidden, registration
from tests.parts.portal import Portal
from tests.real.crowds import Visitor, at_once, in_thirty_days, sessions, standing, visitors


def pages(browser: Browser, session: str, workshop: str) -> Iterator[Operation]:
    """What a registrant and the front desk look at and press; somebody takes a seat on the way."""
    seat = Registrant(browser.send).journey(workshop)
    yield look("workshops", "/en/workshops/", 100)
    yield look("workshop", workshop, 100)
    yield look("one's own seat", seat, 100)

    def somebody_else() -> list[tuple[str, str]]:
        browser.cookies.clear()
        return registration(browser.send("GET", workshop).body)

    yield press("workshop POST", workshop, somebody_else, 40)
    browser.cookies["sessionid"] = session
    desk = "/admin/workshops/registration/"
    yield look("staff list of 50 people", desk, 30)
    token = dict(hidden(browser.send("GET", desk).body))["csrfmiddlewaretoken"]
    for kind in ("csv", "xlsx"):
        yield export(f"export {kind.upper()}", f"{desk}export/{kind}/", token, 3)
    del browser.cookies["sessionid"]


def export(name: str, path: str, token: str, count: int) -> Operation:
    """Have everybody written into a file, and read it to its end."""

    def act(browser: Browser) -> list[Answer]:
        answer = browser.send("POST", path, [("csrfmiddlewaretoken", token)])
        assert answer.status == 200, f"{path}: {answer.status}"
        return [answer]

    return Operation(name, act, count)


def journey(browser: Browser, *, workshop: str) -> list[Answer]:
    """One new person from the page of a workshop to their own."""
    person = Registrant(Browser(browser.port).send)
    person.journey(workshop)
    return [step.answer for step in person.steps]


def rush(portal: Portal, *, people: int, seats: int) -> Iterator[Figures]:
    """So many people who all have the page of a session open want its seats at once; then a third of them, all who
    have a seat among them, give back what they have, at once. Raises AssertionError unless everybody is served right."""
    in_thirty_days(portal)
    portal.rows("UPDATE workshops_workshop SET capacity = %s", seats)
    workshop, slug = sessions(portal)[0]
    crowd = visitors(portal, slug, people)
    yield _at_once(portal, f"{people} for {seats} seats", crowd, lambda one: one.register(slug))
    assert standing(portal, workshop) == [
        (turn, "seated" if turn <= seats else "waiting") for turn in range(1, people + 1)
    ]
    turns = dict(portal.rows("SELECT id, turn FROM workshops_registration"))
    crowd.sort(key=lambda one: turns[int(one.target.rstrip("/").rpartition("/")[2])])
    leaving = crowd[: people // 3]
    yield _at_once(
        portal, f"{len(leaving)} cancel", leaving, lambda one: one.ask("POST", f"{one.target}give-back/")
    )
    after = Counter(status for _turn, status in standing(portal, workshop))
    assert after == {"left": len(leaving), "seated": seats, "waiting": people - len(leaving) - seats}


def _at_once(portal: Portal, name: str, crowd: list[Visitor], deed) -> Figures:
    pids = family(portal.web.pid)
    before = cpu_of(pids)
    seconds = at_once(crowd, deed, hands=len(crowd))
    assert {one.status for one in crowd} == {302}, Counter(one.status for one in crowd)
    return Figures.of(
        name,
        [one.took for one in crowd],
        size=len(crowd),
        at_a_time=len(crowd),
        seconds=seconds,
        cpu=cpu_of(pids) - before,
        statements=[one.statements for one in crowd],
    )
