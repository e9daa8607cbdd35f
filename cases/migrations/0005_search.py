"""What is searched of public cases: a text for each, and the words that stand in them.

PostgreSQL searches ``tsvector`` columns by GIN; on SQLite an FTS5 index follows the table by triggers, and takes every
letter beyond ASCII as part of a word, because the words are folded and parted already (see ``cases.words``).
"""

import cases.models.search
import django.db.models.deletion
from django.db import migrations, models

FIELDS = ("title", "head", "body")
FORWARD = {
    # Rows without their texts are so short that those of thousands of cases are read in a moment; and a list of
    # what an index has still to take in would be gone through by every search.
    "postgresql": [
        "ALTER TABLE cases_searchtext SET (toast_tuple_target = 128)",
        *(
            f"CREATE INDEX cases_searchtext_{field}_words ON cases_searchtext USING gin ({field})"
            " WITH (fastupdate = off)"
            for field in FIELDS
        ),
    ],
    "sqlite": [
        """CREATE VIRTUAL TABLE cases_searchtext_words USING fts5(
title, head, body, content='cases_searchtext', content_rowid='public_case_id', tokenize='ascii')""",
        """CREATE TRIGGER cases_searchtext_added AFTER INSERT ON cases_searchtext BEGIN
INSERT INTO cases_searchtext_words(rowid, title, head, body)
VALUES (new.public_case_id, new.title, new.head, new.body); END""",
        """CREATE TRIGGER cases_searchtext_gone AFTER DELETE ON cases_searchtext BEGIN
INSERT INTO cases_searchtext_words(cases_searchtext_words, rowid, title, head, body)
VALUES ('delete', old.public_case_id, old.title, old.head, old.body); END""",
        """CREATE TRIGGER cases_searchtext_changed AFTER UPDATE ON cases_searchtext BEGIN
INSERT INTO cases_searchtext_words(cases_searchtext_words, rowid, title, head, body)
VALUES ('delete', old.public_case_id, old.title, old.head, old.body);
INSERT INTO cases_searchtext_words(rowid, title, head, body)
VALUES (new.public_case_id, new.title, new.head, new.body); END""",
    ],
}
BACKWARD = {
    "postgresql": [
        *(f"DROP INDEX cases_searchtext_{field}_words" for field in FIELDS),
        "ALTER TABLE cases_searchtext RESET (toast_tuple_target)",
    ],
    "sqlite": [
        "DROP TRIGGER cases_searchtext_changed",
        "DROP TRIGGER cases_searchtext_gone",
        "DROP TRIGGER cases_searchtext_added",
        "DROP TABLE cases_searchtext_words",
    ],
}


def index(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def index_no_more(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0004_editions_only_added'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('public_case', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_text', serialize=False, to='cases.publiccase')),
                ('title', cases.models.search.Words()),
                ('head', cases.models.search.Words()),
                ('body', cases.models.search.Words()),
            ],
        ),
        migrations.CreateModel(
            name='SearchGram',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gram', models.CharField(max_length=3)),
                ('length', models.PositiveSmallIntegerField()),
                ('word', models.CharField(max_length=40)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('gram', 'length', 'word'), name='one_piece_per_word')],
            },
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40)),
                ('stem', models.CharField(max_length=40)),
            ],
            options={
                'indexes': [models.Index(fields=['word'], name='search_word')],
                'constraints': [models.UniqueConstraint(fields=('stem', 'word'), name='one_word_per_stem')],
            },
        ),
        migrations.RunPython(index, index_no_more),
    ]
