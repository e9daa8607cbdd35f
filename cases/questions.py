"""The form as data: sections, questions, limits and choices.

Read by the forms, the question page and its documents, the check page, the receipt and the office. Keys are
stable: answers are stored under them. A change that alters the meaning of an answer raises ``FORM_VERSION``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.places import LEVELS

FORM_VERSION = "2027.1"
#: Which wording of the permissions somebody agreed to.
PERMISSION_WORDING = "2027.1"

Words = str | Promise

MOST_JURISDICTIONS = 20
FEWEST_JURISDICTIONS = 2
#: However long an answer is, this many code points of it are kept (a whole book chapter; nobody types more).
MOST_KEPT = 100_000


class Kind(enum.Enum):
    LINE = "line"
    TEXT = "text"
    URL = "url"
    URLS = "urls"
    EMAIL = "email"
    YEAR = "year"
    TAGS = "tags"
    ONE = "one"
    SEVERAL = "several"
    TICK = "tick"
    COUNTRY = "country"


@dataclass(frozen=True)
class Question:
    """One question. ``limit`` counts code points after CRLF → LF; ``required`` means required to hand in."""

    key: str
    label: Words
    kind: Kind = Kind.TEXT
    help: Words = ""
    limit: int | None = None
    required: bool = False
    choices: tuple[tuple[str, Words], ...] = ()
    autocomplete: str = ""
    short: Words = ""  # how errors name the answer: «Answer “…”»

    @property
    def is_long(self) -> bool:
        return self.kind is Kind.TEXT

    @property
    def is_short(self) -> bool:
        """Few enough choices to show them all at once."""
        return 0 < len(self.choices) <= 5

    @property
    def name(self) -> Words:
        return self.short or self.label


@dataclass(frozen=True)
class Section:
    key: str
    title: Words
    hint: Words
    questions: tuple[Question, ...] = ()


# -- Choices ---------------------------------------------------------------------------------------------------

SECTORS = (
    ("economic", _("Economic affairs")),
    ("education", _("Education")),
    ("employment", _("Employment and labour")),
    ("environment", _("Environment, climate, agriculture")),
    ("external", _("External relations")),
    ("health", _("Health")),
    ("housing", _("Housing and community")),
    ("information", _("Information society and digitalisation")),
    ("administration", _("Public administration reform")),
    ("justice", _("Public order, justice, human rights")),
    ("culture", _("Recreation, culture, religion")),
    ("science", _("Science, research, innovation")),
    ("transport", _("Transport and infrastructure")),
)
STAGES = (
    ("identifying", _("Identifying problems or opportunities")),
    ("generating", _("Generating ideas")),
    ("developing", _("Developing proposals")),
    ("implementing", _("Implementation")),
    ("evaluating", _("Evaluation")),
    ("diffusing", _("Diffusing lessons")),
)
MECHANISMS = (
    ("transnational-body", _("Governing: transnational governance body")),
    ("dedicated-entity", _("Governing: dedicated entity inside a government")),
    ("network", _("Governing: network")),
    ("emerging-governance", _("Governing: emerging governance dynamics")),
    ("collective-intelligence", _("Surfacing and experimenting: collective intelligence")),
    ("experiments", _("Surfacing and experimenting: experiments and tests")),
    ("joint-service", _("Delivering: joint policy or service")),
    ("digital-architecture", _("Delivering: digital architecture")),
    ("skills", _("Delivering: skills and capacity")),
)
INSTRUMENTS = (
    ("egtc", _("European grouping of territorial cooperation (EGTC)")),
    ("treaty", _("Treaty or mutual recognition")),
    ("compact", _("Compact")),
    ("memorandum", _("Memorandum")),
    ("charter", _("Charter")),
    ("joint-facility", _("Joint facility")),
    ("shared-software", _("Shared software or infrastructure")),
    ("regulator-network", _("Regulator or city network")),
    ("council", _("Council of governments")),
    ("commissioned", _("Commissioned project")),
    ("other", pgettext_lazy("instrument", "Other")),
)
BORDERS = (
    ("international-national", _("International, between national governments")),
    ("international-subnational", _("International, between regions or cities")),
    ("international-mixed", _("International, between different levels")),
    ("within-regions", _("Within one country, between regions")),
    ("within-cities", _("Within one country, between cities")),
    ("across-levels", _("Within one country, across levels of government")),
)
YES_NO = (("yes", _("Yes")), ("no", _("No")))
CASE_LANGUAGES = (
    ("en", _("English")),
    ("fr", _("French")),
    ("ar", _("Arabic")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("it", _("Italian")),
    ("pt", _("Portuguese")),
    ("ru", _("Russian")),
    ("other", pgettext_lazy("language", "Another language")),
)


# -- Sections --------------------------------------------------------------------------------------------------

ABOUT = Section(
    "about",
    _("About you and your sponsor"),
    _("Who you are, and the public official behind the case"),
    (
        Question(
            "organisation",
            _("What is the name of your organisation?"),
            Kind.LINE,
            limit=200,
            required=True,
            autocomplete="organization",
            short=_("the name of your organisation"),
        ),
        Question(
            "organisation_country",
            _("In which country is it?"),
            Kind.COUNTRY,
            required=True,
            autocomplete="country",
            short=_("the country of your organisation"),
        ),
        Question(
            "organisation_level",
            _("At which level of government does it work?"),
            Kind.ONE,
            required=True,
            choices=LEVELS,
            short=_("the level of government"),
        ),
        Question(
            "sectors",
            _("Which sectors does the case touch?"),
            Kind.SEVERAL,
            _("Select all that apply."),
            required=True,
            choices=SECTORS,
            short=_("the sectors"),
        ),
        Question(
            "public_employee",
            _("Are you a public employee who is involved in the case?"),
            Kind.ONE,
            required=True,
            choices=YES_NO,
            short=_("whether you are a public employee"),
        ),
        Question(
            "sponsor_name",
            _("If not: name of the public official who stands behind the case"),
            Kind.LINE,
            _("You may hand in without a public sponsor, but we cannot publish the case without one."),
            limit=150,
            short=_("the name of the sponsor"),
        ),
        Question(
            "sponsor_organisation",
            _("Organisation of the public official"),
            Kind.LINE,
            limit=200,
            short=_("the organisation of the sponsor"),
        ),
        Question(
            "sponsor_email",
            _("E-mail address of the public official"),
            Kind.EMAIL,
            _("Never public. We write to it only about this case."),
            limit=254,
            short=_("the e-mail address of the sponsor"),
        ),
    ),
)
JURISDICTIONS = Section(
    "jurisdictions",
    _("Jurisdictions"),
    _("The places whose governments work together, and who leads"),
)
BRIEF = Section(
    "brief",
    _("The case in brief"),
    _("Title, year, and what it is about"),
    (
        Question(
            "language",
            _("In which language do you write this case?"),
            Kind.ONE,
            required=True,
            choices=CASE_LANGUAGES,
            short=_("the language of the case"),
        ),
        Question("title", _("Title of the case"), Kind.LINE, limit=150, required=True, short=_("the title")),
        Question(
            "title_english",
            _("Title in English"),
            Kind.LINE,
            _("If you write in another language, this helps readers elsewhere find your case."),
            limit=150,
            short=_("the English title"),
        ),
        Question(
            "website",
            _("Web page of the case"),
            Kind.URL,
            limit=500,
            autocomplete="url",
            short=_("the web page"),
        ),
        Question(
            "year",
            _("In which year was it put into practice?"),
            Kind.YEAR,
            _("A pilot counts. For example 2024."),
            required=True,
            short=_("the year"),
        ),
        Question(
            "short_explanation",
            _("What is it, in a few sentences?"),
            help=_("Readers of the library see this first. Write for somebody who has never heard of it."),
            limit=500,
            required=True,
            short=_("your short explanation"),
        ),
        Question(
            "short_english",
            _("The same few sentences in English"),
            help=_("If you write in another language: a translation of your own, in plain words."),
            limit=500,
            short=_("your short explanation in English"),
        ),
        Question(
            "overview",
            _("What problem did you set out to solve together, and what did you do?"),
            help=_(
                "The whole story: the problem, what was done, by whom and for whom, and how you decide together."
            ),
            limit=5000,
            required=True,
            short=_("your overview"),
        ),
        Question(
            "tags",
            _("Tags"),
            Kind.TAGS,
            _(
                "At least three words or short phrases, separated by commas: flood warning, data sharing, rivers."
            ),
            limit=300,
            required=True,
            short=_("the tags"),
        ),
    ),
)
NEW = Section(
    "new",
    _("What is new, and how far it is"),
    _("Novelty, stage, mechanism and instrument"),
    (
        Question(
            "innovative",
            _("What makes it innovative?"),
            help=_("New to you is enough, even if others did it before."),
            limit=1000,
            required=True,
            short=_("what makes it innovative"),
        ),
        Question(
            "stages",
            _("Which stages has it reached?"),
            Kind.SEVERAL,
            _("Select all that apply."),
            required=True,
            choices=STAGES,
            short=_("the stages"),
        ),
        Question(
            "happening_now",
            _("What is happening now?"),
            help=_("Who uses it today, how widely, and what comes next."),
            limit=1000,
            required=True,
            short=_("what is happening now"),
        ),
        Question(
            "mechanisms",
            _("Through which mechanisms do you work together?"),
            Kind.SEVERAL,
            _("Select all that apply."),
            choices=MECHANISMS,
            short=_("the mechanisms"),
        ),
        Question(
            "instruments",
            _("On which instruments does it rest?"),
            Kind.SEVERAL,
            _("Select all that apply."),
            choices=INSTRUMENTS,
            short=_("the instruments"),
        ),
    ),
)
PEOPLE = Section(
    "people",
    _("Who and how"),
    _("Partners, users and those who benefit"),
    (
        Question(
            "collaborations",
            _("Who works together, and how did the partnership come about?"),
            help=_(
                "Governments, companies, civil society, residents: who brings what, and why each was needed."
            ),
            limit=500,
            required=True,
            short=_("your collaborations"),
        ),
        Question(
            "users",
            _("Who uses it, and who benefits?"),
            help=_("How many, where, and how they took part in making it."),
            limit=500,
            short=_("the users"),
        ),
    ),
)
RESULTS = Section(
    "results",
    _("Results and lessons"),
    _("What changed, what was hard, and what others can learn"),
    (
        Question(
            "results",
            _("What changed, for whom, and how do you know?"),
            help=_("Results, outcomes and impacts; expected ones where none are known yet."),
            limit=1000,
            required=True,
            short=_("your results"),
        ),
        Question(
            "challenges",
            _("What was difficult, and what failed?"),
            help=_(
                "Law, money, language, data, people, politics, time: the honest answer helps others most."
            ),
            limit=1000,
            required=True,
            short=_("your challenges"),
        ),
        Question(
            "conditions",
            _("Which conditions does it need to succeed?"),
            help=_("People, money, law, technology, trust: what it could not have done without."),
            limit=1000,
            required=True,
            short=_("the conditions for success"),
        ),
        Question(
            "replication",
            _("Has it been, or could it be, repeated elsewhere?"),
            help=_("Where it was taken over and how that went; or what somebody else would have to change."),
            limit=1000,
            required=True,
            short=_("your answer about replication"),
        ),
        Question(
            "lessons",
            _("What have you learned that others should know?"),
            help=_("What you would do again, and what you would do differently."),
            limit=1000,
            required=True,
            short=_("your lessons"),
        ),
        Question(
            "anything_else",
            _("Is there anything else?"),
            help=_("Whatever the other questions have not asked for."),
            limit=1000,
            short=_("your last words"),
        ),
    ),
)
MATERIALS = Section(
    "materials",
    _("Materials"),
    _("Pictures, documents, a video, links"),
    (
        Question(
            "video",
            _("Address of a video pitch"),
            Kind.URL,
            _("One or two minutes, on any site that people can open without an account."),
            limit=500,
            short=_("the address of the video"),
        ),
        Question(
            "links",
            _("Further links"),
            Kind.URLS,
            _("One address on each line, ten at most."),
            limit=3000,
            short=_("the further links"),
        ),
    ),
)
PERMISSION = Section(
    "permission",
    _("Permission"),
    _("What you confirm, and what may be published"),
    (
        Question(
            "consent_truth",
            _("The answers are true as far as I know."),
            Kind.TICK,
            required=True,
            short=_("that the answers are true"),
        ),
        Question(
            "consent_cleared",
            _("My organisation agrees that I hand in this case."),
            Kind.TICK,
            required=True,
            short=_("that your organisation agrees"),
        ),
        Question(
            "consent_publish",
            _("The case may be published. E-mail addresses never are."),
            Kind.TICK,
            required=True,
            short=_("that the case may be published"),
        ),
        Question(
            "consent_licence",
            _("The published text may be used by others under the licence CC BY-SA 3.0 IGO."),
            Kind.TICK,
            required=True,
            short=_("the licence"),
        ),
    ),
)

SECTIONS: tuple[Section, ...] = (ABOUT, JURISDICTIONS, BRIEF, NEW, PEOPLE, RESULTS, MATERIALS, PERMISSION)
BY_KEY: dict[str, Section] = {section.key: section for section in SECTIONS}
QUESTIONS: dict[str, Question] = {q.key: q for section in SECTIONS for q in section.questions}
SECTION_OF: dict[str, str] = {q.key: section.key for section in SECTIONS for q in section.questions}

#: What has to be answered to hand in, as ``answers.gaps`` asks for it (jurisdictions have their own rule).
REQUIRED_TO_HAND_IN: tuple[str, ...] = tuple(q.key for q in QUESTIONS.values() if q.required)

#: The columns of one jurisdiction.
COLUMNS: dict[str, Question] = {
    "country": Question("country", _("Country"), Kind.COUNTRY, required=True, short=_("the country")),
    "level": Question(
        "level",
        _("Level of government"),
        Kind.ONE,
        required=True,
        choices=LEVELS,
        short=_("the level of government"),
    ),
    "name": Question(
        "name",
        _("Name of the place"),
        Kind.LINE,
        _("The region or city. A national government needs none."),
        limit=150,
        short=_("the name of the place"),
    ),
    "organisation": Question(
        "organisation", _("Organisation that takes part"), Kind.LINE, limit=200, short=_("the organisation")
    ),
    "contact": Question(
        "contact",
        _("Contact address"),
        Kind.EMAIL,
        _("Never public. We may ask this partner to confirm the case."),
        limit=254,
        short=_("the contact address"),
    ),
}

#: Alternative text for an image.
ALT = Question("alt", _("What the picture shows, for people who cannot see it"), Kind.LINE, limit=250)


def lang_of(language: str) -> str:
    """For the attribute ``lang``: "" where nobody has told which language it is."""
    return "" if language == "other" else language


def label_of(kind: tuple[tuple[str, Words], ...], value: str) -> str:
    """The words of a choice, or the value itself where a list has lost it."""
    return next((str(words) for key, words in kind if key == value), value)
