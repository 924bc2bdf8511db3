-- One collector at a time for each mailbox (core/leases.py): who has it, and until when. A row goes when its holder lets
-- go; that of one that was killed stays until somebody else takes the mailbox.
CREATE TABLE lease (
    mailbox    VARCHAR,
    holder     VARCHAR,    -- in words, such as `mail1.desk.example:4711`
    sign       VARCHAR,    -- by which processes of the same machine see whether the holder still lives (core/life_signs.py)
    fence      BIGINT,     -- rises with every new holder of any mailbox: whose fence stands here is the one
    since      TIMESTAMP,  -- since when this holder has it; times are those of the store's one clock
    renewed_at TIMESTAMP,
    until      TIMESTAMP   -- it ends by itself then, unless it is renewed
);

-- The fence that was last given out. Who takes a lease updates this row, so that two who take at once conflict.
INSERT INTO counter VALUES ('lease', 0);
