"""Citations as BibTeX, RIS and in words: correct for reference managers whatever the title is."""

from pathlib import Path

import pytest
from django.test import Client

from cases import citing
from tests.makers import make_desk_research, make_public_case

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def public():
    return make_public_case(
        title="Überprüfung & «Zusammenarbeit» in Łódź, 100 % {offen}",
        short="Zwei Städte\nteilen \\ ein Register_1.",
        title_english="Review & cooperation",
        language="de",
        organisation="Município de São João",
        tags=["grenzüberschreitend", "données #1"],
    )


@pytest.mark.parametrize("kind", ["bib", "ris", "txt"])
def test_a_citation_is_what_it_was(public, kind):
    answer = Client().get(f"/en/cases/{public.slug}/cite.{kind}")

    assert answer.content == (GOLDEN / f"cite.{kind}").read_bytes()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{public.slug}-v1.{kind}"'
    assert "charset=utf-8" in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("é ñ ü ç ž", r"{\'e} {\~n} {\"u} {\c{c}} {\v{z}}"),
        ("ß æ Ø ł", r"{\ss} {\ae} {\O} {\l}"),
        ("í ï", r"{\'\i} {\"\i}"),
        ("100 % & $5 #1 a_b", r"100 \% \& \$5 \#1 a\_b"),
        ("\\ ^ ~", r"\textbackslash{} \textasciicircum{} \textasciitilde{}"),
        ("{a}", r"\textbraceleft{}a\textbraceright{}"),
        ("Αθήνα, القاهرة", "Αθήνα, القاهرة"),
        ("two\nlines\0", "two lines"),
    ],
)
def test_bibtex_reads_text_as_text(text, told):
    assert citing.tex(text) == told


def test_braces_of_a_record_always_close(public):
    said = citing.bibtex(public, public.edition)

    assert said.count("{") == said.count("}")


@pytest.mark.parametrize("title", ["x}}, note = {evil", "}", "{{{", "\\}", "a \\{ b"])
def test_no_title_ends_its_field_for_a_program_that_counts_braces(title):
    told, deep = citing.tex(title), 0
    for sign in told:
        deep += {"{": 1, "}": -1}.get(sign, 0)
        assert deep >= 0
    assert deep == 0


def test_ris_has_a_field_a_line(public):
    lines = citing.ris(public, public.edition).split("\r\n")

    assert lines[0] == "TY  - ELEC"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(line[2:6] == "  - " for line in lines[:-1])


def test_desk_research_is_ours():
    public = make_desk_research()

    assert citing.in_words(public, public.edition).startswith(
        "OECD Observatory of Public Sector Innovation (2027). Shared tram line."
    )


def test_a_citation_is_the_same_in_every_language(public):
    assert Client().get(f"/ar/cases/{public.slug}/cite.bib").content == (GOLDEN / "cite.bib").read_bytes()
