-- +goose Up

-- Times are RFC 3339 in UTC with milliseconds, as text that sorts.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(login) BETWEEN 2 AND 64),
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    password      TEXT NOT NULL DEFAULT '',
    administrator INTEGER NOT NULL DEFAULT 0 CHECK (administrator IN (0, 1)),
    language      TEXT NOT NULL DEFAULT '' CHECK (language IN ('', 'nl', 'en')),
    theme         TEXT NOT NULL DEFAULT '' CHECK (theme IN ('', 'light', 'dark')),
    created_at    TEXT NOT NULL,
    disabled_at   TEXT
) STRICT;

-- One-time links: the first administrator, an invitation, a reset. Only the
-- SHA-256 of the token is kept.
CREATE TABLE links (
    token      BLOB PRIMARY KEY,
    user_id    INTEGER REFERENCES users (id),
    expires_at TEXT NOT NULL,
    used_at    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id         BLOB PRIMARY KEY,  -- SHA-256 of the cookie
    user_id    INTEGER NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

-- A codebook version as it was published: its own bytes, never changed.
CREATE TABLE codebooks (
    id       INTEGER PRIMARY KEY,
    hash     TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    name     TEXT NOT NULL,
    version  TEXT NOT NULL,
    source   BLOB NOT NULL,
    added_at TEXT NOT NULL
) STRICT;

CREATE TABLE studies (
    id         TEXT PRIMARY KEY CHECK (id GLOB '[a-z0-9]*' AND length(id) BETWEEN 1 AND 64),
    title      TEXT NOT NULL,
    codebook   INTEGER NOT NULL REFERENCES codebooks (id),
    breakdowns TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(breakdowns)), -- background variables that divide figures
    gate       TEXT NOT NULL DEFAULT '' CHECK (gate = '' OR json_valid(gate)), -- policy on agreement behind figures; '' is the program's own
    panel      INTEGER NOT NULL DEFAULT 0 CHECK (panel IN (0, 1)), -- differences take two adjudicators
    changes    INTEGER NOT NULL DEFAULT 0, -- counts what happened to codings and decisions
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A study's own version of a code list of its codebook, with attributes. The
-- newest revision counts; statuses are computed again when one comes.
CREATE TABLE study_lists (
    study    TEXT NOT NULL REFERENCES studies (id),
    list     TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    entries  TEXT NOT NULL CHECK (json_valid(entries)),
    added_at TEXT NOT NULL,
    added_by INTEGER REFERENCES users (id),
    PRIMARY KEY (study, list, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    study   TEXT NOT NULL REFERENCES studies (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    role    TEXT NOT NULL CHECK (role IN ('coder', 'lead', 'data_manager', 'monitor_officer', 'privacy_officer', 'observer')),
    since   TEXT NOT NULL,
    PRIMARY KEY (study, user_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE cases (
    id         INTEGER PRIMARY KEY,
    study      TEXT NOT NULL REFERENCES studies (id),
    case_id    TEXT NOT NULL CHECK (length(case_id) BETWEEN 1 AND 64),
    region     TEXT NOT NULL DEFAULT '',
    period     TEXT NOT NULL DEFAULT '',
    source     TEXT NOT NULL DEFAULT '',
    stratum    TEXT NOT NULL DEFAULT '',
    weight     REAL NOT NULL DEFAULT 0 CHECK (weight >= 0),
    frame_n    INTEGER NOT NULL DEFAULT 0 CHECK (frame_n >= 0),
    on_site    INTEGER NOT NULL CHECK (on_site IN (0, 1)),
    attributes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes)),
    state      TEXT NOT NULL CHECK (state IN ('screening', 'released', 'assigned', 'coding', 'submitted', 'comparing', 'settled', 'dropped')),
    given      INTEGER NOT NULL DEFAULT 0, -- assignments that were not withdrawn
    created_at TEXT NOT NULL,
    UNIQUE (study, case_id)
) STRICT;
CREATE INDEX cases_state ON cases (study, state, case_id);
CREATE INDEX cases_counts ON cases (study, region, period, state, given); -- counting reads nothing else

-- The way of each case through its states after it came in.
CREATE TABLE transitions (
    id       INTEGER PRIMARY KEY,
    case_key INTEGER NOT NULL REFERENCES cases (id),
    before   TEXT NOT NULL,
    after    TEXT NOT NULL,
    at       TEXT NOT NULL,
    actor    INTEGER REFERENCES users (id) -- NULL: the program or the command line
) STRICT;
CREATE INDEX transitions_case ON transitions (case_key, id);

CREATE TABLE documents (
    id            INTEGER PRIMARY KEY,
    case_key      INTEGER NOT NULL REFERENCES cases (id),
    number        INTEGER NOT NULL CHECK (number > 0),
    type          TEXT NOT NULL,
    title         TEXT NOT NULL DEFAULT '',
    day           INTEGER,
    text          TEXT NOT NULL,
    sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
    source_sha256 TEXT NOT NULL CHECK (length(source_sha256) = 64), -- of the text as it came, before replacements
    chars         INTEGER NOT NULL,
    pages         TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(pages)),
    notices       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notices)), -- what reading left out
    created_at    TEXT NOT NULL,
    UNIQUE (case_key, number)
) STRICT;

