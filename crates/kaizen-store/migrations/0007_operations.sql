-- What was done and what it cost: operations, trajectories, feedback; records nobody could read; gateway keys; money set aside;
-- answers given again. Money is in nano-dollars. What is only looked at stands in one JSON column.

INSERT INTO sequence (kind, last_id) VALUES ('dead_letter', 0), ('feedback', 0), ('block', 0), ('earned', 0);

CREATE TABLE operation (
    project_id    BIGINT NOT NULL REFERENCES project (id),
    id            TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    started_at    BIGINT NOT NULL,
    duration_us   BIGINT NOT NULL,
    outcome       TEXT   NOT NULL,
    source        TEXT   NOT NULL,
    session       TEXT,
    tenant        TEXT,
    model         TEXT,
    input_tokens  BIGINT,
    output_tokens BIGINT,
    cost          BIGINT,
    cache         TEXT,
    rest          TEXT   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX operation_by_time ON operation (project_id, started_at);
CREATE INDEX operation_by_session ON operation (project_id, session) WHERE session IS NOT NULL;

CREATE TABLE trajectory (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    started_at BIGINT NOT NULL,
    session    TEXT,
    provenance TEXT   NOT NULL,
    reward     DOUBLE PRECISION,
    rest       TEXT   NOT NULL,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX trajectory_by_time ON trajectory (project_id, started_at);
CREATE INDEX trajectory_by_session ON trajectory (project_id, session) WHERE session IS NOT NULL;

CREATE TABLE feedback (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    about      TEXT   NOT NULL CHECK (about IN ('operation', 'session')),
    name       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    reward     DOUBLE PRECISION,
    said       TEXT,
    said_by    TEXT,
    PRIMARY KEY (project_id, id)
);
CREATE INDEX feedback_by_name ON feedback (project_id, name);

CREATE TABLE dead_letter (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    source     TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    raw        TEXT   NOT NULL,
    PRIMARY KEY (project_id, id)
);

-- Keys, purses and cached answers belong to the gateway, whatever project a call is for.
CREATE TABLE gateway_key (
    name       TEXT   NOT NULL PRIMARY KEY,
    hash       TEXT   NOT NULL UNIQUE,
    rules      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- `open_amount` is the sum of the open blocks of the month: the row is what takers and settlers take turns at.
CREATE TABLE purse (
    name        TEXT   NOT NULL,
    month       TEXT   NOT NULL,
    settled     BIGINT NOT NULL,
    open_amount BIGINT NOT NULL,
    PRIMARY KEY (name, month)
);

CREATE TABLE purse_day (
    name    TEXT   NOT NULL,
    day     TEXT   NOT NULL,
    settled BIGINT NOT NULL,
    PRIMARY KEY (name, day)
);

CREATE TABLE block (
    id         BIGINT NOT NULL PRIMARY KEY,
    purse      TEXT   NOT NULL,
    month      TEXT   NOT NULL,
    amount     BIGINT NOT NULL,
    host       TEXT   NOT NULL,
    pid        BIGINT NOT NULL,
    started    BIGINT NOT NULL,
    taken_at   BIGINT NOT NULL,
    spent      BIGINT,
    settled_at BIGINT,
    FOREIGN KEY (purse, month) REFERENCES purse (name, month)
);
CREATE INDEX block_open ON block (purse, id) WHERE settled_at IS NULL;

CREATE TABLE earned (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    amount     BIGINT NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE cached_answer (
    tenant     TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    put_at     BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    cost       BIGINT,
    hits       BIGINT NOT NULL,
    answer     BYTEA  NOT NULL,
    PRIMARY KEY (tenant, request)
);
CREATE INDEX cached_answer_by_age ON cached_answer (put_at);
