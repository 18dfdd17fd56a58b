-- The job: count what happened in each window. A line like the next one, above a job, is an option of it: docs/statements.md.
-- table.exec.state.ttl: 1 h
INSERT INTO totals
SELECT
    kind,
    window_start,
    window_end,
    COUNT(*) AS events,
    SUM(amount) AS amount
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(happened_at), INTERVAL '${window_seconds}' SECOND))
WHERE amount >= ${smallest_amount}
GROUP BY kind, window_start, window_end;
