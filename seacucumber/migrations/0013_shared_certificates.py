"""What all processes know of the certificates that SNS signs with."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('seacucumber', '0012_refresh_events'),
    ]

    operations = [
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
    ]
