CREATE TEMPORARY TABLE t (
  id INT NOT NULL COMMENT 'FROM here', ts TIMESTAMP(3) METADATA FROM 'timestamp' VIRTUAL, `table` STRING, doubled AS twice(id),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (id) NOT ENFORCED
) COMMENT 'it''s' PARTITIONED BY (id) WITH ('connector' = 'kafka', 'topic' = 'x')
