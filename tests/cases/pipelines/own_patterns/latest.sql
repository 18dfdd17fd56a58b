CREATE VIEW latest AS
SELECT trip_id, rider_id, city, fare, picked_at, window_start, window_end FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, rider_id ORDER BY picked_at DESC) AS rn
  FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(picked_at), INTERVAL '1' MINUTE))) WHERE rn = 1
