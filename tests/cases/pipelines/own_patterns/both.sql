-- parallelism: 1
EXECUTE STATEMENT SET
BEGIN
-- a comment between; with a semicolon
INSERT INTO rolled
  SELECT COALESCE(city, '*'), COALESCE(currency, '*'), COUNT(*) FROM trips GROUP BY ROLLUP (city, currency);
INSERT INTO `select` (`from`, `where`)
  WITH trips AS (SELECT trip_id FROM pings WHERE speed >= 99)
  SELECT trip_id, 'fast' FROM trips
  UNION (SELECT trip_id, 'none' FROM (SELECT trip_id FROM default_catalog.default_database.trips EXCEPT SELECT trip_id FROM pings) x);
END;
