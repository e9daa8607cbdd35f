"""What may stand in an answer, how long it is, what is missing: plain rules over plain values."""

import pytest

from cases import answers
from cases.answers import Unreadable, complaint, gaps, length, parse, readable, state_of
from cases.questions import BY_KEY, COLUMNS, MOST_KEPT, QUESTIONS, REQUIRED_TO_HAND_IN, SECTIONS, Kind
from tests.makers import COMPLETE, NOON


def wrong(key: str, value) -> str:
    return complaint(QUESTIONS[key], value, at=NOON)


# -- Length: the same number as [...text].length of a textarea ---------------------------------------------------------

LENGTHS = {
    "letters": ("water", 5),
    "a line break typed on Windows": ("one\r\ntwo", 7),
    "a line break typed elsewhere": ("one\ntwo", 7),
    "an old Mac's line break": ("one\rtwo", 7),
    "an emoji": ("🌊", 1),
    "a family of emoji, joined": ("👩‍👩‍👧", 5),
    "a flag": ("🇫🇷", 2),
    "e with an accent, composed": ("é", 1),
    "e with an accent, combined": ("e\u0301", 2),
    "Arabic with vowel signs": ("مَاء", 4),
    "a letter beyond the first plane": ("𝒜", 1),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("text", "expected"), LENGTHS.values(), ids=LENGTHS.keys())
def test_a_text_is_as_long_as_its_code_points_whether_just_sent_or_already_kept(text, expected):
    assert length(text) == expected
    assert length(readable(text)) == expected


WORD = {
    "bullets": ("\uf0b7 First\n\uf0a7 Second", "• First\n▪ Second"),
    "arrows and ticks": ("\uf0e0 then \uf0fc done \uf0d8", "→ then ✓ done ➢"),
    "a line break inside a paragraph": ("one\x0btwo", "one\ntwo"),
    "a page break": ("one\x0ctwo", "one\ntwo"),
    "line and paragraph separators": ("one\u2028two\u2029three", "one\ntwo\nthree"),
    "signs that no font shows": ("one\x07two\x7f", "one two "),
    "tabs and real letters": ("a\tb – “c” … œ", "a\tb – “c” … œ"),
}


@pytest.mark.parametrize(("pasted", "kept"), WORD.values(), ids=WORD.keys())
def test_text_pasted_from_word_stays_readable_and_as_long_as_it_was(pasted, kept):
    assert readable(pasted) == kept
    assert length(pasted) == length(kept)


def test_what_is_readable_once_stays_as_it_is():
    for pasted, kept in WORD.values():
        assert readable(readable(pasted)) == kept


def test_a_text_over_its_limit_is_kept_and_the_complaint_says_by_how_much():
    text = "🌊" * 503

    assert readable(text) == text
    assert wrong("short_explanation", text) == "Shorten your short explanation by 3 characters"
    assert wrong("short_explanation", text[:501]) == "Shorten your short explanation by 1 character"
    assert wrong("short_explanation", text[:500]) == ""


def test_line_breaks_count_once_against_the_limit():
    assert wrong("short_explanation", "\r\n" * 250 + "x" * 250) == ""


@pytest.mark.parametrize("text", ["a\0b", "x" * (MOST_KEPT + 1)], ids=["NUL", "a hundred thousand and one"])
def test_what_cannot_be_stored_is_refused_in_words(text):
    with pytest.raises(Unreadable, match=r"\w+ \w+"):
        readable(text)


def test_a_hundred_thousand_signs_can_be_kept():
    assert len(readable("\r\n" * MOST_KEPT)) == MOST_KEPT


# -- Reading what was sent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "sent", "kept"),
    [
        ("title", ["Shared\r\ngauges"], "Shared\ngauges"),
        ("title", ["first", "second"], "second"),
        ("title", [], ""),
        ("sectors", ["justice", "", "health", "health"], ["health", "justice"]),
        ("sectors", [], []),
        ("public_employee", ["yes"], "yes"),
        ("public_employee", [""], ""),
        ("organisation_country", ["FR"], "FR"),
        ("organisation_country", ["EU"], "EU"),
        ("consent_truth", ["on"], True),
        ("consent_truth", ["", "on"], True),
        ("consent_truth", [], False),
        ("consent_truth", ["false"], False),
    ],
)
def test_an_answer_is_read_as_its_question_means_it(key, sent, kept):
    assert parse(QUESTIONS[key], sent) == kept


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("sectors", ["health", "astrology"]),
        ("public_employee", ["perhaps"]),
        ("organisation_country", ["XX"]),
        ("organisation_country", ["fr"]),
        ("language", ["EN\0"]),
    ],
)
def test_a_choice_that_is_not_on_the_list_is_refused(key, sent):
    with pytest.raises(Unreadable):
        parse(QUESTIONS[key], sent)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing",
        "jurisdictions",
        "jurisdictions.lead",
        "jurisdictions.aaaa1111",
        "jurisdictions.aaaa1111.secret",
        "jurisdictions.AAAA.country",
        "jurisdictions.a.country",
        "jurisdictions.aaaa1111.country.more",
        "jurisdictions..country",
        "__class__",
        "alt.whatever",
    ],
)
def test_a_name_that_no_question_has_is_foreign(name):
    assert answers.question_of(name) is None


def test_every_column_of_a_jurisdiction_has_its_question():
    assert [answers.question_of(f"jurisdictions.aaaa1111.{column}") for column in COLUMNS] == [
        *COLUMNS.values()
    ]