-- Documents with findings wait here and nowhere else. When every finding is
-- decided the row goes and a document takes its place.
CREATE TABLE held_documents (
    id         INTEGER PRIMARY KEY,
    case_key   INTEGER NOT NULL REFERENCES cases (id),
    number     INTEGER NOT NULL,
    type       TEXT NOT NULL,
    title      TEXT NOT NULL,
    day        INTEGER,
    text       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    pages      TEXT NOT NULL CHECK (json_valid(pages)),
    notices    TEXT NOT NULL CHECK (json_valid(notices)),
    findings   TEXT NOT NULL CHECK (json_valid(findings)),
    created_at TEXT NOT NULL,
    UNIQUE (case_key, number)
) STRICT;

-- What was decided about findings, without the text that was found.
CREATE TABLE screening_decisions (
    id         INTEGER PRIMARY KEY,
    document   INTEGER NOT NULL REFERENCES documents (id),
    kind       TEXT NOT NULL,
    rule       TEXT NOT NULL,
    decision   TEXT NOT NULL CHECK (decision IN ('release', 'replace')),
    reason     TEXT NOT NULL,
    decided_by INTEGER NOT NULL REFERENCES users (id),
    decided_at TEXT NOT NULL
) STRICT;

-- A draw as it was ordered: the same order from the same frame gives the same
-- lists on every machine.
CREATE TABLE draws (
    id         INTEGER PRIMARY KEY,
    study      TEXT NOT NULL REFERENCES studies (id),
    divided_by TEXT NOT NULL, -- column of the frame that divides region and period further; may be empty
    allocation TEXT NOT NULL CHECK (allocation IN ('equal', 'proportional', 'by_hand')),
    seed       INTEGER NOT NULL CHECK (seed >= 0),
    size       INTEGER NOT NULL CHECK (size > 0),
    reason     TEXT NOT NULL DEFAULT '' CHECK (length(reason) <= 400),
    drawn_at   TEXT NOT NULL,
    drawn_by   INTEGER REFERENCES users (id) -- NULL: from the command line
) STRICT;
CREATE INDEX draws_study ON draws (study);

-- The sampling frame: a row an eligible case, whether its file came or not. A
-- stratum that was drawn from stays as it is; only what becomes of its cases
-- is noted.
CREATE TABLE frame_cases (
    study      TEXT NOT NULL REFERENCES studies (id),
    case_id    TEXT NOT NULL CHECK (length(case_id) BETWEEN 1 AND 64),
    region     TEXT NOT NULL,
    period     TEXT NOT NULL,
    stratum    TEXT NOT NULL DEFAULT '', -- as the frame names it
    attributes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes)),
    list       TEXT NOT NULL,                  -- the stratum in which it was drawn
    draw       INTEGER REFERENCES draws (id),  -- NULL: not drawn here
    place      INTEGER NOT NULL DEFAULT 0,     -- in its list, counted from 1
    first      INTEGER NOT NULL DEFAULT 0 CHECK (first IN (0, 1)), -- drawn at once
    used       INTEGER NOT NULL DEFAULT 0 CHECK (used IN (0, 1)),  -- drawn at once or as a replacement
    dropped    TEXT NOT NULL DEFAULT '' CHECK (dropped = '' OR used = 1 AND dropped IN
        ('incomplete_file', 'outside_target_group', 'anonymisation_insufficient', 'duplicate_family', 'unusable', 'other')),
    dropped_at TEXT,
    replaces   TEXT NOT NULL DEFAULT '', -- the dropped case in whose place it came
    PRIMARY KEY (study, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX frame_cases_list ON frame_cases (study, list, place);

CREATE TABLE assignments (
    id           INTEGER PRIMARY KEY,
    case_key     INTEGER NOT NULL REFERENCES cases (id),
    study        TEXT NOT NULL REFERENCES studies (id), -- that of the case, for counting
    coder        INTEGER NOT NULL REFERENCES users (id),
    round        TEXT NOT NULL DEFAULT '',
    status       TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'submitted', 'returned', 'withdrawn')),
    core_only    INTEGER NOT NULL DEFAULT 0 CHECK (core_only IN (0, 1)),
    seq          INTEGER NOT NULL DEFAULT 0, -- counts the entries written
    answered     INTEGER NOT NULL DEFAULT 0, -- variables with an answer now
    created_at   TEXT NOT NULL,
    created_by   INTEGER REFERENCES users (id), -- NULL: the program's own import
    started_at   TEXT,
    submitted_at TEXT,
    UNIQUE (case_key, coder)
) STRICT;
CREATE INDEX assignments_coder ON assignments (coder, study, status);
CREATE INDEX assignments_counts ON assignments (study, coder, status, started_at, answered); -- counting reads nothing else

