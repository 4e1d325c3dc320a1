"""When a hold that a person has placed is over by itself."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('seacucumber', '0013_shared_certificates'),
    ]

    operations = [
        migrations.AddField(
            model_name='hold',
            name='ends_at_us',
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
