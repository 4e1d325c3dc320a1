"""All tables, and what PostgreSQL is told about two of them.

The indexes that the queue lives on are partial where the database has such indexes
(`seacucumber.db.partial_index`).
"""

import django.db.models.deletion
import django.utils.timezone
import seacucumber.models.queue.message
import seacucumber.db.partial_index
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The queue's rows change a few times and the tables grow by inserts: vacuum by count,
# not by share, or a large history keeps it away for days.
STORAGE = (
    "ALTER TABLE seacucumber_message SET (fillfactor = 85,"
    " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,"
    " autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000)",
    "ALTER TABLE seacucumber_pace SET (fillfactor = 50)",
)


def store(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Tell PostgreSQL how the rows of the queue change."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in STORAGE:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Dashboard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'dashboard',
                'verbose_name_plural': 'dashboard',
                'permissions': (('refresh_figures', 'Can ask SES for new figures'), ('send_test', 'Can send a test message'), ('pause_sending', 'Can stop and resume sending')),
                'managed': False,
                'default_permissions': ('view',),
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ControlPace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, unique=True)),
                ('next_slot_us', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'control pace',
                'verbose_name_plural': 'control paces',
            },
        ),
        migrations.CreateModel(
            name='FetchAllowance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('budget', models.CharField(choices=[('friends', 'friends'), ('strangers', 'strangers')], max_length=16, unique=True)),
                ('spent_until_us', models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                'verbose_name': 'allowance of fetches',
                'verbose_name_plural': 'allowances of fetches',
            },
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, unique=True)),
                ('next_slot_us', models.BigIntegerField(default=0)),
                ('factor', models.FloatField(default=1.0)),
                ('factor_at_us', models.BigIntegerField(default=0)),
                ('max_send_rate', models.FloatField(blank=True, null=True)),
                ('max_24h_send', models.FloatField(blank=True, null=True)),
                ('sent_last_24h', models.FloatField(blank=True, null=True)),
                ('learned_at_us', models.BigIntegerField(blank=True, null=True)),
                ('bulk_credit', models.FloatField(default=0.0)),
                ('attending', models.JSONField(blank=True, default=dict)),
                ('hand_over_from', models.CharField(blank=True, default='', max_length=32)),
                ('idle_until_us', models.BigIntegerField(default=0)),
                ('behind', models.BooleanField(default=False)),
                ('swept_at_us', models.BigIntegerField(default=0)),
                ('unanswered_calls', models.PositiveIntegerField(db_default=0, default=0)),
                ('unanswered_messages', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('unanswered_message', models.BigIntegerField(db_default=0, default=0)),
                ('unanswered_since_us', models.BigIntegerField(db_default=0, default=0)),
                ('unanswered_at_us', models.BigIntegerField(db_default=0, default=0)),
                ('unanswered_detail', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('outage_ended_us', models.BigIntegerField(db_default=0, default=0)),
            ],
            options={
                'verbose_name': 'pace',
                'verbose_name_plural': 'paces',
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
        migrations.CreateModel(
            name='SNSCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=255, unique=True)),
                ('pem', models.TextField()),
            ],
            options={
                'verbose_name': 'certificate of SNS',
                'verbose_name_plural': 'certificates of SNS',
            },
        ),
        migrations.CreateModel(
            name='AccountSnapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, verbose_name='account')),
                ('taken_at', models.DateTimeField(verbose_name='taken at')),
                ('max_24h_send', models.FloatField(verbose_name='24 hour quota')),
                ('max_send_rate', models.FloatField(verbose_name='maximum send rate')),
                ('sent_last_24h', models.FloatField(verbose_name='sent in the last 24 hours')),
                ('production_access', models.BooleanField(verbose_name='production access')),
                ('sending_enabled', models.BooleanField(verbose_name='sending enabled')),
                ('enforcement_status', models.CharField(max_length=32, verbose_name='enforcement status')),
            ],
            options={
                'verbose_name': 'account snapshot',
                'verbose_name_plural': 'account snapshots',
                'constraints': [models.UniqueConstraint(fields=('key', 'taken_at'), name='seacucumber_snapshot_once')],
            },
        ),
        migrations.CreateModel(
            name='DkimKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('domain', models.CharField(max_length=68)),
                ('selector', models.CharField(max_length=68)),
                ('algorithm', models.CharField(choices=[('rsa-sha256', 'RSA'), ('ed25519-sha256', 'Ed25519')], default='rsa-sha256', max_length=16)),
                ('key_bits', models.PositiveIntegerField()),
                ('public_key', models.TextField()),
                ('fingerprint', models.CharField(max_length=128)),
                ('private_key_sealed', models.TextField(blank=True, default='')),
                ('origin', models.CharField(choices=[('generated', 'generated here'), ('imported', 'imported'), ('settings', 'from the settings')], max_length=10)),
                ('use', models.CharField(choices=[('message', 'each message, by us'), ('ses', 'SES (BYODKIM)')], default='message', max_length=10)),
                ('state', models.CharField(choices=[('pending', 'pending'), ('published', 'published'), ('active', 'active'), ('retiring', 'retiring'), ('revoking', 'revoking'), ('revoked', 'revoked'), ('archived', 'archived'), ('abandoned', 'abandoned')], default='pending', max_length=10)),
                ('active_for', models.CharField(blank=True, max_length=80, null=True, unique=True)),
                ('cover_subdomains', models.BooleanField(default=True)),
                ('beside_ses', models.BooleanField(default=False)),
                ('activates_itself', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=1)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('result', models.CharField(blank=True, default='', max_length=20)),
                ('note', models.TextField(blank=True, default='')),
                ('found_record', models.TextField(blank=True, default='')),
                ('found_ttl_s', models.PositiveIntegerField(blank=True, null=True)),
                ('next_check_at', models.DateTimeField(blank=True, null=True)),
                ('good_checks', models.PositiveIntegerField(default=0)),
                ('good_since', models.DateTimeField(blank=True, null=True)),
                ('bad_checks', models.PositiveIntegerField(default=0)),
                ('bad_since', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('activated_at', models.DateTimeField(blank=True, null=True)),
                ('retiring_at', models.DateTimeField(blank=True, null=True)),
                ('revoking_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.CharField(blank=True, default='', max_length=150)),
                ('ses_status', models.CharField(blank=True, default='', max_length=20)),
                ('ses_pushed_at', models.DateTimeField(blank=True, null=True)),
                ('mailer', models.CharField(blank=True, default='', max_length=64)),
                ('predecessor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='seacucumber.dkimkey')),
            ],
            options={
                'verbose_name': 'DKIM key',
                'verbose_name_plural': 'DKIM keys',
                'permissions': (('activate_dkimkey', 'Can activate a DKIM key'), ('rotate_dkimkey', 'Can rotate a DKIM key'), ('revoke_dkimkey', 'Can revoke a DKIM key'), ('push_dkimkey', 'Can hand a DKIM key to SES'), ('override_dkimkey', 'Can activate a DKIM key without a check')),
            },
        ),
        migrations.CreateModel(
            name='DkimKeyEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(blank=True, default='', max_length=150)),
                ('from_state', models.CharField(blank=True, choices=[('pending', 'pending'), ('published', 'published'), ('active', 'active'), ('retiring', 'retiring'), ('revoking', 'revoking'), ('revoked', 'revoked'), ('archived', 'archived'), ('abandoned', 'abandoned')], max_length=10)),
                ('to_state', models.CharField(choices=[('pending', 'pending'), ('published', 'published'), ('active', 'active'), ('retiring', 'retiring'), ('revoking', 'revoking'), ('revoked', 'revoked'), ('archived', 'archived'), ('abandoned', 'abandoned')], max_length=10)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='seacucumber.dkimkey')),
            ],
            options={
                'verbose_name': 'DKIM key event',
                'verbose_name_plural': 'DKIM key events',
                'ordering': ('pk',),
            },
        ),
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
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100)),
                ('scope', models.CharField(choices=[('account', 'account'), ('mailer', 'mailer'), ('lane', 'lane'), ('sender', 'sender'), ('configuration-set', 'configuration set')], max_length=20)),
                ('value', models.CharField(blank=True, default='', max_length=320)),
                ('cause', models.CharField(choices=[('operator', 'stopped by an operator'), ('quota', 'the 24 hour quota is used up'), ('account-paused', 'sending is paused for the SES account'), ('account-suspended', 'the SES account is suspended'), ('credentials', 'AWS refuses the credentials'), ('permission', 'an IAM permission is missing'), ('clock-skew', 'the clock of this host is wrong'), ('ses-silent', 'SES does not answer'), ('sender-unverified', 'the sender is not verified'), ('mail-from', 'the custom MAIL FROM domain is not verified'), ('configuration-set-missing', 'the configuration set does not exist'), ('configuration-set-paused', 'the configuration set is paused'), ('signing', 'the DKIM signature cannot be made'), ('reputation', 'bounces or complaints endanger the account')], max_length=32)),
                ('detail', models.CharField(blank=True, default='', max_length=200)),
                ('placed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('placed_by', models.CharField(blank=True, default='', max_length=150)),
                ('ends_at_us', models.BigIntegerField(blank=True, null=True)),
                ('probe_at_us', models.BigIntegerField(blank=True, null=True)),
                ('probes', models.PositiveIntegerField(default=0)),
                ('probe_message', models.BigIntegerField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
                'constraints': [models.UniqueConstraint(fields=('pace_key', 'scope', 'value', 'cause'), name='seacucumber_hold_once')],
            },
        ),
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
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100)),
                ('mailer', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=320)),
                ('kind', models.CharField(choices=[('address', 'address'), ('domain', 'domain')], max_length=10)),
                ('status', models.CharField(choices=[('pending', 'pending'), ('success', 'verified'), ('failed', 'failed'), ('temporary-failure', 'temporary failure'), ('not-started', 'not started')], default='pending', max_length=20)),
                ('sending_enabled', models.BooleanField(default=False)),
                ('configuration_set', models.CharField(blank=True, default='', max_length=64)),
                ('error_type', models.CharField(blank=True, default='', max_length=64)),
                ('dkim_status', models.CharField(blank=True, default='', max_length=20)),
                ('dkim_tokens', models.JSONField(blank=True, default=list)),
                ('hosted_zone', models.CharField(blank=True, default='', max_length=255)),
                ('own_key', models.BooleanField(default=False)),
                ('mail_from_domain', models.CharField(blank=True, default='', max_length=255)),
                ('mail_from_status', models.CharField(blank=True, default='', max_length=20)),
                ('records', models.JSONField(blank=True, default=list)),
                ('records_checked_at', models.DateTimeField(blank=True, null=True)),
                ('refreshed_at', models.DateTimeField()),
                ('details_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'identity',
                'verbose_name_plural': 'identities',
                'constraints': [models.UniqueConstraint(fields=('pace_key', 'name'), name='seacucumber_identity_once')],
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
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.CharField(default=seacucumber.models.queue.message.new_uid, editable=False, max_length=32, unique=True)),
                ('mailer', models.CharField(max_length=64)),
                ('pace_key', models.CharField(max_length=100)),
                ('state', models.PositiveSmallIntegerField(choices=[(0, 'queued'), (1, 'claimed'), (2, 'sending'), (3, 'sent'), (4, 'uncertain'), (5, 'failed'), (6, 'cancelled'), (7, 'held'), (8, 'suppressed')], default=0)),
                ('lane', models.PositiveSmallIntegerField(choices=[(0, 'transactional'), (1, 'bulk')], default=0)),
                ('ready_at_us', models.BigIntegerField()),
                ('held_back', models.BooleanField(db_default=False, default=False)),
                ('expires_at_us', models.BigIntegerField(blank=True, null=True)),
                ('lease_token', models.CharField(blank=True, default='', max_length=32)),
                ('due_at_us', models.BigIntegerField(blank=True, null=True)),
                ('claims', models.PositiveSmallIntegerField(default=0)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('retries', models.PositiveSmallIntegerField(default=0)),
                ('resends', models.PositiveSmallIntegerField(default=0)),
                ('uncertain', models.CharField(choices=[('resend', 'send again'), ('hold', 'hold')], default='resend', max_length=8)),
                ('configuration_set', models.CharField(blank=True, default='', max_length=64)),
                ('tags', models.JSONField(blank=True, default=dict)),
                ('metadata', models.JSONField(blank=True, default=dict)),
                ('sender', models.CharField(max_length=320)),
                ('subject', models.CharField(blank=True, default='', max_length=200)),
                ('recipient_count', models.PositiveSmallIntegerField()),
                ('size_bytes', models.PositiveIntegerField()),
                ('shares_body', models.BooleanField(default=False)),
                ('ses_message_id', models.CharField(blank=True, db_index=True, default='', max_length=128)),
                ('reason', models.CharField(blank=True, default='', max_length=64)),
                ('last_error', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state_at_us', models.BigIntegerField()),
                ('body_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='seacucumber.message')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'permissions': (('view_body', 'Can read the bodies of messages'), ('requeue_message', 'Can send failed and held messages again'), ('cancel_message', 'Can take back messages that have not left')),
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=32, unique=True)),
                ('recipient', models.CharField(blank=True, default='', max_length=320)),
                ('type', models.PositiveSmallIntegerField(choices=[(0, 'other'), (1, 'send'), (2, 'delivery'), (3, 'delivery delay'), (4, 'bounce'), (5, 'complaint'), (6, 'reject'), (7, 'rendering failure'), (8, 'open'), (9, 'click'), (10, 'subscription')])),
                ('delivery_status', models.PositiveSmallIntegerField(choices=[(0, 'not known yet'), (10, 'delayed'), (20, 'soft bounce'), (30, 'delivered'), (40, 'suppressed'), (50, 'rejected'), (60, 'bounced'), (70, 'complained')], default=0)),
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
            },
        ),
        migrations.CreateModel(
            name='BodyChunk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('data', models.BinaryField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='body_chunks', to='seacucumber.message')),
            ],
            options={
                'verbose_name': 'body chunk',
                'verbose_name_plural': 'body chunks',
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('begun_at_us', models.BigIntegerField()),
                ('ended_at_us', models.BigIntegerField(blank=True, null=True)),
                ('outcome', models.PositiveSmallIntegerField(choices=[(0, 'open'), (1, 'accepted'), (2, 'throttled'), (3, 'deferred'), (4, 'held'), (5, 'refused'), (6, 'unknown'), (7, 'abandoned'), (8, 'late')], default=0)),
                ('http_status', models.PositiveSmallIntegerField(default=0)),
                ('code', models.CharField(blank=True, default='', max_length=64)),
                ('detail', models.CharField(blank=True, default='', max_length=200)),
                ('worker', models.CharField(max_length=80)),
                ('ses_message_id', models.CharField(blank=True, default='', max_length=128)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempt_set', to='seacucumber.message')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
            },
        ),
        migrations.CreateModel(
            name='QuotaSlice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100)),
                ('start_us', models.BigIntegerField()),
                ('recipients', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'quota slice',
                'verbose_name_plural': 'quota slices',
                'constraints': [models.UniqueConstraint(fields=('pace_key', 'start_us'), name='seacucumber_quota_slice')],
            },
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=320)),
                ('spelling', models.CharField(blank=True, default='', max_length=320)),
                ('kind', models.PositiveSmallIntegerField(choices=[(0, 'to'), (1, 'cc'), (2, 'bcc')])),
                ('delivery_status', models.PositiveSmallIntegerField(choices=[(0, 'not known yet'), (10, 'delayed'), (20, 'soft bounce'), (30, 'delivered'), (40, 'suppressed'), (50, 'rejected'), (60, 'bounced'), (70, 'complained')], default=0)),
                ('delivery_status_at', models.DateTimeField(blank=True, null=True)),
                ('delivery_status_detail', models.CharField(blank=True, default='', max_length=200)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='seacucumber.message')),
            ],
            options={
                'verbose_name': 'recipient',
                'verbose_name_plural': 'recipients',
            },
        ),
        migrations.CreateModel(
            name='Refresh',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pace_key', models.CharField(max_length=100)),
                ('subject', models.CharField(choices=[('account', 'quota and rate'), ('statistics', 'statistics'), ('identities', 'identities'), ('suppression', 'suppression list'), ('suppress-all', 'whole suppression list'), ('events', 'events')], max_length=12)),
                ('leased_until_us', models.BigIntegerField(default=0)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('succeeded_at', models.DateTimeField(blank=True, null=True)),
                ('error_code', models.CharField(blank=True, default='', max_length=64)),
                ('error_detail', models.CharField(blank=True, default='', max_length=300)),
                ('missing_permission', models.CharField(blank=True, default='', max_length=64)),
            ],
            options={
                'verbose_name': 'refresh',
                'verbose_name_plural': 'refreshes',
                'constraints': [models.UniqueConstraint(fields=('pace_key', 'subject'), name='seacucumber_refresh_once')],
            },
        ),
        migrations.CreateModel(
            name='StatisticPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, verbose_name='account')),
                ('at', models.DateTimeField(verbose_name='begins at')),
                ('delivery_attempts', models.PositiveIntegerField(verbose_name='delivery attempts')),
                ('bounces', models.PositiveIntegerField(verbose_name='bounces')),
                ('complaints', models.PositiveIntegerField(verbose_name='complaints')),
                ('rejects', models.PositiveIntegerField(verbose_name='rejects')),
            ],
            options={
                'verbose_name': 'statistic point',
                'verbose_name_plural': 'statistic points',
                'constraints': [models.UniqueConstraint(fields=('key', 'at'), name='seacucumber_statistic_once')],
            },
        ),
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
                'indexes': [models.Index(fields=['scope', 'ses_known'], name='seacucumber_suppressed_of')],
                'constraints': [models.UniqueConstraint(fields=('address', 'scope'), name='seacucumber_suppressed_once')],
            },
        ),
        migrations.AddIndex(
            model_name='dkimkey',
            index=models.Index(fields=['next_check_at'], name='seacucumber_dkimkey_due'),
        ),
        migrations.AddConstraint(
            model_name='dkimkey',
            constraint=models.UniqueConstraint(fields=('domain', 'selector'), name='seacucumber_dkimkey_once'),
        ),
        migrations.AddConstraint(
            model_name='dkimkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('private_key_sealed', ''), ('state__in', ('revoking', 'revoked', 'archived', 'abandoned'))), models.Q(models.Q(('state__in', ('revoking', 'revoked', 'archived', 'abandoned')), _negated=True), models.Q(('private_key_sealed', ''), _negated=True)), _connector='OR'), name='seacucumber_dkimkey_kept_or_destroyed'),
        ),
        migrations.AddConstraint(
            model_name='dkimkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('active_for__isnull', False), ('state', 'active')), models.Q(models.Q(('state', 'active'), _negated=True), ('active_for__isnull', True)), _connector='OR'), name='seacucumber_dkimkey_active_for'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=seacucumber.db.partial_index.PartialIndex(fields=['pace_key', 'held_back', 'lane', 'ready_at_us', 'id'], leading='state', name='seacucumber_message_claim', rows=models.Q(('state', 0))),
        ),
        migrations.AddIndex(
            model_name='message',
            index=seacucumber.db.partial_index.PartialIndex(fields=['pace_key', 'due_at_us'], leading='state', name='seacucumber_message_due', rows=models.Q(('due_at_us__isnull', False))),
        ),
        migrations.AddIndex(
            model_name='message',
            index=seacucumber.db.partial_index.PartialIndex(fields=['state', 'id', 'lane'], name='seacucumber_message_live', rows=models.Q(('state', 3), _negated=True)),
        ),
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
        migrations.AddConstraint(
            model_name='bodychunk',
            constraint=models.UniqueConstraint(fields=('message', 'number'), name='seacucumber_body_chunk'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('message', 'number'), name='seacucumber_attempt_number'),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(fields=['address', 'message'], name='seacucumber_recipient_who', opclasses=['varchar_pattern_ops', 'int8_ops']),
        ),
        migrations.RunPython(store, migrations.RunPython.noop),
    ]
