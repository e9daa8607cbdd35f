"""When and by whom authors were told can only be added: the database itself refuses to change it later.

As with decisions, PostgreSQL refuses deleting too; on SQLite emptying a table (as tests do between themselves) is a
DELETE.
"""

from django.db import migrations

FORWARD = {
    "postgresql": [
        """CREATE TRIGGER reviews_release_only_added BEFORE DELETE OR UPDATE ON reviews_release
FOR EACH ROW EXECUTE FUNCTION reviews_decision_is_only_added()""",
    ],
    "sqlite": [
        """CREATE TRIGGER reviews_release_only_added BEFORE UPDATE ON reviews_release
BEGIN SELECT RAISE(ABORT, 'Decisions are only added.'); END""",
    ],
}
BACKWARD = {
    "postgresql": ["DROP TRIGGER reviews_release_only_added ON reviews_release"],
    "sqlite": ["DROP TRIGGER reviews_release_only_added"],
}


def close_the_book(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_the_book(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0002_decisions_only_added")]

    operations = [migrations.RunPython(close_the_book, open_the_book)]
