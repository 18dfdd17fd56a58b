-- Every answer with a verdict: 'ok', or the first reason why it cannot be a summary. Where there is no answer the model gateway says why
-- (docs/model-gateway.md): its record has one field, which no answer of a model can have.
CREATE VIEW judged_answers AS
SELECT
    kafka_partition,
    kafka_offset,
    context,
    content,
    answer,
    JSON_VALUE(answer, '$.sentiment') AS sentiment,
    JSON_QUERY(answer, '$.key_strengths') AS key_strengths,
    JSON_QUERY(answer, '$.key_complaints') AS key_complaints,
    JSON_VALUE(answer, '$.summary') AS summary,
    JSON_VALUE(answer, '$.recommended_action') AS recommended_action,
    TRY_CAST(JSON_VALUE(answer, '$.gateway_rejection.status') AS INT) AS upstream_status,
    JSON_VALUE(answer, '$.gateway_rejection.message') AS error_text,
    JSON_VALUE(answer, '$.gateway_rejection.request_id') AS request_id,
    CASE
        WHEN JSON_VALUE(answer, '$.gateway_rejection.reason') IS NOT NULL THEN JSON_VALUE(answer, '$.gateway_rejection.reason')
        WHEN COALESCE(content, '') = '' THEN 'empty_answer'
        WHEN answer IS NOT JSON OBJECT THEN 'not_json'
        WHEN COALESCE(JSON_VALUE(answer, '$.sentiment'), '') NOT IN ('positive', 'negative', 'mixed', 'neutral') THEN 'bad_sentiment'
        WHEN COALESCE(JSON_VALUE(answer, '$.summary'), '') = '' THEN 'no_summary'
        ELSE 'ok'
    END AS reason
FROM answers;
