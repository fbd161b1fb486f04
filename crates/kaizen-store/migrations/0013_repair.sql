-- What passed in a search and why its leader leads; what the operators came to, by language and kind of failure.

CREATE TABLE choice (
    project_id    BIGINT NOT NULL REFERENCES project (id),
    hypothesis_id BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    told          TEXT   NOT NULL,
    PRIMARY KEY (project_id, hypothesis_id)
);

CREATE TABLE operator_result (
    project_id BIGINT NOT NULL REFERENCES project (id),
    operator   TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    failure    TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    passes     BIGINT NOT NULL,
    promotions BIGINT NOT NULL,
    PRIMARY KEY (project_id, operator, language, failure)
);