-- One row a version of an answer. The newest version of a variable is what
-- the coder says now; older ones stay.
CREATE TABLE answers (
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    variable   TEXT NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    value      TEXT NOT NULL DEFAULT '',
    missing    TEXT NOT NULL DEFAULT '' CHECK (missing = '' OR value = ''),
    note       TEXT NOT NULL DEFAULT '',
    searched   TEXT NOT NULL DEFAULT '', -- for NR: codes of the document types that were searched, joined by "|"
    codebook   INTEGER NOT NULL REFERENCES codebooks (id),
    seq        INTEGER NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (assignment, variable, version)
) STRICT, WITHOUT ROWID;

-- A submission freezes the entries up to seq.
CREATE TABLE submissions (
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    seq        INTEGER NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (assignment, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE passages (
    id            INTEGER PRIMARY KEY,
    assignment    INTEGER NOT NULL REFERENCES assignments (id),
    variable      TEXT NOT NULL,
    category      TEXT NOT NULL DEFAULT '',
    document      INTEGER REFERENCES documents (id),
    start         INTEGER,
    "end"         INTEGER,
    quote         TEXT NOT NULL DEFAULT '',
    document_type TEXT NOT NULL DEFAULT '',
    page          INTEGER,
    day           INTEGER,
    paraphrase    TEXT NOT NULL DEFAULT '' CHECK (length(paraphrase) <= 280),
    at            TEXT NOT NULL,
    removed_at    TEXT,
    CHECK (document IS NULL OR (start >= 0 AND "end" > start AND quote <> '')),
    CHECK (document IS NOT NULL OR document_type <> '')
) STRICT;
CREATE INDEX passages_assignment ON passages (assignment);

-- What a coder and the lead say to each other about a coding. Words are added
-- and never changed; only the state moves. A note is its coder's alone.
CREATE TABLE comments (
    id         INTEGER PRIMARY KEY,
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    key        TEXT NOT NULL, -- chosen by the page, so that what is sent twice is stored once
    kind       TEXT NOT NULL CHECK (kind IN ('question', 'note', 'codebook', 'review')),
    variable   TEXT NOT NULL DEFAULT '', -- empty: the case as a whole
    passage    INTEGER REFERENCES passages (id),
    text       TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'closed')),
    author     INTEGER NOT NULL REFERENCES users (id),
    at         TEXT NOT NULL,
    UNIQUE (assignment, key)
) STRICT;
CREATE INDEX comments_state ON comments (state, kind);

CREATE TABLE replies (
    comment INTEGER NOT NULL REFERENCES comments (id),
    number  INTEGER NOT NULL CHECK (number > 0),
    text    TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    author  INTEGER NOT NULL REFERENCES users (id),
    at      TEXT NOT NULL,
    PRIMARY KEY (comment, number)
) STRICT, WITHOUT ROWID;

-- Questions that a coder marked to come back to; only a help to find them.
CREATE TABLE flags (
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    variable   TEXT NOT NULL,
    PRIMARY KEY (assignment, variable)
) STRICT, WITHOUT ROWID;

-- Seconds that a coder was at work on a case, by day, without the pauses.
CREATE TABLE work_time (
    assignment INTEGER NOT NULL REFERENCES assignments (id),
    day        TEXT NOT NULL,
    seconds    INTEGER NOT NULL CHECK (seconds > 0),
    PRIMARY KEY (assignment, day)
) STRICT, WITHOUT ROWID;

-- The lead opened the comparison of a case: from here on its codings are no
-- longer blind, and these submissions are the independent ones.
CREATE TABLE comparisons (
    case_key  INTEGER PRIMARY KEY REFERENCES cases (id),
    opened_at TEXT NOT NULL,
    opened_by INTEGER NOT NULL REFERENCES users (id)
) STRICT;

