INSERT INTO sink SELECT content
FROM ML_PREDICT(INPUT => TABLE contexts, MODEL => MODEL summarizer, ARGS => DESCRIPTOR(reviews), CONFIG => MAP['timeout', '30s'])
