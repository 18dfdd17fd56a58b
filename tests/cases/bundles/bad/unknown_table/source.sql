CREATE TABLE source (a INT) WITH ('connector' = 'kafka', 'topic' = 'source')