CREATE TABLE decisions (
    case_key   INTEGER NOT NULL REFERENCES cases (id),
    variable   TEXT NOT NULL,
    revision   INTEGER NOT NULL CHECK (revision > 0),
    value      TEXT NOT NULL DEFAULT '',
    missing    TEXT NOT NULL DEFAULT '' CHECK ((missing = '') <> (value = '')),
    provenance TEXT NOT NULL CHECK (provenance IN ('adjudicated', 'third', 'reopened', 'imported')),
    cause      TEXT NOT NULL DEFAULT '',
    reason     TEXT NOT NULL DEFAULT '',
    codebook   INTEGER NOT NULL REFERENCES codebooks (id),
    decided_at TEXT NOT NULL,
    decided_by INTEGER REFERENCES users (id), -- NULL: the program's own import
    PRIMARY KEY (case_key, variable, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX decisions_variable ON decisions (variable, decided_at);

-- What the members of a panel said about a difference. The decision follows
-- when two of them say the same.
CREATE TABLE votes (
    case_key INTEGER NOT NULL REFERENCES cases (id),
    variable TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0), -- of the decision that it is about
    number   INTEGER NOT NULL CHECK (number > 0),
    value    TEXT NOT NULL DEFAULT '',
    missing  TEXT NOT NULL DEFAULT '' CHECK ((missing = '') <> (value = '')),
    cause    TEXT NOT NULL DEFAULT '',
    reason   TEXT NOT NULL,
    at       TEXT NOT NULL,
    by       INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (case_key, variable, revision, number)
) STRICT, WITHOUT ROWID;

-- What a decision found unclear in the codebook, for its next version. Only
-- the state and the answer to it move.
CREATE TABLE proposals (
    id         INTEGER PRIMARY KEY,
    case_key   INTEGER NOT NULL REFERENCES cases (id),
    variable   TEXT NOT NULL,
    revision   INTEGER NOT NULL, -- of the decision that it came from
    reason     TEXT NOT NULL,
    opened_at  TEXT NOT NULL,
    opened_by  INTEGER REFERENCES users (id), -- NULL: the program's own import
    state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'adopted', 'declined')),
    answer     TEXT NOT NULL DEFAULT '' CHECK (length(answer) <= 2000),
    closed_at  TEXT,
    closed_by  INTEGER REFERENCES users (id),
    UNIQUE (case_key, variable, revision)
) STRICT;

-- One row of statuses a settled case: what every figure is counted from. A
-- row is a memory of a computation, replaced whenever its sources change.
CREATE TABLE statuses (
    case_key INTEGER PRIMARY KEY REFERENCES cases (id),
    study    TEXT NOT NULL REFERENCES studies (id),
    statuses BLOB NOT NULL,                        -- two bytes a measure, in codebook order
    numbers  TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(numbers)), -- by measure, for means and medians
    classes  TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(classes)), -- by background variable
    at       TEXT NOT NULL
) STRICT;
CREATE INDEX statuses_study ON statuses (study);

-- A snapshot of figures. Made by one person and approved by another, it is
-- never changed. The approved releases of a study form a chain, for each is
-- protected against all before it.
CREATE TABLE releases (
    id          TEXT PRIMARY KEY CHECK (length(id) = 16), -- the beginning of the SHA-256 of its terms and inputs
    study       TEXT NOT NULL REFERENCES studies (id),
    previous    TEXT REFERENCES releases (id), -- the approved release that it follows
    terms       TEXT NOT NULL CHECK (json_valid(terms)),
    embargo     TEXT, -- NULL: none
    created_at  TEXT NOT NULL,
    created_by  INTEGER NOT NULL REFERENCES users (id),
    approved_at TEXT,
    approved_by INTEGER REFERENCES users (id),
    CHECK ((approved_at IS NULL) = (approved_by IS NULL)),
    CHECK (approved_by IS NULL OR approved_by <> created_by)
) STRICT;
CREATE INDEX releases_study ON releases (study, created_at);
CREATE UNIQUE INDEX releases_chain ON releases (study, coalesce(previous, '')) WHERE approved_at IS NOT NULL;

CREATE TABLE release_files (
    release TEXT NOT NULL REFERENCES releases (id),
    place   INTEGER NOT NULL,
    name    TEXT NOT NULL,
    inside  INTEGER NOT NULL CHECK (inside IN (0, 1)), -- holds true counts; never handed out
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64),
    content BLOB NOT NULL,
    UNIQUE (release, name)
) STRICT;

