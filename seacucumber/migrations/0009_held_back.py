"""Mail that waits for a hold to be lifted says so in a column of its own.

What an older process still puts away by its time (2**62) is brought over by the sweep.
"""

from __future__ import annotations

from django.db import migrations, models

from seacucumber.migrations._add_column import AddColumn


class Migration(migrations.Migration):
    dependencies = [("seacucumber", "0008_suppression")]
    operations = [
        AddColumn(
            model_name="message",
            name="held_back",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
