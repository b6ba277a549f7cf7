"""The tables behind log-ins, sessions and connected apps; no query reaches them."""

ACCESS_TABLES = """
CREATE TABLE IF NOT EXISTS org_login_session (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    client_id TEXT,
    scopes TEXT,
    approval_id INTEGER
);
CREATE TABLE IF NOT EXISTS org_user_flag (
    user_id TEXT NOT NULL,
    flag TEXT NOT NULL,
    PRIMARY KEY (user_id, flag)
);
CREATE TABLE IF NOT EXISTS org_profile_restriction (
    profile_id TEXT PRIMARY KEY,
    login_hours TEXT NOT NULL,
    login_ip_ranges TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS org_app (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    definition TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS org_authorization_code (
    code TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    request TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS org_approval (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    refresh_token TEXT UNIQUE
);
CREATE TABLE IF NOT EXISTS org_rotated_token (
    refresh_token TEXT PRIMARY KEY,
    approval_id INTEGER NOT NULL
);
"""
