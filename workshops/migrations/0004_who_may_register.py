from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshops", "0003_seats_kept_until")]

    operations = [
        migrations.AddField(
            model_name="workshop",
            name="open_to",
            field=models.CharField(
                choices=[
                    ("anybody", "Everybody"),
                    ("organisations", "People with an address at the organisations named below"),
                    ("office", "Only people whom the office registers"),
                ],
                default="anybody",
                max_length=15,
                verbose_name="who may register",
            ),
        ),
        migrations.AddField(
            model_name="workshop",
            name="domains",
            field=models.TextField(
                blank=True,
                help_text=(
                    "What their e-mail addresses end in, one a line: oecd.org, gov.uk. Whatever ends in it counts too."
                ),
                verbose_name="organisations",
            ),
        ),
    ]
