"""The picture for sharing: every script, every length, always the same size and the same bytes."""

from io import BytesIO

import pytest
from PIL import Image

from papers.plates import SIZE, Plate, png_of


def drawn(**said) -> Image.Image:
    return Image.open(BytesIO(png_of(Plate(**{"title": "A title", **said})))).convert("RGB")


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""},
        {
            "title": "Shared river flood warnings",
            "eyebrow": "Environment",
            "foot": "Case library",
            "tint": "sage",
        },
        {"title": "تحذيرات الفيضانات المشتركة بين New York و فرنسا", "direction": "rtl"},
        {"title": "Κοινές προειδοποιήσεις · Общие предупреждения"},
        {"title": "共同洪水预警 🌊"},
        {"title": "word " * 200},
        {"title": "x" * 5000},
        {"title": "\u202e\u0000\n\t<b>", "tint": "unknown"},
    ],
)
def test_whatever_the_title_is_it_is_a_picture(said):
    assert drawn(**said).size == SIZE


def test_the_same_words_give_the_same_bytes():
    assert png_of(Plate("A title", tint="sand")) == png_of(Plate("A title", tint="sand"))


def test_a_language_from_right_to_left_has_its_atlas_on_the_left():
    left, right = (10, 400), (SIZE[0] - 10, 400)

    ltr, rtl = drawn(), drawn(direction="rtl")

    assert ltr.getpixel(left) == rtl.getpixel(right) == (255, 255, 255)
    assert ltr.getpixel(right) != (255, 255, 255)
    assert rtl.getpixel(left) != (255, 255, 255)


def test_no_word_reaches_into_the_atlas():
    before_the_atlas = (SIZE[0] - 330 - 40, 0, SIZE[0] - 330, SIZE[1])

    for title in ("Donaudampfschifffahrtsgesellschaft " * 10, "i " * 500, "W" * 90):
        assert drawn(title=title).crop(before_the_atlas).getextrema() == ((255, 255),) * 3
