"""Events of SES, the fates of recipients, and whether events arrive at all."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OUTCOMES = [(0, 'open'), (1, 'accepted'), (2, 'throttled'), (3, 'deferred'), (4, 'held'), (5, 'refused'), (6, 'unknown'), (7, 'abandoned'), (8, 'late')]
TYPES = [(0, 'other'), (1, 'send'), (2, 'delivery'), (3, 'delivery delay'), (4, 'bounce'), (5, 'complaint'), (6, 'reject'), (7, 'rendering failure'), (8, 'open'), (9, 'click'), (10, 'subscription')]
FATES = [(0, 'not known yet'), (10, 'delayed'), (20, 'soft bounce'), (30, 'delivered'), (40, 'suppressed'), (50, 'rejected'), (60, 'bounced'), (70, 'complained')]


def mend(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite makes a table anew for a new column, without the index of 0005."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE INDEX IF NOT EXISTS seacucumber_recipient_who"
            " ON seacucumber_recipient (address, message_id)"
        )


class Migration(migrations.Migration):
    dependencies = [("seacucumber", "0006_dkim_keys")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, mend),
        migrations.AlterField(
            model_name='attempt',
            name='outcome',
            field=models.PositiveSmallIntegerField(choices=OUTCOMES, default=0),
        ),
        migrations.AddField(
            model_name='attempt',
            name='ses_message_id',
            field=models.CharField(blank=True, default='', max_length=128),
        ),
        migrations.AddField(
            model_name='recipient',
            name='fate',
            field=models.PositiveSmallIntegerField(choices=FATES, default=0),
        ),
        migrations.AddField(
            model_name='recipient',
            name='fate_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='recipient',
            name='fate_detail',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.RunPython(mend, migrations.RunPython.noop),
        migrations.CreateModel(
            name='EventRoute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100)),
                ('name', models.CharField(max_length=256)),
                ('first_heard_at_us', models.BigIntegerField()),
                ('heard_at_us', models.BigIntegerField()),
                ('accepted_until_us', models.BigIntegerField()),
            ],
            options={
                'verbose_name': 'event route',
                'verbose_name_plural': 'event routes',
                'constraints': [models.UniqueConstraint(fields=('pace_key', 'name'), name='seacucumber_event_route_once')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=32, unique=True)),
                ('recipient', models.CharField(blank=True, default='', max_length=320)),
                ('type', models.PositiveSmallIntegerField(choices=TYPES)),
                ('fate', models.PositiveSmallIntegerField(choices=FATES, default=0)),
                ('at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('ses_message_id', models.CharField(max_length=128)),
                ('attempt', models.PositiveIntegerField(default=0)),
                ('via', models.CharField(choices=[('webhook', 'webhook'), ('queue', 'queue')], max_length=8)),
                ('detail', models.JSONField(blank=True, default=dict)),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='event_set', to='seacucumber.message')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'indexes': [
                    models.Index(fields=['type', 'id'], name='seacucumber_event_type'),
                    models.Index(fields=['recipient', 'id'], name='seacucumber_event_who', opclasses=['varchar_pattern_ops', 'int8_ops']),
                    models.Index(fields=['ses_message_id'], name='seacucumber_event_mail'),
                ],
            },
        ),
    ]
