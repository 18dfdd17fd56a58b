CREATE VIEW doubled AS SELECT twice(a) AS a FROM valid
