"""The suppression list, and what the reputation guard counts and concludes."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('seacucumber', '0007_events'),
    ]

    operations = [
        migrations.CreateModel(
            name='Suppressed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=320, verbose_name='address')),
                ('scope', models.CharField(max_length=255, verbose_name='scope')),
                ('reason', models.CharField(choices=[('bounce', 'hard bounce'), ('complaint', 'complaint'), ('soft-bounces', 'repeated soft bounces'), ('manual', 'by hand')], max_length=16, verbose_name='reason')),
                ('source', models.CharField(choices=[('ses', 'Amazon SES'), ('ours', 'this project'), ('manual', 'a person')], max_length=8, verbose_name='source')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('note', models.CharField(blank=True, default='', max_length=200, verbose_name='note')),
                ('strikes', models.PositiveSmallIntegerField(default=0)),
                ('ses_known', models.BooleanField(default=False, verbose_name="on SES's list")),
                ('ses_seen_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'suppressed address',
                'verbose_name_plural': 'suppressed addresses',
                'permissions': (('change_ses_suppression', "Can change SES's suppression list"), ('export_suppressed', 'Can export suppressed addresses'), ('import_suppressed', 'Can import suppressed addresses')),
                'default_permissions': ('view', 'add', 'delete'),
                'constraints': [models.UniqueConstraint(fields=('address', 'scope'), name='seacucumber_suppressed_once')],
                'indexes': [models.Index(fields=['scope', 'ses_known'], name='seacucumber_suppressed_of')],
            },
        ),
        migrations.CreateModel(
            name='MailMinute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100)),
                ('lane', models.PositiveSmallIntegerField(choices=[(0, 'transactional'), (1, 'bulk')])),
                ('start_us', models.BigIntegerField()),
                ('sent', models.PositiveIntegerField(default=0)),
                ('bounced', models.PositiveIntegerField(default=0)),
                ('complained', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'minute of mail',
                'verbose_name_plural': 'minutes of mail',
                'constraints': [models.UniqueConstraint(fields=('pace_key', 'lane', 'start_us'), name='seacucumber_mailminute_once')],
            },
        ),
        migrations.CreateModel(
            name='Reputation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100, unique=True)),
                ('level', models.PositiveSmallIntegerField(choices=[(0, 'well'), (1, 'warned'), (2, 'bulk mail stopped'), (3, 'all mail stopped')], default=0)),
                ('bounce_rate', models.FloatField(blank=True, null=True)),
                ('complaint_rate', models.FloatField(blank=True, null=True)),
                ('sent', models.PositiveIntegerField(default=0)),
                ('judged_at', models.DateTimeField(blank=True, null=True)),
                ('counts_from', models.DateTimeField(blank=True, null=True)),
                ('told_level', models.PositiveSmallIntegerField(choices=[(0, 'well'), (1, 'warned'), (2, 'bulk mail stopped'), (3, 'all mail stopped')], default=0)),
                ('enforcement', models.CharField(blank=True, default='', max_length=32)),
            ],
            options={
                'verbose_name': 'reputation',
                'verbose_name_plural': 'reputations',
            },
        ),
        migrations.AlterField(
            model_name='hold',
            name='cause',
            field=models.CharField(choices=[('operator', 'stopped by an operator'), ('quota', 'the 24 hour quota is used up'), ('account-paused', 'sending is paused for the SES account'), ('account-suspended', 'the SES account is suspended'), ('credentials', 'AWS refuses the credentials'), ('permission', 'an IAM permission is missing'), ('clock-skew', 'the clock of this host is wrong'), ('sender-unverified', 'the sender is not verified'), ('mail-from', 'the custom MAIL FROM domain is not verified'), ('configuration-set-missing', 'the configuration set does not exist'), ('configuration-set-paused', 'the configuration set is paused'), ('signing', 'the DKIM signature cannot be made'), ('reputation', 'bounces or complaints endanger the account')], max_length=32),
        ),
        migrations.AlterField(
            model_name='refresh',
            name='subject',
            field=models.CharField(choices=[('account', 'quota and rate'), ('statistics', 'statistics'), ('identities', 'identities'), ('suppression', 'suppression list'), ('suppress-all', 'whole suppression list')], max_length=12),
        ),
    ]
