CREATE MODEL summarizer INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai')
