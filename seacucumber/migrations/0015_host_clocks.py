"""How far the clock of each host is off."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('seacucumber', '0014_hold_end'),
    ]

    operations = [
        migrations.CreateModel(
            name='HostClock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(max_length=60)),
                ('pace_key', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('offset_us', models.BigIntegerField(db_default=0, default=0)),
                ('seen_at_us', models.BigIntegerField(db_default=0, default=0)),
                ('ses_offset_us', models.BigIntegerField(blank=True, null=True)),
                ('ses_seen_at_us', models.BigIntegerField(db_default=0, default=0)),
                ('answered_at_us', models.BigIntegerField(db_default=0, default=0)),
                ('refusals', models.PositiveIntegerField(db_default=0, default=0)),
                ('ask_at_us', models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                'verbose_name': 'clock of a host',
                'verbose_name_plural': 'clocks of hosts',
                'constraints': [models.UniqueConstraint(fields=('host', 'pace_key'), name='seacucumber_host_clock_once')],
            },
        ),
    ]
