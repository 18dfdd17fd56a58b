-- kind: bounded
-- parallelism: 2
INSERT INTO raw VALUES (1)
