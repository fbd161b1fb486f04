-- Whom Kaizen talked to, or would not: added up for each host and what it was for. What the steps of ladders came to, by month.

CREATE TABLE network_contact (
    project_id  BIGINT NOT NULL REFERENCES project (id),
    part        TEXT   NOT NULL,
    host        TEXT   NOT NULL,
    connections BIGINT NOT NULL,
    refused     BIGINT NOT NULL,
    sent        BIGINT NOT NULL,
    received    BIGINT NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    PRIMARY KEY (project_id, part, host)
);

CREATE TABLE tier_tally (
    project_id BIGINT NOT NULL REFERENCES project (id),
    month      TEXT   NOT NULL,
    model      TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    verified   BIGINT NOT NULL,
    wrong      BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    refused    BIGINT NOT NULL,
    unpriced   BIGINT NOT NULL,
    spent      BIGINT NOT NULL,
    saved      BIGINT NOT NULL,
    PRIMARY KEY (project_id, month, model)
);
