-- kind: bounded
INSERT INTO sink VALUES (1, 'FROM nowhere'), (2, 'x')
