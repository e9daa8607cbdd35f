"""The plan of the house: imports go down the stairs, never up, never sideways, and never hide."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Floors from the ground up; rooms of one floor have a wall between them.
FLOORS = (
    ("people", "papers"),
    ("outbox",),
    ("newsletter",),
    ("cases", "workshops"),
    ("reviews", "outputs"),
    ("opsi_portal",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
ROOMS = [room for room in FLOOR if (ROOT / room).is_dir()]

#: Steps inside a room, from the doors down; what is not named is an activity.
DOORS, SHAPE, ACTIVITIES, WORDS, FACTS = range(5)
STEP = {
    "urls": DOORS,
    "views": DOORS,
    "admin": DOORS,
    "tasks": DOORS,
    "doors": DOORS,
    "management": DOORS,
    "templatetags": DOORS,
    "apps": DOORS,
    "forms": SHAPE,
    "letters": WORDS,
    "public_letters": WORDS,
    "models": FACTS,
    "questions": FACTS,  # the form as data, and plain rules over plain values
    "answers": FACTS,
    "reading": FACTS,
    "editions": FACTS,  # what of a case is public
    "blocks": FACTS,  # what an output is made of
    "references": FACTS,
    "prose": FACTS,
    "ics": FACTS,  # a session as a calendar reads it
    "zones": FACTS,
}
#: A drawer without a label fills with things that nobody can find again.
DRAWERS = {"utils", "helpers", "services", "common", "misc", "core", "shared", "signals"}


@dataclass(frozen=True)
class Import:
    """One import: the file and line it stands in, the module it names, and whether it hides in a function."""

    file: Path
    line: int
    module: str
    hides: bool
    for_types_only: bool

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"

    @property
    def room(self) -> str:
        return self.file.relative_to(ROOT).parts[0]

    @property
    def target(self) -> str:
        return self.module.split(".")[0]


def files(room: str) -> list[Path]:
    return [path for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]


def imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from _walk(tree, path, hides=False, for_types_only=False)


def _walk(node: ast.AST, path: Path, *, hides: bool, for_types_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for module in _modules(child, path):
            yield Import(path, child.lineno, module, hides, for_types_only)
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        yield from _walk(child, path, hides=hides or inside, for_types_only=for_types_only or types)


def _modules(node: ast.AST, path: Path) -> list[str]:
    """What an import names, one dotted name for each; «from cases import letters» names ``cases.letters``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = list(path.relative_to(ROOT).parent.parts)
    base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
    module = ".".join(part for part in (base, node.module) if part)
    return [
        f"{module}.{alias.name}" if _is_module(f"{module}.{alias.name}") else module for alias in node.names
    ]


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


IMPORTS = [found for room in ROOMS for path in files(room) for found in imports_of(path)]


def step_of(dotted: str) -> int:
    """How far down the stairs of its room a module stands: ``cases.views.writing`` is a door."""
    parts = dotted.split(".")[1:]
    return STEP.get(parts[0], ACTIVITIES) if parts else ACTIVITIES


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


#: What stands in every room and needs no line of its own.
EVERYWHERE = {"__init__", "admin", "apps", "forms", "letters", "models", "tasks", "urls", "wsgi"}


@pytest.mark.parametrize("room", sorted({*ROOMS} - {"papers"}))
def test_every_file_of_a_room_stands_in_the_plan_for_readers(room):
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    missing = {path.name for path in (ROOT / room).glob("*.py") if path.stem not in EVERYWHERE}
    assert {name for name in missing if f"{name}`" not in plan} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_down_a_floor_never_up_and_never_through_a_wall(room):
    wrong = [
        str(found)
        for found in IMPORTS
        if found.room == room != found.target and found.target in FLOOR and FLOOR[found.target] >= FLOOR[room]
    ]

    assert wrong == [], f"{room}/ stands below or beside what it asks for. Pass plain values, or move it up."


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "opsi_portal"])
def test_inside_a_room_imports_go_from_the_doors_down_to_the_models(room):
    wrong = [
        str(found)
        for found in IMPORTS
        if found.room == found.target == room
        and not found.for_types_only
        and step_of(found.module) < step_of(dotted(found.file))
    ]

    assert wrong == [], "views, admin, tasks → forms → activities → letters → models: never the other way."


def test_no_import_hides_inside_a_function():
    """All but in the files that begin on any Python, before anything is installed, and what is dear to load."""
    dear = {
        "fpdf",
        "fontTools",
        "docx",
        "openpyxl",
        "PIL",
        "pypdf",
        "olefile",
        "mutagen",
        "uharfbuzz",
        "ninja",
        "segno",
        "pygal",
    }
    bare = {ROOT / "opsi_portal" / name for name in ("environment.py", "start.py")}

    hidden = [str(f) for f in IMPORTS if f.hides and f.file not in bare and f.target not in dear]

    assert hidden == [], "An import that wants to hide inside a function is in the wrong room."


@pytest.mark.parametrize("room", ROOMS)
def test_every_file_has_a_name_that_says_what_is_in_it(room):
    drawers = [str(path.relative_to(ROOT)) for path in files(room) if {path.stem, *path.parts} & DRAWERS]

    assert drawers == [], "A drawer without a label fills with things that nobody can find again."


def test_nobody_speaks_by_signals():
    spoken = [str(f) for f in IMPORTS if "signals" in f.module.split(".") or f.module.endswith(".dispatch")]

    assert spoken == [], "Nobody can follow a call that nobody makes: call the function."


def test_requests_never_speak_to_the_broker():
    """Tasks are asked for by the timetable alone, which names them; nobody else calls ``delay``."""
    callers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ROOMS
        for path in files(room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "send_task")
    ]

    assert callers == [], "The row is the promise; the queue only wakes a worker."


def test_time_is_an_argument_below_the_doors():
    """Rules ask no clock: the door takes the instant of arrival and hands it down."""
    clocks = {"now", "utcnow", "today", "localtime"}
    doors = {"management", "tasks", "admin", "views", "templatetags"}
    askers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ("people", "newsletter", "cases", "workshops")
        if room in ROOMS
        for path in files(room)
        if not doors & set(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    ]

    assert askers == [], "Take ``at`` as an argument."


def test_this_test_sees_what_it_looks_for(tmp_path):
    """The reader of imports is itself read: relative, aliased, hidden and for types."""
    page = ROOT / "cases" / "imagined.py"
    tree = ast.parse(
        "from __future__ import annotations\n"
        "import cases.models as m, json\n"
        "from . import letters\n"
        "from .views import writing\n"
        "if TYPE_CHECKING:\n    from cases.forms import SectionForm\n"
        "def f():\n    from opsi_portal import urls\n"
    )

    found = [
        (f.module, f.hides, f.for_types_only) for f in _walk(tree, page, hides=False, for_types_only=False)
    ]

    assert found == [
        ("__future__", False, False),
        ("cases.models", False, False),
        ("json", False, False),
        ("cases.letters", False, False),
        ("cases.views.writing", False, False),
        ("cases.forms", False, True),
        ("opsi_portal.urls", True, False),
    ]
    assert step_of("cases.views.writing") < step_of("cases.forms") < step_of("cases.drafting")
    assert step_of("cases.drafting") < step_of("cases.letters") < step_of("cases.models.case")
