"""What is searched of a public case, and the words that stand in the library."""

from __future__ import annotations

from typing import Any

from django.db import models

from cases.models.library import PublicCase

#: PostgreSQL knows no later positions.
LAST_POSITION = 16_383


class Words(models.TextField):
    """Folded words (see ``cases.words``) with spaces between them, to be written and searched, not read.

    On PostgreSQL they are a ``tsvector``, written as such, so that no parser of a database and no locale has a say in
    what a word is. On SQLite they are text, and an FTS5 index follows the table by triggers (migration 0005).
    """

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: str, connection: Any, prepared: bool = False) -> Any:
        if connection.vendor != "postgresql":
            return value
        return " ".join(
            f"'{word}':{min(at, LAST_POSITION)}"
            for at, word in enumerate(value.replace("'", "").replace("\\", "").split(), 1)
        )


class SearchText(models.Model):
    """What is searched of a public case on show, from what weighs most to what weighs least."""

    public_case = models.OneToOneField(
        PublicCase, on_delete=models.CASCADE, primary_key=True, related_name="search_text"
    )
    title = Words()
    head = Words()
    body = Words()


class SearchWord(models.Model):
    """A word that stands, or once stood, in the library, and what it is a form of (see ``words.stem``).

    Only ever added: whether a word finds anything is asked of the texts.
    """

    word = models.CharField(max_length=40)
    stem = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stem", "word"], name="one_word_per_stem")]
        indexes = [models.Index(fields=["word"], name="search_word")]


class SearchGram(models.Model):
    """A piece of three letters of a word, so that the word is found when it is mistyped."""

    gram = models.CharField(max_length=3)
    length = models.PositiveSmallIntegerField()
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gram", "length", "word"], name="one_piece_per_word")]
