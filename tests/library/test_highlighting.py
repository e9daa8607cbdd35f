"""Marks: around what was searched for, across accents and scripts, and never a tag of somebody else."""

import pytest

from cases.highlighting import Marks, marked, snippet
from cases.words import joined_in


def marks(*alone: str, begins: tuple[str, ...] = (), sequences: tuple[tuple[str, ...], ...] = ()) -> Marks:
    return Marks(frozenset(alone), begins, sequences)


@pytest.mark.parametrize(
    ("text", "sought", "expected"),
    [
        ("Shared river", marks("river"), "Shared <mark>river</mark>"),
        ("RIVER, river; riverside", marks("river"), "<mark>RIVER</mark>, <mark>river</mark>; riverside"),
        ("Riverside", marks(begins=("river",)), "<mark>Riverside</mark>"),
        ("L’été à Córdoba", marks("ete", "cordoba"), "L’<mark>été</mark> à <mark>Córdoba</mark>"),
        ("e\u0301te\u0301 !", marks("ete"), "<mark>e\u0301te\u0301</mark> !"),
        ("Straße", marks("strasse"), "<mark>Straße</mark>"),
        ("إِدارة الأنهار", marks("اداره"), "<mark>إِدارة</mark> الأنهار"),
        ("x < y & <b>river</b>", marks("river"), "x &lt; y &amp; &lt;b&gt;<mark>river</mark>&lt;/b&gt;"),
        ("one-stop post", marks(sequences=(("one", "stop"),)), "<mark>one-stop</mark> post"),
        ("stop one", marks(sequences=(("one", "stop"),)), "stop one"),
        ("a b a b c", marks(sequences=(("a", "b", "c"), ("b", "a"))), "a <mark>b a b c</mark>"),
        ("東京と大阪", marks(sequences=(("東京",),)), "<mark>東京</mark>と大阪"),
        ("C.O.D.E. property", marks("code"), "<mark>C.O.D.E.</mark> property"),
        ("im 12. Jahr ٢٠١٩", marks("2019"), "im 12. Jahr <mark>٢٠١٩</mark>"),
        ("nothing here", marks("river"), "nothing here"),
        ("", marks("river"), ""),
        ("river", Marks(), "river"),
    ],
)
def test_words_are_marked_where_they_stand(text: str, sought: Marks, expected: str):
    assert marked(text, sought) == expected


def test_a_snippet_shows_what_stands_around_and_cuts_no_word():
    text = "Before it. " * 30 + "Here is a heron, and " + "after it. " * 30
    shown = snippet(["nothing", text], marks("heron"))

    assert shown.startswith("…") and shown.endswith("…")
    assert "a <mark>heron</mark>, and" in shown
    assert 150 < len(shown) < 260
    assert shown.strip("…").split()[0] in ("Before", "it.")


def test_a_snippet_of_nothing_is_nothing():
    assert snippet(["a", "b"], marks("heron")) == ""


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("cross-border and one‑stop-shop", ["crossborder", "onestopshop"]),
        ("h-2-o, 4a-b, -c-, d--e", ["ab"]),
        (f"{'a' * 50_000}-{'b' * 50_000} {'c' * 50_000}", ["a" * 40]),
        ("a" * 100_000, []),
    ],
)
def test_what_hyphens_join_is_one_word_however_long_it_is(text, joined):
    assert joined_in(text) == joined
