-- Every answer with a verdict: 'ok', or the first reason why it cannot be a summary.
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
    CASE
        WHEN COALESCE(content, '') = '' THEN 'empty_answer'
        WHEN answer IS NOT JSON OBJECT THEN 'not_json'
        WHEN COALESCE(JSON_VALUE(answer, '$.sentiment'), '') NOT IN ('positive', 'negative', 'mixed', 'neutral') THEN 'bad_sentiment'
        WHEN COALESCE(JSON_VALUE(answer, '$.summary'), '') = '' THEN 'no_summary'
        ELSE 'ok'
    END AS reason
FROM answers;
