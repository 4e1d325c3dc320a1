"""Taking in events has a lease of its own, as the questions to SES have."""

from __future__ import annotations

from django.db import migrations, models

SUBJECTS = [
    ("account", "quota and rate"),
    ("statistics", "statistics"),
    ("identities", "identities"),
    ("suppression", "suppression list"),
    ("suppress-all", "whole suppression list"),
    ("events", "events"),
]


class Migration(migrations.Migration):
    dependencies = [("seacucumber", "0011_ses_outage")]
    operations = [
        migrations.AlterField(
            model_name="refresh",
            name="subject",
            field=models.CharField(choices=SUBJECTS, max_length=12),
        ),
    ]
