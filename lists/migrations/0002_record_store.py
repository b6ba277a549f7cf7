"""What the record store needs: remembered pages, and indexes that answer without the table."""

import django.db.models.deletion
from django.db import migrations, models

CONSTRAINT = "lists_listrecord_once_per_salesforce_record"

# COLLATE "C" compares bytes: quicker for ids, and what a search by the start of an address needs.
# The included hash lets the pull compare a row without reading it. Without statistics of list_id
# the planner takes every list for an average one: by its own count a new list looks empty.
FORWARD = f"""
    ALTER TABLE lists_listrecord
        ALTER COLUMN salesforce_id TYPE varchar(18) COLLATE "C",
        ALTER COLUMN email TYPE varchar(254) COLLATE "C",
        ALTER COLUMN list_id SET STATISTICS 0,
        DROP CONSTRAINT {CONSTRAINT};
    ALTER TABLE lists_listrecord
        ADD CONSTRAINT {CONSTRAINT} UNIQUE (list_id, salesforce_id) INCLUDE (content_hash);
"""
BACKWARD = f"""
    ALTER TABLE lists_listrecord
        ALTER COLUMN salesforce_id TYPE varchar(18),
        ALTER COLUMN email TYPE varchar(254),
        ALTER COLUMN list_id SET STATISTICS -1,
        DROP CONSTRAINT {CONSTRAINT};
    ALTER TABLE lists_listrecord ADD CONSTRAINT {CONSTRAINT} UNIQUE (list_id, salesforce_id);
"""


class PostgresSQL(migrations.RunSQL):
    """SQL that only PostgreSQL knows; the models say the same on every engine."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("lists", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeenPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.BigIntegerField(db_index=True)),
                ("ids", models.JSONField()),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account")),
            ],
            options={"abstract": False},
        ),
        migrations.RemoveIndex(model_name="listrecord", name="lists_listrecord_email"),
        migrations.AddIndex(
            model_name="listrecord",
            index=models.Index("list", "email", "record_id", name="lists_listrecord_email"),
        ),
        migrations.AlterField(
            model_name="listrecord",
            name="account",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"),
        ),
        migrations.AlterField(
            model_name="listrecord",
            name="list",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="records", to="lists.marketinglist"),
        ),
        PostgresSQL(FORWARD, BACKWARD),
    ]
