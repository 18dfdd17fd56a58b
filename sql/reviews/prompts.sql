-- What goes into ML_PREDICT, and nothing more: its row type is part of the job's state. The text is never NULL (a NULL stops
-- the job on Flink 2.1 and makes the row vanish on 2.2). Stage one's texts are shorter than its limit; a foreign one is cut.
CREATE VIEW prompts AS
SELECT
    kafka_partition,
    kafka_offset,
    context,
    COALESCE(SUBSTRING(reviews FROM 1 FOR 20000), '') AS reviews
FROM judged_contexts
WHERE reason = 'ok';
