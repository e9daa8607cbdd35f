from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("workshops", "0001_workshops")]

    operations = [
        migrations.AlterModelOptions(
            name="registration",
            options={
                "ordering": ["workshop", "turn"],
                "permissions": [
                    ("see_access_needs", "Can see what people need to take part"),
                    ("write_to_registrants", "Can write letters to registrants"),
                ],
                "verbose_name": "registration",
                "verbose_name_plural": "registrations",
            },
        ),
    ]
