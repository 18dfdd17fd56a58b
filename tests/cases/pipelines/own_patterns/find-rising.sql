/* fares that only rise; MATCH ; a quote ' */
INSERT INTO rising
SELECT M.rider_id, M.a, M.z, M.n
FROM trips MATCH_RECOGNIZE (
  PARTITION BY rider_id ORDER BY picked_at
  MEASURES FIRST(A.trip_id) AS a, LAST(B.trip_id) AS z, COUNT(B.fare) AS n -- ; not the end
  ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
  PATTERN (A B+ C)
  DEFINE B AS B.fare > LAST(B.fare, 1) OR LAST(B.fare, 1) IS NULL AND B.fare > A.fare,
         C AS C.fare > LAST(B.fare)
) AS M
