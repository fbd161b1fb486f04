-- Work to be done, claimed under a lease by one worker at a time.

INSERT INTO sequence (kind, last_id) VALUES ('job', 0);

CREATE TABLE job (
    id          BIGINT NOT NULL PRIMARY KEY,
    project_id  BIGINT NOT NULL REFERENCES project (id),
    kind        TEXT   NOT NULL,
    payload     TEXT   NOT NULL,
    priority    BIGINT NOT NULL,
    dedupe      TEXT,
    state       TEXT   NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    attempt     BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    worker      TEXT,
    lease_until BIGINT,
    why         TEXT,
    queued_at   BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE UNIQUE INDEX job_dedupe ON job (project_id, dedupe) WHERE state IN ('queued', 'running');
CREATE INDEX job_unfinished ON job (kind, priority, id) WHERE state IN ('queued', 'running');
