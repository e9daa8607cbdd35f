"""Words in several languages: the reader's, else English, else any; staff fill in one box for each."""

import re

import pytest
from django import forms
from django.utils import translation

from people.texts import TranslatedField, in_language

WORDS = {"en": "Welcome", "ar": "أهلا"}


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (WORDS, "ar", "أهلا"),
        (WORDS, "en-gb", "Welcome"),
        (WORDS, "fr", "Welcome"),
        ({"ar": "أهلا"}, "fr", "أهلا"),
        ({"en": "", "ar": "أهلا"}, "en", "أهلا"),
        ({"fr": "Bienvenue"}, "fr-ca", "Bienvenue"),
        ({}, "en", ""),
        (None, "en", ""),
    ],
)
def test_readers_get_their_language_else_english_else_any(value, language, said):
    assert in_language(value, language) == said


def test_the_active_language_counts_where_none_is_named():
    with translation.override("ar"):
        assert in_language(WORDS) == "أهلا"
    with translation.override(None):
        assert in_language(WORDS) == "Welcome"


def test_staff_write_one_text_for_each_language_and_empty_boxes_are_left_out():
    field = TranslatedField("title").formfield()

    assert field.clean(["Welcome\r\nall ", "أهلا"]) == {"en": "Welcome\nall", "ar": "أهلا"}
    assert field.clean(["Welcome", ""]) == {"en": "Welcome"}


def test_one_language_is_enough_and_none_is_not():
    field = TranslatedField("title").formfield()

    assert field.clean(["", "أهلا"]) == {"ar": "أهلا"}
    assert not field.has_changed(WORDS, ["Welcome", "أهلا"])
    with pytest.raises(Exception, match="required"):
        field.clean(["", ""])
    assert TranslatedField("theme", blank=True).formfield().clean(["", ""]) == {}


def test_each_box_names_and_has_its_language():
    html = TranslatedField("title", rows=2).formfield().widget.render("title", WORDS, {"id": "id_title"})

    assert 'lang="ar"' in html and 'lang="en"' in html
    assert "Welcome" in html and "أهلا" in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("languages", "names"),
    [
        ([("en", "English")], []),
        ([("en", "English"), ("fr", "Français")], ["Opening (English)", "Opening (Français)"]),
    ],
)
def test_each_box_says_what_is_to_be_written_and_the_label_leads_to_the_first(settings, languages, names):
    settings.LANGUAGES = languages

    class Words(forms.Form):
        opening = TranslatedField(rows=2).formfield(label="Opening")

    said = str(Words())

    assert '<label for="id_opening_0">Opening:</label>' in said and 'id="id_opening_0"' in said
    assert re.findall('aria-label="([^"]*)"', said) == names
