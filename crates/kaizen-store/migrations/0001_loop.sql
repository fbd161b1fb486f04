-- The loop's state. One text for SQLite and PostgreSQL: BIGINT, DOUBLE PRECISION, TEXT (also JSON and hashes), BYTEA.
-- Ids come from `sequence`, unique per store; every reference names the project too, so none can cross projects.
-- Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE sequence (
    kind    TEXT   NOT NULL PRIMARY KEY,
    last_id BIGINT NOT NULL
);
INSERT INTO sequence (kind, last_id)
VALUES ('project', 0), ('weakness', 0), ('hypothesis', 0), ('trial', 0), ('version', 0), ('saga', 0);

-- `writes` is raised first by every transaction that writes for the project: its row lock makes such transactions take turns.
CREATE TABLE project (
    id             BIGINT NOT NULL PRIMARY KEY,
    root           BYTEA  NOT NULL UNIQUE,
    name           TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    writes         BIGINT NOT NULL,
    audit_sequence BIGINT NOT NULL,
    audit_head     TEXT   NOT NULL
);

-- An event is its audit record: the body is the event's JSON, hashed together with the record before it.
CREATE TABLE event (
    project_id BIGINT NOT NULL REFERENCES project (id),
    sequence   BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    previous   TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    PRIMARY KEY (project_id, sequence)
);

CREATE TABLE weakness (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    gap        TEXT   NOT NULL,
    finding    TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('open', 'working', 'resolved', 'needs_teaching')),
    found_at   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, gap)
);

-- `trial_id` names the leader's trial; trials refer to hypotheses, so it carries no reference of its own.
CREATE TABLE hypothesis (
    project_id  BIGINT NOT NULL REFERENCES project (id),
    id          BIGINT NOT NULL,
    weakness_id BIGINT NOT NULL,
    proposer    TEXT   NOT NULL,
    baseline    TEXT   NOT NULL,
    attempt     BIGINT NOT NULL,
    idea        TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('proposed', 'testing', 'rejected', 'quarantined', 'undecided', 'approved',
                    'awaiting_permission', 'promoted', 'declined', 'expired', 'live', 'settled', 'rolled_back')),
    reason      TEXT,
    leader      TEXT,
    trial_id    BIGINT,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, weakness_id, proposer, baseline, attempt),
    FOREIGN KEY (project_id, weakness_id) REFERENCES weakness (project_id, id)
);

CREATE TABLE tried (
    project_id    BIGINT NOT NULL,
    baseline      TEXT   NOT NULL,
    change        TEXT   NOT NULL,
    hypothesis_id BIGINT NOT NULL,
    outcome       TEXT   NOT NULL,
    summary       TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (project_id, baseline, change),
    FOREIGN KEY (project_id, hypothesis_id) REFERENCES hypothesis (project_id, id)
);
CREATE INDEX tried_by_hypothesis ON tried (project_id, hypothesis_id);

CREATE TABLE ticket (
    project_id BIGINT           NOT NULL REFERENCES project (id),
    baseline   TEXT             NOT NULL,
    change     TEXT             NOT NULL,
    epoch      BIGINT           NOT NULL,
    place      BIGINT           NOT NULL,
    alpha      DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (project_id, baseline, change),
    UNIQUE (project_id, epoch, place)
);

CREATE TABLE trial (
    project_id    BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    hypothesis_id BIGINT NOT NULL,
    baseline      TEXT   NOT NULL,
    change        TEXT   NOT NULL,
    tier          TEXT   NOT NULL,
    plan          TEXT   NOT NULL,
    decision      TEXT,
    started_at    BIGINT NOT NULL,
    finished_at   BIGINT,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, hypothesis_id, baseline, change),
    FOREIGN KEY (project_id, hypothesis_id) REFERENCES hypothesis (project_id, id),
    FOREIGN KEY (project_id, baseline, change) REFERENCES ticket (project_id, baseline, change)
);

-- `place` keeps the order in which samples were taken. A sample is never altered.
CREATE TABLE sample (
    project_id BIGINT NOT NULL,
    trial_id   BIGINT NOT NULL,
    stage      TEXT   NOT NULL,
    pair       BIGINT NOT NULL,
    arm        TEXT   NOT NULL,
    place      BIGINT NOT NULL,
    measured   TEXT   NOT NULL,
    PRIMARY KEY (project_id, trial_id, stage, pair, arm),
    FOREIGN KEY (project_id, trial_id) REFERENCES trial (project_id, id)
);

CREATE TABLE version (
    project_id    BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    subject       TEXT   NOT NULL,
    hypothesis_id BIGINT NOT NULL,
    commit_id     TEXT   NOT NULL,
    made          TEXT   NOT NULL,
    prior_id      BIGINT,
    state         TEXT   NOT NULL CHECK (state IN ('active', 'rolled_back')),
    reverted_by   TEXT,
    at            BIGINT NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, hypothesis_id, commit_id),
    FOREIGN KEY (project_id, hypothesis_id) REFERENCES hypothesis (project_id, id),
    FOREIGN KEY (project_id, prior_id) REFERENCES version (project_id, id)
);

CREATE TABLE saga (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    data       TEXT   NOT NULL,
    outcome    TEXT,
    begun_at   BIGINT NOT NULL,
    ended_at   BIGINT,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE lease (
    project_id  BIGINT NOT NULL REFERENCES project (id),
    name        TEXT   NOT NULL,
    host        TEXT   NOT NULL,
    pid         BIGINT NOT NULL,
    started     BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);

-- Content belongs to no project: equal bytes are stored once for all of them.
CREATE TABLE blob (
    hash    TEXT  NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL
);

CREATE TABLE trust (
    project_id BIGINT NOT NULL REFERENCES project (id),
    hash       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);
