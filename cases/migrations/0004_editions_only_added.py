"""Editions can only be added: the database itself refuses to change what the world has read and may have cited.

As with the book of events, PostgreSQL refuses deleting too; on SQLite emptying a table (as tests do between themselves)
is a DELETE.
"""

from django.db import migrations

FORWARD = {
    "postgresql": [
        """CREATE FUNCTION cases_edition_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Editions are only added.' USING ERRCODE = 'restrict_violation';
END $$""",
        """CREATE TRIGGER cases_edition_only_added BEFORE DELETE OR UPDATE ON cases_edition
FOR EACH ROW EXECUTE FUNCTION cases_edition_is_only_added()""",
    ],
    "sqlite": [
        """CREATE TRIGGER cases_edition_only_added BEFORE UPDATE ON cases_edition
BEGIN SELECT RAISE(ABORT, 'Editions are only added.'); END""",
    ],
}
BACKWARD = {
    "postgresql": [
        "DROP TRIGGER cases_edition_only_added ON cases_edition",
        "DROP FUNCTION cases_edition_is_only_added()",
    ],
    "sqlite": ["DROP TRIGGER cases_edition_only_added"],
}


def close_the_book(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_the_book(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_public_shelf")]

    operations = [migrations.RunPython(close_the_book, open_the_book)]
