CREATE MODEL tagger INPUT (city STRING) OUTPUT (label STRING)
WITH ('provider' = 'openai', 'endpoint' = '${model_endpoint}', 'api-key' = 'x', 'model' = '${model_name}',
  'error-handling-strategy' = 'ignore')
