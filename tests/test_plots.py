"""Plots: drawn without anything that the portal's policy forbids, to a scale of whole numbers, safe whatever is in them."""

import re

import html5lib
import pytest

from papers import plots


def texts(plot: str) -> list[str]:
    tree = html5lib.parse(plot, namespaceHTMLElements=False)
    nodes = tree.iter("{http://www.w3.org/2000/svg}text")
    return [said for node in nodes if (said := "".join(node.itertext()))]


@pytest.mark.parametrize("draw", [plots.bars, plots.columns])
def test_a_plot_says_what_it_shows_and_carries_no_style_and_no_script(draw):
    plot = draw(["May", "June"], {"Cases": [3, 5]}, says="Cases by “month” & year")

    assert 'role="img" aria-label="Cases by “month” &amp; year"' in plot
    assert not re.search(r"<(style|script|title|desc)|style=|onmouse|\bid=|xmlns:", plot)
    assert plot.startswith("<svg") and plot.endswith("</svg>")


@pytest.mark.parametrize("draw", [plots.bars, plots.columns])
def test_labels_are_text_whatever_they_hold(draw):
    plot = draw(["<b>May</b>\x00\x1b", "June"], {"Cases": [3, 5]}, says="x")

    assert "<b>" not in plot
    assert "<b>May</b>" in texts(plot)


def test_a_long_label_beside_lying_bars_is_written_whole_in_two_lines():
    plot = plots.bars(["Information society and digitalisation", "Health"], {"Cases": [2, 1]}, says="x")

    assert {"Information society and digitalisation", "Health"} <= set(texts(plot))
    assert plot.count("<tspan") == 2


def test_what_is_too_long_for_two_lines_is_cut_for_the_table_has_it_whole():
    label = "Cooperation of the river basin authorities of both countries"

    plot = plots.bars([label, "-" * 99, ""], {"Cases": [1, 1, 1]}, says="x")

    assert "Cooperation of the river basin authorities of bo…" in texts(plot)
    assert plots.columns([label], {"Cases": [1]}, says="x").count("Cooperation of the rive…") == 1


@pytest.mark.parametrize(
    ("highest", "marks"),
    [
        (1, [0, 1]),
        (2, [0, 1, 2]),
        (5, [0, 1, 2, 3, 4, 5]),
        (8, [0, 2, 4, 6, 8]),
        (23, [0, 5, 10, 15, 20]),
        (405, [0, 100, 200, 300, 400]),
    ],
)
def test_the_scale_has_whole_numbers_and_five_steps_at_most(highest, marks):
    plot = plots.bars(["a"], {"Cases": [highest]}, says="x")

    assert [int(text) for text in texts(plot) if text.isdecimal()] == marks


def test_scores_are_drawn_on_their_whole_scale():
    plot = plots.bars(["a"], {"Mean": [1.25]}, says="x", highest=4)

    assert [text for text in texts(plot) if text.isdecimal()] == ["0", "1", "2", "3", "4"]


def test_parts_on_top_of_one_another_share_a_scale_and_are_told_apart_by_a_key():
    plot = plots.bars(["a"], {"Seats": [3], "Waiting": [5]}, says="x", stacked=True)

    assert [text for text in texts(plot) if not text.isdecimal()] == ["a", "Seats", "Waiting"]
    assert [int(text) for text in texts(plot) if text.isdecimal()][-1] == 8


@pytest.mark.parametrize("draw", [plots.bars, plots.columns])
def test_nothing_to_show_is_no_plot_and_nothing_counted_is_one_of_zeros(draw):
    assert draw([], {"Cases": []}, says="x") == ""
    assert "a" in texts(draw(["a"], {"Cases": [0]}, says="x"))
    assert "a" in texts(draw(["a"], {"Cases": [None]}, says="x"))
