-- Hemvist's own database, for SQLite. Instants are microseconds since 1970-01-01T00:00:00Z by this
-- database's clock; states are the model's codes; BYTES in "sealed" columns are AES-SIV.
-- No foreign keys: the operations delete in one transaction what belongs together, and findings
-- are written too often to pay for a check that cannot fail.

CREATE TABLE source (
    source_no INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    controller TEXT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- Declared identity sources (or Fields of them) that the newest listing did not have, as JSON.
    missing TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX source_controller ON source (controller);

-- collection_no = source_no * 65536 + ordinal: Collections of one Source follow each other.
CREATE TABLE collection (
    collection_no BIGINT NOT NULL PRIMARY KEY,
    source_no BIGINT NOT NULL,
    name TEXT NOT NULL,
    covered_scan BIGINT NOT NULL DEFAULT 0,
    covered_at BIGINT,
    coverage TEXT,
    contradictions BIGINT NOT NULL DEFAULT 0,
    UNIQUE (source_no, name)
);

-- path is sealed: a JSON key may be a person's name.
CREATE TABLE field (
    collection_no BIGINT NOT NULL,
    field_no BIGINT NOT NULL,
    path BLOB NOT NULL,
    PRIMARY KEY (collection_no, field_no),
    UNIQUE (collection_no, path)
);

CREATE TABLE scan (
    scan_no INTEGER NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source_no BIGINT NOT NULL,
    state BIGINT NOT NULL,
    detector_version TEXT NOT NULL,
    collections TEXT NOT NULL,
    created BIGINT NOT NULL,
    ended BIGINT,
    -- Sealed: clients choose it.
    request_id BLOB UNIQUE,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    -- How often cutting it was claimed.
    cut_attempts BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX scan_source ON scan (source_no, scan_no);
CREATE INDEX scan_cutting ON scan (scan_no) WHERE state = 1;

-- What a Scan did in one Collection so far.
CREATE TABLE scan_collection (
    scan_no BIGINT NOT NULL,
    collection_no BIGINT NOT NULL,
    splits BIGINT NOT NULL,
    splits_ended BIGINT NOT NULL DEFAULT 0,
    -- Splits that failed, or 1 for a Collection that could not be cut.
    failures BIGINT NOT NULL DEFAULT 0,
    findings BIGINT NOT NULL DEFAULT 0,
    contradictions BIGINT NOT NULL DEFAULT 0,
    coverage TEXT NOT NULL,
    ended BIGINT,
    PRIMARY KEY (scan_no, collection_no)
);

-- split_no = scan_no * 16777216 + ordinal: a younger Scan's Splits have higher numbers.
CREATE TABLE split (
    split_no BIGINT NOT NULL PRIMARY KEY,
    scan_no BIGINT NOT NULL,
    collection_no BIGINT NOT NULL,
    -- Sealed; gone when the Split has ended.
    bounds BLOB,
    records BIGINT,
    state BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    -- Why the last attempt failed.
    reason BIGINT,
    ended BIGINT
);
CREATE INDEX split_open ON split (split_no) WHERE state < 3;
CREATE INDEX split_collection ON split (collection_no, split_no);

-- The index. Clustered by Record, so that a Collection's and a Record's findings lie together and
-- need no index of their own to be deleted; the second tree answers who is where, in page order.
CREATE TABLE finding (
    collection_no INTEGER NOT NULL,
    record_ref BLOB NOT NULL,
    field_no INTEGER NOT NULL,
    pseudonym BLOB NOT NULL,
    split_no INTEGER NOT NULL,
    info_type INTEGER NOT NULL,
    likelihood INTEGER NOT NULL,
    evidence INTEGER NOT NULL,
    occurrences INTEGER NOT NULL,
    first_start INTEGER NOT NULL,
    first_bytes INTEGER NOT NULL,
    PRIMARY KEY (collection_no, record_ref, field_no, pseudonym)
) WITHOUT ROWID;
CREATE INDEX finding_pseudonym ON finding (pseudonym, collection_no, record_ref, field_no);

-- Each Record's key (sealed), once.
CREATE TABLE record (
    collection_no INTEGER NOT NULL,
    record_ref BLOB NOT NULL,
    key BLOB NOT NULL,
    split_no INTEGER NOT NULL,
    PRIMARY KEY (collection_no, record_ref)
) WITHOUT ROWID;

CREATE TABLE link (
    anchor BLOB NOT NULL,
    attached BLOB NOT NULL,
    collection_no BIGINT NOT NULL,
    record_ref BLOB NOT NULL,
    anchor_type BIGINT NOT NULL,
    attached_type BIGINT NOT NULL,
    rule BIGINT NOT NULL,
    split_no BIGINT NOT NULL,
    PRIMARY KEY (anchor, attached, collection_no, record_ref)
) WITHOUT ROWID;
CREATE INDEX link_attached ON link (attached);
CREATE INDEX link_collection ON link (collection_no, record_ref);

CREATE TABLE hold (
    id TEXT NOT NULL PRIMARY KEY,
    controller TEXT NOT NULL,
    source TEXT NOT NULL,
    collection TEXT,
    pseudonym BLOB,
    basis TEXT NOT NULL,
    -- Days since 1970-01-01.
    until BIGINT NOT NULL
);
CREATE INDEX hold_controller ON hold (controller);

CREATE TABLE plan (
    id TEXT NOT NULL PRIMARY KEY,
    controller TEXT NOT NULL,
    state BIGINT NOT NULL,
    hash BLOB NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    candidates BIGINT NOT NULL,
    -- Sealed: the Subject's Pseudonyms, and the Collections that were read.
    head BLOB NOT NULL,
    caller TEXT NOT NULL,
    -- Sealed: clients choose it.
    request_id BLOB UNIQUE,
    approved_by TEXT,
    approved_at BIGINT,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    receipt BLOB
);
CREATE INDEX plan_unfinished ON plan (id) WHERE state IN (3, 4);

CREATE TABLE plan_item (
    plan TEXT NOT NULL,
    item BIGINT NOT NULL,
    -- 1 planned, 2 intended, 3 done.
    state BIGINT NOT NULL,
    -- Sealed.
    body BLOB NOT NULL,
    -- Sealed: decided when planned, or found by execution.
    outcome BLOB,
    PRIMARY KEY (plan, item)
);

-- Append-only: what was done to a Plan, in order. outcome is sealed.
CREATE TABLE journal (
    entry INTEGER NOT NULL PRIMARY KEY,
    plan TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The state that the Plan came into, or
    state BIGINT,
    -- the item that was intended, or done with this outcome.
    item BIGINT,
    outcome BLOB
);
CREATE INDEX journal_plan ON journal (plan, entry);

-- Append-only: who called what, when and why. Ids only.
CREATE TABLE audit (
    entry INTEGER NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    principal TEXT NOT NULL,
    purpose TEXT NOT NULL,
    case_reference TEXT NOT NULL,
    method TEXT NOT NULL,
    controller TEXT,
    resource TEXT NOT NULL
);

CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'append-only');
END;
