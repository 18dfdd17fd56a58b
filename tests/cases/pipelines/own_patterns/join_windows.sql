-- table.exec.state.ttl: 1 h
INSERT INTO window_joined
SELECT l.rider_id, l.trip_id, p.top
FROM latest l JOIN (
  SELECT trip_id, MAX(speed) AS top, window_start, window_end
  FROM TABLE(TUMBLE(TABLE pings, DESCRIPTOR(seen_at), INTERVAL '1' MINUTE)) GROUP BY trip_id, window_start, window_end) p
ON l.window_start = p.window_start AND l.window_end = p.window_end AND l.trip_id = p.trip_id
