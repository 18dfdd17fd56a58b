INSERT INTO sink SELECT * FROM (WITH inner_one AS (SELECT * FROM a) SELECT * FROM inner_one) JOIN inner_one ON TRUE
