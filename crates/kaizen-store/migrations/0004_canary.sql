-- What the judge said of canaries. A row is evidence about the judge, never about the project.

CREATE TABLE canary (
    project_id BIGINT NOT NULL REFERENCES project (id),
    at         BIGINT NOT NULL,
    benchmark  TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    accepted   BIGINT NOT NULL,
    said       TEXT   NOT NULL
);
CREATE INDEX canary_by_benchmark ON canary (project_id, benchmark);
