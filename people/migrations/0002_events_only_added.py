"""The book of events can only grow: the database itself refuses to change a line, or on PostgreSQL to tear one out.

SQLite refuses changes alone, because emptying a table (as tests do between themselves) is a DELETE there; on
PostgreSQL it is a TRUNCATE, which asks no row trigger.
"""

from django.db import migrations

FORWARD = {
    "postgresql": [
        """CREATE FUNCTION people_event_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Events are only added.' USING ERRCODE = 'restrict_violation';
END $$""",
        """CREATE TRIGGER people_event_only_added BEFORE UPDATE OR DELETE ON people_event
FOR EACH ROW EXECUTE FUNCTION people_event_is_only_added()""",
    ],
    "sqlite": [
        """CREATE TRIGGER people_event_only_added BEFORE UPDATE ON people_event
BEGIN SELECT RAISE(ABORT, 'Events are only added.'); END""",
    ],
}
BACKWARD = {
    "postgresql": [
        "DROP TRIGGER people_event_only_added ON people_event",
        "DROP FUNCTION people_event_is_only_added()",
    ],
    "sqlite": ["DROP TRIGGER people_event_only_added"],
}


def close_the_book(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_the_book(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_people")]

    operations = [migrations.RunPython(close_the_book, open_the_book)]
