INSERT INTO sink
WITH first AS (SELECT * FROM a), second (x) AS (SELECT x FROM first JOIN b USING (x))
SELECT * FROM second UNION ALL SELECT * FROM first UNION ALL (WITH third AS (SELECT 1 FROM first) SELECT * FROM third)
UNION ALL SELECT * FROM (SELECT * FROM First) UNION ALL SELECT * FROM default_database.first
