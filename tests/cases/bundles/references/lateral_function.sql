INSERT INTO sink SELECT word FROM lines CROSS JOIN LATERAL TABLE(split(line, ',')) AS T (word)
LEFT JOIN LATERAL (SELECT * FROM other WHERE other.x = lines.x) ON TRUE
