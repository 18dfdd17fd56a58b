-- What goes into ML_PREDICT, and nothing more: its row type is part of the job's state. The text is never NULL (a NULL stops
-- the job on Flink 2.1 and makes the row vanish on 2.2) and never longer than the model can read.
CREATE VIEW prompts AS
SELECT
    kafka_partition,
    kafka_offset,
    text AS context,
    COALESCE(SUBSTRING(JSON_VALUE(text, '$.reviews') FROM 1 FOR 8000), '') AS reviews
FROM (
    SELECT
        kafka_partition,
        kafka_offset,
        COALESCE(DECODE(payload, 'UTF-8'), '') AS text
    FROM product_review_context_records
);
