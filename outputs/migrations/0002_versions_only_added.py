"""Versions and what they cite can only be added: the database itself refuses to change what the world has read.

As with the book of events, PostgreSQL refuses deleting too; on SQLite emptying a table (as tests do between themselves)
is a DELETE.
"""

from django.db import migrations

TABLES = ("outputs_version", "outputs_citation")
FORWARD = {
    "postgresql": [
        """CREATE FUNCTION outputs_version_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Versions are only added.' USING ERRCODE = 'restrict_violation';
END $$""",
        *(
            f"""CREATE TRIGGER {table}_only_added BEFORE DELETE OR UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION outputs_version_is_only_added()"""
            for table in TABLES
        ),
    ],
    "sqlite": [
        f"""CREATE TRIGGER {table}_only_added BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'Versions are only added.'); END"""
        for table in TABLES
    ],
}
BACKWARD = {
    "postgresql": [
        *(f"DROP TRIGGER {table}_only_added ON {table}" for table in TABLES),
        "DROP FUNCTION outputs_version_is_only_added()",
    ],
    "sqlite": [f"DROP TRIGGER {table}_only_added" for table in TABLES],
}


def close_the_book(apps, schema_editor):
    _execute(FORWARD, schema_editor)


def open_the_book(apps, schema_editor):
    _execute(BACKWARD, schema_editor)


def _execute(statements, schema_editor):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("outputs", "0001_outputs")]

    operations = [migrations.RunPython(close_the_book, open_the_book)]
