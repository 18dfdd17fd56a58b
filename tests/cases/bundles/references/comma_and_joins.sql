INSERT INTO sink SELECT f(a.x, b.y) FROM a, b AS second (k, v) LEFT JOIN c ON a.x = c.x AND f(a.x, c.y) > 1, d
CROSS JOIN UNNEST(d.items) AS item (i) INNER JOIN (e JOIN g ON e.x = g.x) ON TRUE
WHERE a.x IN (SELECT x FROM h WHERE EXISTS (SELECT 1 FROM k, l)) GROUP BY a.x, b.y
