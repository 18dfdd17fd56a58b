CREATE MODEL product_review_summarizer
INPUT (reviews STRING)
OUTPUT (content STRING)
WITH (
    'provider' = 'openai',
    'endpoint' = '${model_endpoint}',
    'api-key' = 'ollama',
    'model' = 'llama3.1',
    'system-prompt' = 'You are a product analyst. Analyze the reviews and return a valid JSON only with fields: sentiment, key_strengths, key_complaints, summary, recommended_action.'
);
