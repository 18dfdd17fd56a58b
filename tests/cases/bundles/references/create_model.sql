CREATE MODEL summarizer INPUT (reviews STRING) OUTPUT (content STRING) COMMENT 'x' WITH ('provider' = 'openai', 'api-key' = '${secret:KEY}')
