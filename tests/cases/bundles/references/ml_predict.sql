INSERT INTO sink SELECT content FROM ML_PREDICT(TABLE contexts, MODEL summarizer, DESCRIPTOR(reviews), MAP['async', 'true'])
