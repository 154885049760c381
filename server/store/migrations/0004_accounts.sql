-- +goose Up

-- What the administrator decides about signing in: one row for the workspace.
CREATE TABLE access_policy (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    idle_minutes     INTEGER NOT NULL DEFAULT 240 CHECK (idle_minutes BETWEEN 5 AND 1440),        -- without a request
    absolute_minutes INTEGER NOT NULL DEFAULT 720 CHECK (absolute_minutes BETWEEN 15 AND 10080),  -- since signing in
    confirm_minutes  INTEGER NOT NULL DEFAULT 15 CHECK (confirm_minutes BETWEEN 1 AND 240),       -- a proof of identity counts as fresh
    review_days      INTEGER NOT NULL DEFAULT 180 CHECK (review_days BETWEEN 7 AND 730),          -- between two looks at a right
    second_factor    TEXT NOT NULL DEFAULT ''                                                     -- roles that must have one, with spaces between
) STRICT;
INSERT INTO access_policy (id) VALUES (1);

ALTER TABLE users ADD COLUMN valid_until TEXT;      -- NULL: for as long as it is not disabled
ALTER TABLE users ADD COLUMN signed_in_at TEXT;     -- last time
ALTER TABLE users ADD COLUMN handle BLOB;           -- random; names the account to passkeys

ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';     -- family of the browser, not its whole name
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN strong INTEGER NOT NULL DEFAULT 0 CHECK (strong IN (0, 1)); -- begun with two factors
ALTER TABLE sessions ADD COLUMN confirmed_at TEXT;                                         -- who it is was last proved; NULL: never

-- The key of an authenticator app has to be read to check a code: it is the
-- one secret of an account that is not kept as a hash, in a column of its own.
CREATE TABLE totp (
    user_id      INTEGER PRIMARY KEY REFERENCES users (id),
    secret       TEXT NOT NULL,
    added_at     TEXT NOT NULL,
    confirmed_at TEXT,                          -- NULL until a first code was right
    last_step    INTEGER NOT NULL DEFAULT 0     -- of the last code that was used: it and those before it are refused
) STRICT;

-- Each lets its owner in once when the telephone is lost.
CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id),
    code    BLOB NOT NULL,                      -- SHA-256 of 80 random bits
    used_at TEXT,
    PRIMARY KEY (user_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id),
    key_id     BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    credential TEXT NOT NULL CHECK (json_valid(credential)), -- public key and counter
    added_at   TEXT NOT NULL,
    used_at    TEXT
) STRICT;
CREATE INDEX passkeys_user ON passkeys (user_id);

-- Who somebody is at a provider of single sign-on.
CREATE TABLE identities (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    user_id   INTEGER NOT NULL REFERENCES users (id),
    linked_at TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id);

-- What was begun and is to be ended by the same browser within minutes: a
-- second factor that is asked, a passkey being made, a round of single sign-on.
CREATE TABLE ceremonies (
    token      BLOB PRIMARY KEY,                -- SHA-256 of the cookie
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL CHECK (json_valid(data)),
    tries      INTEGER NOT NULL DEFAULT 0,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- That somebody looked at a right and left it as it is. Revoked rights are in
-- the audit log.
CREATE TABLE confirmations (
    id      INTEGER PRIMARY KEY,
    study   TEXT NOT NULL DEFAULT '',           -- '' for the workspace itself
    user_id INTEGER NOT NULL REFERENCES users (id),
    role    TEXT NOT NULL,
    at      TEXT NOT NULL,
    by      INTEGER NOT NULL REFERENCES users (id)
) STRICT;
CREATE INDEX confirmations_right ON confirmations (user_id, study, role, at);

-- Answers to requests of programs that carried an idempotency key.
CREATE TABLE idempotency (
    caller     TEXT NOT NULL,                   -- login of the person or token
    key        TEXT NOT NULL,
    request    BLOB NOT NULL,                   -- SHA-256 of method, address and body
    status     INTEGER NOT NULL DEFAULT 0,      -- 0 while the first is under way
    type       TEXT NOT NULL DEFAULT '',
    body       BLOB,
    at         TEXT NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER confirmations_not_changed BEFORE UPDATE ON confirmations BEGIN SELECT RAISE(ABORT, 'confirmations are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER confirmations_not_removed BEFORE DELETE ON confirmations BEGIN SELECT RAISE(ABORT, 'confirmations are never removed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
