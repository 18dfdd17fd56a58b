CREATE TABLE sink (a INT) WITH ('connector' = 'kafka', 'topic' = 'sink')
