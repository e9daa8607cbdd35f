"""One form for each section, made from ``questions.py``; they check shape only, nothing is refused for being unfinished."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases import answers
from cases.answers import Gap, Unreadable, anchor_of
from cases.drafting import Conflict, fresh_row_id
from cases.models import Attachment, Case, Colleague
from cases.questions import (
    ALT,
    COLUMNS,
    FEWEST_JURISDICTIONS,
    MOST_JURISDICTIONS,
    Kind,
    Question,
    Section,
)
from people.forms import CountrySelect, HoneypotMixin, MailboxField, NameField, portal_helper
from people.models import zone_named


def widget_for(question: Question) -> forms.Widget:
    attrs: dict[str, Any] = {"class": "in"}
    if question.autocomplete:
        attrs["autocomplete"] = question.autocomplete
    if is_counted(question):
        attrs["data-max"] = question.limit
    match question.kind:
        case Kind.TEXT | Kind.URLS:
            long = question.kind is Kind.TEXT and (question.limit or 0) > 2000
            return forms.Textarea(attrs={**attrs, "rows": 12 if long else 6, "dir": "auto"})
        case Kind.URL:
            return forms.URLInput(attrs={**attrs, "inputmode": "url", "dir": "ltr", "spellcheck": "false"})
        case Kind.EMAIL:
            return forms.EmailInput(
                attrs={**attrs, "autocomplete": "off", "dir": "ltr", "spellcheck": "false"}
            )
        case Kind.YEAR:
            return forms.TextInput(attrs={**attrs, "inputmode": "numeric", "class": "in w20", "dir": "ltr"})
        case Kind.ONE if question.is_short:
            return forms.RadioSelect(choices=question.choices)
        case Kind.ONE:
            return forms.Select(
                attrs=attrs, choices=[("", pgettext_lazy("nothing chosen yet", "Choose")), *question.choices]
            )
        case Kind.SEVERAL:
            return forms.CheckboxSelectMultiple(choices=question.choices)
        case Kind.TICK:
            return forms.CheckboxInput()
        case Kind.COUNTRY:
            return CountrySelect(attrs=attrs)
        case _:
            return forms.TextInput(attrs={**attrs, "dir": "auto"})


def is_counted(question: Question) -> bool:
    return bool(question.limit) and question.kind in (Kind.TEXT, Kind.TAGS)


class AnswerField(forms.Field):
    """One answer: kept as it was typed. What the field template shows beside the control hangs on it."""

    def __init__(
        self, question: Question, *, label: Any = None, example: str = "", base: str = "", value: Any = None
    ):
        super().__init__(
            required=False,
            label=label or question.label,
            help_text=question.help,
            widget=widget_for(question),
        )
        self.question = question
        self.example = example
        self.base = base
        self.initial = value
        self.conflict: Conflict | None = None
        #: Whether the characters left are counted below the box.
        self.is_counted = is_counted(question)


class Row:
    """One jurisdiction on the form."""

    def __init__(self, form: SectionForm, row_id: str, number: int, *, is_lead: bool, title: str):
        self.id, self.number, self.is_lead, self.title = row_id, number, is_lead, title
        self.fields = [form[f"jurisdictions.{row_id}.{column}"] for column in COLUMNS]
        self.country, self.level, self.name, self.organisation, self.contact = self.fields


# -- The sections --------------------------------------------------------------------------------------------------


class SectionForm(forms.Form):
    """The fields of one section of one case, filled from its answers or from what was sent.

    ``values()`` gives the parsed answers by field name and ``unreadable`` the fields that cannot be kept, with
    the words for it. Names that are not of this section are passed over.
    """

    use_required_attribute = False

    def __init__(
        self,
        section: Section,
        case: Case,
        *,
        data: QueryDict | None = None,
        examples: dict[str, str] | None = None,
        files: list[Attachment] | None = None,
    ):
        super().__init__(data)
        self.section, self.case, self.attachments = section, case, files or []
        self.unreadable: dict[str, str] = {}
        self.row_ids: list[str] = []
        examples = examples or {}
        for question in section.questions:
            self._add(question.key, question, example=examples.get(question.key, ""))
        if section.key == "jurisdictions":
            self._add_rows()
        if section.key == "materials":
            for file in self.attachments:
                if file.is_image:
                    self._add(f"alt.{file.code}", ALT)
        self.helper = portal_helper(*(question.key for question in section.questions))

    def _add(self, name: str, question: Question, *, example: str = "") -> None:
        value = answers.value_of(self.case.answers, name)
        base = answers.token(value, self.case.versions.get(name, 0))
        self.fields[name] = AnswerField(question, example=example, base=base, value=value)

    def _add_rows(self) -> None:
        kept = [row["id"] for row in answers.rows_of(self.case.answers)]
        sent = [
            name.split(".")[1] for name in self.data if name.count(".") == 2 and answers.question_of(name)
        ]
        room = max(len(kept), MOST_JURISDICTIONS)
        self.row_ids = list(dict.fromkeys([*kept, *sent]))[:room]
        while len(self.row_ids) < FEWEST_JURISDICTIONS:
            self.row_ids.append(fresh_row_id())
        for row_id in self.row_ids:
            for column, question in COLUMNS.items():
                self._add(f"jurisdictions.{row_id}.{column}", question)

    # what was sent

    def values(self) -> dict[str, Any]:
        """The answers that were sent, parsed; ``unreadable`` is filled on the way. A form sends every field."""
        found = {}
        for name, field in self.fields.items():
            several = field.question.kind in (Kind.SEVERAL, Kind.TICK)
            if name not in self.data and not (several and f"base:{name}" in self.data):
                continue
            try:
                found[name] = answers.parse(field.question, self.data.getlist(name))
            except Unreadable as error:
                self.unreadable[name] = str(error)
        if self.section.key == "jurisdictions" and "jurisdictions.lead" in self.data:
            lead = self.data["jurisdictions.lead"]
            if lead in self.row_ids:
                found["jurisdictions.lead"] = lead
        return found

    def bases(self) -> dict[str, str]:
        return {name[5:]: value for name, value in self.data.items() if name.startswith("base:")}

    def taking(self) -> frozenset[str]:
        """Fields for which the person chose the other text."""
        return frozenset(name[5:] for name in self.data if name.startswith("take:"))

    # what is shown

    @property
    def lead_base(self) -> str:
        name = "jurisdictions.lead"
        return answers.token(self.case.answers.get(name), self.case.versions.get(name, 0))

    @property
    def rows(self) -> list[Row]:
        lead = self.data.get("jurisdictions.lead") or self.case.answers.get("jurisdictions.lead")
        by_id = {row["id"]: row for row in answers.rows_of(self.case.answers)}
        return [
            Row(
                self,
                row_id,
                number,
                is_lead=row_id == lead,
                title=answers.place(by_id[row_id]) if answers.said(by_id.get(row_id, {})) else "",
            )
            for number, row_id in enumerate(self.row_ids, 1)
        ]

    @property
    def files_shown(self) -> list[dict]:
        return [
            {"file": file, "alt": self[f"alt.{file.code}"] if file.is_image else None}
            for file in self.attachments
        ]

    def show(self, gaps: list[Gap], conflicts: list[Conflict] = ()) -> None:
        """Put gaps, unreadable answers and conflicts beside their fields."""
        for conflict in conflicts:
            if conflict.field in self.fields:
                self.fields[conflict.field].conflict = conflict
                self.fields[conflict.field].base = conflict.base
        for name, words in self.unreadable.items():
            self.complain(name, words)
        for gap in gaps:
            self.complain(gap.field, gap.message)

    def complain(self, name: str, words: str) -> None:
        self.errors.setdefault(name if name in self.fields else "__all__", self.error_class()).append(words)

    def summary(self, gaps: list[Gap]) -> list[dict[str, str]]:
        """The lines of the error summary: ``{"href", "message"}``, each to the first control of its answer."""
        lines = [{"href": f"#{anchor_of(name)}", "message": words} for name, words in self.unreadable.items()]
        return lines + [{"href": f"#{anchor_of(gap.field)}", "message": gap.message} for gap in gaps]


# -- The other forms of the room -----------------------------------------------------------------------------------


class StartForm(HoneypotMixin):
    """Name and e-mail address: all it takes to begin."""

    name = NameField(
        label=gettext_lazy("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "name", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Enter your name")},
    )
    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("We send the link to your draft there. It works on any device."),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"class": "in", "autocomplete": "email", "dir": "ltr", "spellcheck": "false"}
        ),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.org"),
        },
    )
    zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-zone": True}))
    begun_with = forms.RegexField(
        r"^[\w-]{16,64}$",
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"),
            gettext_lazy("The page did not reach us as we made it. Please press the button once more."),
        ),
    )

    use_required_attribute = False
    field_order = ["name", "email", "nickname", "zone", "begun_with"]

    helper = portal_helper("name", "email", "zone", "begun_with")

    def clean_zone(self) -> str:
        zone = self.cleaned_data["zone"]
        return zone if zone_named(zone) else ""


class InviteForm(forms.Form):
    name = NameField(
        label=gettext_lazy("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Enter the name of your colleague")},
    )
    email = MailboxField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"class": "in", "autocomplete": "off", "dir": "ltr", "spellcheck": "false"}
        ),
        error_messages={
            "required": gettext_lazy("Enter the e-mail address of your colleague"),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.org"),
        },
    )
    role = forms.ChoiceField(
        label=gettext_lazy("What may your colleague do?"),
        choices=[
            (Colleague.Role.EDITOR, Colleague.Role.EDITOR.label),
            (Colleague.Role.READER, Colleague.Role.READER.label),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether your colleague may edit or read")},
    )
    use_required_attribute = False
    helper = portal_helper("name", "email", "role")


class AddressForm(forms.Form):
    email = MailboxField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"class": "in", "autocomplete": "email", "dir": "ltr", "spellcheck": "false"}
        ),
        error_messages={
            "required": gettext_lazy("Enter your e-mail address"),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.org"),
        },
    )
    use_required_attribute = False
    helper = portal_helper("email")


class ReopeningForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("What kept you?"),
        help_text=gettext_lazy("One or two sentences are enough. Staff read them before they decide."),
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "in", "rows": 4, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Say in a sentence what kept you")},
    )
    use_required_attribute = False
    helper = portal_helper("words")


class FeedbackForm(forms.Form):
    """Nothing is preset: a form that suggests its own mark measures nothing."""

    ease = forms.TypedChoiceField(
        label=gettext_lazy("How easy was this form, from 1 (hard) to 10 (easy)?"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, str(n)) for n in range(1, 11)],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=gettext_lazy("What was hard?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"class": "in", "rows": 3, "dir": "auto"}),
    )
    use_required_attribute = False
    helper = portal_helper("ease", "words")
