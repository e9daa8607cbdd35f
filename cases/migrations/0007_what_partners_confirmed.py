from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_agreeing_and_confirming")]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="digest",
            field=models.CharField(blank=True, default="", max_length=64, verbose_name="digest (SHA-256)"),
            preserve_default=False,
        ),
    ]
