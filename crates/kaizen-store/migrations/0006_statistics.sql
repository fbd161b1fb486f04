-- The coins of a trial's pairs, tossed before they ran; what the machine's noise was seen to be; studies of settings.

CREATE TABLE coin (
    project_id BIGINT NOT NULL REFERENCES project (id),
    trial_id   BIGINT NOT NULL,
    stage      TEXT   NOT NULL,
    pair       BIGINT NOT NULL,
    first      TEXT   NOT NULL,
    PRIMARY KEY (project_id, trial_id, stage, pair)
);

CREATE TABLE calibration (
    project_id BIGINT NOT NULL REFERENCES project (id),
    machine    TEXT   NOT NULL,
    benchmark  TEXT   NOT NULL,
    baseline   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    place      BIGINT NOT NULL,
    coin       TEXT   NOT NULL,
    first      TEXT   NOT NULL,
    second     TEXT   NOT NULL,
    PRIMARY KEY (project_id, machine, benchmark, place)
);

CREATE TABLE study (
    project_id    BIGINT NOT NULL REFERENCES project (id),
    hypothesis_id BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    state         TEXT   NOT NULL,
    PRIMARY KEY (project_id, hypothesis_id)
);
