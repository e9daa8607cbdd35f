"""What authors type on the pages of this room."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from cases import answers
from cases.forms import AnswerField
from cases.questions import Question as Asked
from people.forms import portal_helper
from reviews.asking import LONGEST_ANSWER

ANSWER = Asked(
    "answer",
    gettext_lazy("Your answer"),
    limit=LONGEST_ANSWER,
    required=True,
    short=gettext_lazy("your answer"),
)


class AnswerForm(forms.Form):
    """An answer to a question of ours; ``based_on`` is the token of the answer that stood when the page was made."""

    based_on = forms.CharField(required=False, widget=forms.HiddenInput)

    use_required_attribute = False
    helper = portal_helper("answer", "based_on")

    def __init__(self, data: QueryDict | None = None, *, said: str = "", based_on: str = "", at: datetime):
        super().__init__(data, initial={"based_on": based_on})
        self.at = at
        self.fields["answer"] = AnswerField(ANSWER, value=said)

    def clean_answer(self) -> str:
        try:
            words = answers.readable(self.cleaned_data["answer"] or "")
        except answers.Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        if wrong := answers.complaint(ANSWER, words, at=self.at):
            raise forms.ValidationError(wrong)
        return words

    def base_on(self, token: str) -> None:
        """Let what is sent next replace the answer that this token names."""
        self.data = self.data.copy()
        self.data["based_on"] = token
