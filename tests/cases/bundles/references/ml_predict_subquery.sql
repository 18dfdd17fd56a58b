INSERT INTO sink SELECT content FROM ML_PREDICT((SELECT reviews, `model` FROM contexts), MODEL summarizer, DESCRIPTOR(reviews))
