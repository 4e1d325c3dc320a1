"""The indexes that the list of events lives on.

On PostgreSQL the one of recipients also answers how an address begins. Mail of others
needs none of its own: it is where the index on the message has no message.
"""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('seacucumber', '0008_suppression'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['type', 'id'], name='seacucumber_event_type'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['recipient', 'id'], name='seacucumber_event_who', opclasses=['varchar_pattern_ops', 'int8_ops']),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['ses_message_id'], name='seacucumber_event_mail'),
        ),
    ]
