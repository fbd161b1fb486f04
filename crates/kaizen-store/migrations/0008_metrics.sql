-- Samples of metrics that other programs send. `of` is the hash of the attributes: the same point sent again changes nothing.

CREATE TABLE metric_sample (
    project_id BIGINT           NOT NULL REFERENCES project (id),
    name       TEXT             NOT NULL,
    at         BIGINT           NOT NULL,
    of         TEXT             NOT NULL,
    unit       TEXT             NOT NULL,
    value      DOUBLE PRECISION NOT NULL,
    measure    TEXT             NOT NULL,
    counted    BIGINT,
    since      BIGINT,
    attributes TEXT             NOT NULL,
    PRIMARY KEY (project_id, name, at, of)
);
