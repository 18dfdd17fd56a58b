CREATE TABLE raw (a INT) WITH ('connector' = 'kafka', 'topic' = 'raw')
