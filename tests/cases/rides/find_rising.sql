INSERT INTO rising_out
SELECT rider_id, first_fare, last_fare
FROM trips MATCH_RECOGNIZE (
    PARTITION BY rider_id
    ORDER BY picked_at
    MEASURES A.fare AS first_fare, LAST(B.fare) AS last_fare
    ONE ROW PER MATCH
    AFTER MATCH SKIP PAST LAST ROW
    PATTERN (A B{2})
    DEFINE B AS B.fare > A.fare
)
