-- What cases did, in bulk: counts that accumulate as evidence, and single runs for flakiness and speed.
-- Names and hashes are stored once and referred to by number: runs are many and small.

INSERT INTO sequence (kind, last_id) VALUES ('case', 0), ('series', 0);

CREATE TABLE tally (
    project_id BIGINT NOT NULL REFERENCES project (id),
    evidence   TEXT   NOT NULL,
    case_name  TEXT   NOT NULL,
    passes     BIGINT NOT NULL,
    fails      BIGINT NOT NULL,
    PRIMARY KEY (project_id, evidence, case_name)
);

CREATE TABLE case_name (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    name       TEXT   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, name)
);

CREATE TABLE case_series (
    project_id BIGINT NOT NULL REFERENCES project (id),
    id         BIGINT NOT NULL,
    benchmark  TEXT   NOT NULL,
    baseline   TEXT   NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, benchmark, baseline)
);

CREATE TABLE case_run (
    project_id  BIGINT NOT NULL,
    series_id   BIGINT NOT NULL,
    case_id     BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    duration_us BIGINT,
    FOREIGN KEY (project_id, series_id) REFERENCES case_series (project_id, id),
    FOREIGN KEY (project_id, case_id) REFERENCES case_name (project_id, id)
);
CREATE INDEX case_run_by_series ON case_run (project_id, series_id);
