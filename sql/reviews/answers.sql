-- One call of the model for each context. A fenced answer is taken out of its fence.
CREATE VIEW answers AS
SELECT
    kafka_partition,
    kafka_offset,
    context,
    content,
    COALESCE(REGEXP_EXTRACT(content, '(?s)(\{.*\})', 1), content) AS answer
FROM ML_PREDICT(
    TABLE prompts,
    MODEL product_review_summarizer,
    DESCRIPTOR(reviews),
    -- Flink's client has five calls in flight for an endpoint; a longer queue only brings the time-out nearer
    MAP['timeout', '180 s', 'max-concurrent-operations', '5']
);
