INSERT INTO tagged SELECT trip_id, label FROM ML_PREDICT(TABLE trips, MODEL tagger, DESCRIPTOR(city))
