-- Calls that wait for a person to allow what they may cost. Money is in nano-dollars. `answer` is absent while somebody waits for it.

INSERT INTO sequence (kind, last_id) VALUES ('permission', 0);

CREATE TABLE permission (
    id          BIGINT NOT NULL PRIMARY KEY,
    asked_at    BIGINT NOT NULL,
    operation   TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    tenant      TEXT,
    model       TEXT   NOT NULL,
    worst       BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    host        TEXT   NOT NULL,
    pid         BIGINT NOT NULL,
    started     BIGINT NOT NULL,
    answer      TEXT CHECK (answer IN ('allowed', 'refused', 'withdrawn')),
    answered_at BIGINT
);
CREATE INDEX permission_open ON permission (id) WHERE answer IS NULL;