# -- Rules -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("website", "https://oecd-opsi.org/a?b=c#d", True),
        ("website", "http://kisumu.example", True),
        ("website", "www.oecd.org", False),
        ("website", "javascript:alert(1)//a.b", False),
        ("website", "https://nowhere", False),
        ("website", "https://[", False),
        ("website", "https://a.b/<script>", False),
        ("links", "https://a.example\n\n  https://b.example  \n", True),
        ("links", "\n".join(f"https://a.example/{n}" for n in range(10)), True),
        ("links", "\n".join(f"https://a.example/{n}" for n in range(11)), False),
        ("links", "https://a.example\nftp://b.example", False),
        ("sponsor_email", "minister@gov.example", True),
        ("sponsor_email", "minister", False),
        ("sponsor_email", "a@b.example\nBcc: c@d.example", False),
        ("year", "2027", True),
        ("year", " 1999 ", True),
        ("year", "2028", False),
        ("year", "1899", False),
        ("year", "99", False),
        ("year", "²⁰²⁰", False),
        ("tags", "rivers, flood warning, data", True),
        ("tags", "مياه، أنهار، بيانات", True),
        ("tags", "rivers\nflood; data", True),
        ("tags", "rivers, Rivers, RIVERS, , data", False),
        ("website", "", True),
        ("title", "", False),
        ("title", " \n ", False),
        ("sectors", [], False),
        ("consent_truth", False, False),
        ("consent_truth", True, True),
        ("mechanisms", [], True),
    ],
)
def test_an_answer_is_right_or_is_complained_about(key, value, right):
    assert (wrong(key, value) == "") is right


def test_a_complaint_names_the_answer_and_how_to_mend_it():
    assert wrong("title", "") == "Enter the title"
    assert wrong("sectors", []) == "Choose the sectors"
    assert wrong("consent_truth", None) == "Confirm that the answers are true"
    assert wrong("year", "soon") == "Enter a year with four digits, 2027 at the latest"
    assert wrong("links", "see above") == "Mend this link, it has to start with https://: see above"


def test_nothing_is_missing_in_a_complete_case():
    assert gaps(COMPLETE, at=NOON) == []


def test_an_empty_case_misses_every_required_answer_and_the_jurisdictions_each_once():
    missing = [gap.field for gap in gaps({}, at=NOON)]

    assert sorted(missing) == sorted([*REQUIRED_TO_HAND_IN, "jurisdictions"])


@pytest.mark.parametrize("key", REQUIRED_TO_HAND_IN)
def test_each_required_answer_is_missed_where_it_belongs(key):
    said = {name: value for name, value in COMPLETE.items() if name != key}

    (gap,) = gaps(said, at=NOON)

    assert (gap.field, gap.section) == (key, answers.section_of(key))


# -- The task list -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "said", "state"),
    [
        ("brief", {}, "none"),
        ("materials", {}, "optional"),
        ("materials", {"video": "https://v.example"}, "complete"),
        ("materials", {"video": "my video"}, "problem"),
        ("people", {"users": "Residents"}, "progress"),
        ("people", {"collaborations": "Towns"}, "complete"),
        ("people", {"collaborations": "x" * 501}, "problem"),
        ("jurisdictions", {"jurisdictions": [{"id": "aaaa1111"}]}, "none"),
        ("jurisdictions", COMPLETE, "complete"),
        ("permission", {"consent_truth": True}, "progress"),
    ],
)
def test_the_task_list_says_how_far_a_section_is(section, said, state):
    assert state_of(BY_KEY[section], said, at=NOON) == state


# -- Tokens --------------------------------------------------------------------------------------------------------------------


def test_a_token_tells_version_and_text_apart_and_nothing_from_nothing():
    assert answers.token("a", 1) != answers.token("a", 2)
    assert answers.token("a", 1) != answers.token("b", 1)
    assert answers.token("", 0) == answers.token(None, 0) == answers.token([], 0) == answers.token(False, 0)
    assert answers.token_parts(answers.token("a", 12))[0] == 12


# -- The form as data ------------------------------------------------------------------------------------------------------------


def test_keys_are_unique_and_stable_enough_to_be_names_of_fields():
    keys = [question.key for section in SECTIONS for question in section.questions]

    assert len(keys) == len(set(keys)) == len(QUESTIONS)
    assert all(key.replace("_", "a").isalpha() and key.islower() for key in keys)


def test_every_choice_has_a_key_of_its_own_and_words():
    for question in QUESTIONS.values():
        if question.kind in (Kind.ONE, Kind.SEVERAL):
            keys = [key for key, _words in question.choices]
            assert len(keys) == len(set(keys)) > 1
            assert all(str(words) for _key, words in question.choices)


def test_an_answer_is_read_back_in_words():
    said = {key: answers.in_words(QUESTIONS[key], COMPLETE.get(key)) for key in QUESTIONS}

    assert said["sectors"] == "Environment, climate, agriculture\nInformation society and digitalisation"
    assert said["organisation_country"] == "France"
    assert said["organisation_level"] == "Regional or state"
    assert said["consent_truth"] == "Yes"
    assert said["users"] == ""
    assert answers.in_words(QUESTIONS["sectors"], ["long-gone"]) == "long-gone"


def test_a_gap_leads_to_the_first_control_of_its_answer():
    assert answers.anchor_of("title") == "id_title"
    assert answers.anchor_of("sectors") == "id_sectors_0"
    assert answers.anchor_of("public_employee") == "id_public_employee_0"
    assert answers.anchor_of("jurisdictions.aaaa1111.country") == "id_jurisdictions.aaaa1111.country"
    assert answers.anchor_of("jurisdictions.lead") == "lead"
    assert answers.anchor_of("jurisdictions") == "jurisdictions"
