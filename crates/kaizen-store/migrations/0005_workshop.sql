-- What programs said while they worked on a hypothesis, and what they were granted and reached.

CREATE TABLE workshop (
    project_id    BIGINT NOT NULL REFERENCES project (id),
    hypothesis_id BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    said          TEXT   NOT NULL,
    output        TEXT   NOT NULL
);
CREATE INDEX workshop_by_hypothesis ON workshop (project_id, hypothesis_id);
