"""The tables of reports: their definitions, who has viewed them, and background runs."""

REPORT_TABLES = """
CREATE TABLE IF NOT EXISTS org_report (report_id TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS org_report_view (
    user_id TEXT NOT NULL,
    report_id TEXT NOT NULL,
    viewed_at TEXT NOT NULL,
    PRIMARY KEY (user_id, report_id)
);
CREATE TABLE IF NOT EXISTS org_report_instance (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE,
    report_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    requested_at TEXT NOT NULL,
    completed_at TEXT,
    definition TEXT NOT NULL,
    include_details INTEGER NOT NULL,
    results TEXT
);
"""
