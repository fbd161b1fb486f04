-- Runs of the daemon: when each began and ended, how many calls it began and how many of their records were written. `mark` stands in
-- the ids of its operations. A run without an end either goes on or was cut off; `found_at` is when somebody found that out.

INSERT INTO sequence (kind, last_id) VALUES ('daemon_run', 0);

CREATE TABLE daemon_run (
    id       BIGINT NOT NULL PRIMARY KEY,
    mark     TEXT   NOT NULL UNIQUE,
    host     TEXT   NOT NULL,
    pid      BIGINT NOT NULL,
    started  BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    begun    BIGINT NOT NULL,
    written  BIGINT NOT NULL,
    ended_at BIGINT,
    found_at BIGINT
);
CREATE INDEX daemon_run_open ON daemon_run (id) WHERE ended_at IS NULL AND found_at IS NULL;
