"""What is known of calls that SES does not answer, and the hold that follows."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('seacucumber', '0010_claim_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='hold',
            name='probe_message',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='pace',
            name='outage_ended_us',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='pace',
            name='unanswered_at_us',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='pace',
            name='unanswered_calls',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='pace',
            name='unanswered_detail',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='pace',
            name='unanswered_message',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='pace',
            name='unanswered_messages',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='pace',
            name='unanswered_since_us',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='hold',
            name='cause',
            field=models.CharField(choices=[('operator', 'stopped by an operator'), ('quota', 'the 24 hour quota is used up'), ('account-paused', 'sending is paused for the SES account'), ('account-suspended', 'the SES account is suspended'), ('credentials', 'AWS refuses the credentials'), ('permission', 'an IAM permission is missing'), ('clock-skew', 'the clock of this host is wrong'), ('ses-silent', 'SES does not answer'), ('sender-unverified', 'the sender is not verified'), ('mail-from', 'the custom MAIL FROM domain is not verified'), ('configuration-set-missing', 'the configuration set does not exist'), ('configuration-set-paused', 'the configuration set is paused'), ('signing', 'the DKIM signature cannot be made'), ('reputation', 'bounces or complaints endanger the account')], max_length=32),
        ),
    ]
