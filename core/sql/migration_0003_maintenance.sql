-- What was done so that the store stays quick and small, and by that also which collector does it next: the one that
-- writes its row here first (core/maintaining.py).

-- Each time the store was maintained. On a file there is only its checkpoint.
CREATE TABLE maintenance_run (
    id               UUID,
    whole            BOOLEAN,    -- false: small changes were only gathered into larger files; nothing was removed
    started_at       TIMESTAMP,
    ended_at         TIMESTAMP,  -- NULL: it goes on, or was killed
    snapshots_before BIGINT,     -- moments that the desk can be seen as it was at; NULL on a file, as in what follows
    snapshots_after  BIGINT,
    files_before     BIGINT,     -- that today's desk or its past needs
    files_after      BIGINT,
    bytes_before     BIGINT,     -- of these files
    bytes_after      BIGINT
);