-- By which a program reads releases. Only the SHA-256 of the token is kept.
CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY,
    token      BLOB NOT NULL UNIQUE,
    study      TEXT NOT NULL REFERENCES studies (id),
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    scopes     TEXT NOT NULL CHECK (scopes <> ''), -- acts with spaces between
    created_at TEXT NOT NULL,
    created_by INTEGER NOT NULL REFERENCES users (id),
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;
CREATE INDEX tokens_study ON tokens (study);

-- The audit log. Each row holds the hash of the one before it.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    actor    INTEGER NOT NULL,         -- 0: the program itself or nobody known
    login    TEXT NOT NULL DEFAULT '',
    role     TEXT NOT NULL DEFAULT '',
    act      TEXT NOT NULL,
    study    TEXT NOT NULL DEFAULT '',
    case_id  TEXT NOT NULL DEFAULT '', -- the client of NEN 7513, by pseudonym
    object   TEXT NOT NULL DEFAULT '',
    detail   TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX audit_study ON audit (study, seq);
CREATE INDEX audit_case ON audit (case_id, seq) WHERE case_id <> '';

-- +goose StatementBegin
CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answers_not_changed BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answers_not_removed BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decisions_not_changed BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decisions_not_removed BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER votes_not_changed BEFORE UPDATE ON votes BEGIN SELECT RAISE(ABORT, 'votes are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER votes_not_removed BEFORE DELETE ON votes BEGIN SELECT RAISE(ABORT, 'votes are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_not_changed BEFORE UPDATE OF case_key, variable, revision, reason, opened_at, opened_by ON proposals BEGIN SELECT RAISE(ABORT, 'proposals are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proposals_not_removed BEFORE DELETE ON proposals BEGIN SELECT RAISE(ABORT, 'proposals are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER submissions_not_changed BEFORE UPDATE ON submissions BEGIN SELECT RAISE(ABORT, 'submissions are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER submissions_not_removed BEFORE DELETE ON submissions BEGIN SELECT RAISE(ABORT, 'submissions are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER documents_not_changed BEFORE UPDATE OF text, sha256, case_key, number ON documents BEGIN SELECT RAISE(ABORT, 'documents are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER documents_not_removed BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, 'documents are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER passages_not_changed BEFORE UPDATE OF assignment, variable, category, document, start, "end", quote, document_type, page, day, paraphrase, at ON passages BEGIN SELECT RAISE(ABORT, 'passages are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER passages_not_removed BEFORE DELETE ON passages BEGIN SELECT RAISE(ABORT, 'passages are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER comments_not_changed BEFORE UPDATE OF assignment, key, kind, variable, passage, text, author, at ON comments BEGIN SELECT RAISE(ABORT, 'comments are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER comments_not_removed BEFORE DELETE ON comments BEGIN SELECT RAISE(ABORT, 'comments are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER replies_not_changed BEFORE UPDATE ON replies BEGIN SELECT RAISE(ABORT, 'replies are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER replies_not_removed BEFORE DELETE ON replies BEGIN SELECT RAISE(ABORT, 'replies are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER codebooks_not_changed BEFORE UPDATE ON codebooks BEGIN SELECT RAISE(ABORT, 'codebooks are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER draws_not_changed BEFORE UPDATE ON draws BEGIN SELECT RAISE(ABORT, 'draws are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER draws_not_removed BEFORE DELETE ON draws BEGIN SELECT RAISE(ABORT, 'draws are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER drawn_not_changed BEFORE UPDATE OF region, period, stratum, attributes, list, draw, place, first ON frame_cases WHEN OLD.draw IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a list that was drawn is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER drawn_not_removed BEFORE DELETE ON frame_cases WHEN OLD.draw IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a list that was drawn is never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_not_changed BEFORE UPDATE OF id, study, previous, terms, embargo, created_at, created_by ON releases BEGIN SELECT RAISE(ABORT, 'releases are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_approved_once BEFORE UPDATE OF approved_at, approved_by ON releases WHEN OLD.approved_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a release is approved once'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_not_removed BEFORE DELETE ON releases BEGIN SELECT RAISE(ABORT, 'releases are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER release_files_not_changed BEFORE UPDATE ON release_files BEGIN SELECT RAISE(ABORT, 'releases are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER release_files_not_removed BEFORE DELETE ON release_files BEGIN SELECT RAISE(ABORT, 'releases are never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER transitions_not_changed BEFORE UPDATE ON transitions BEGIN SELECT RAISE(ABORT, 'transitions are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER transitions_not_removed BEFORE DELETE ON transitions BEGIN SELECT RAISE(ABORT, 'transitions are never removed'); END;
-- +goose StatementEnd

-- +goose Down
SELECT RAISE(ABORT, 'the schema only goes forward');
