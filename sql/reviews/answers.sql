-- One call of the model for each context. A fenced answer is taken out of its fence.
CREATE VIEW answers AS
SELECT
    kafka_partition,
    kafka_offset,
    context,
    -- a model that does not stop must not make a record that no topic takes
    SUBSTRING(content FROM 1 FOR 20000) AS content,
    COALESCE(REGEXP_EXTRACT(SUBSTRING(content FROM 1 FOR 20000), '(?s)(\{.*\})', 1), SUBSTRING(content FROM 1 FOR 20000)) AS answer
FROM ML_PREDICT(
    TABLE prompts,
    MODEL product_review_summarizer,
    DESCRIPTOR(reviews),
    -- Flink's client has five calls in flight for an endpoint; a longer queue only brings the time-out nearer
    MAP['timeout', '180 s', 'max-concurrent-operations', '5']
);
