-- The prompt is prompts/summary.md with prompts/summary.schema.json after it: the schema is the model's instruction and the gateway's, which
-- asks for it where the server can and checks each answer against it. A changed file is a changed statement: an upgrade, seen in preview.
CREATE MODEL product_review_summarizer
INPUT (reviews STRING)
OUTPUT (content STRING)
WITH (
    'provider' = 'openai',
    'endpoint' = '${model_endpoint}',
    -- the key of the real model is held by the model gateway; this one only has to be there
    'api-key' = 'model-gateway',
    'model' = '${model_name}',
    'temperature' = '0',
    'max-tokens' = '600',
    'system-prompt' = '${prompt_summary}'
);
