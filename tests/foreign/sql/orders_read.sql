CREATE TABLE orders_read (number BIGINT, city STRING) WITH (
  'connector' = 'kafka', 'topic' = 'orders', 'properties.bootstrap.servers' = '${kafka}', 'properties.group.id' = '${job_name}',
  'scan.startup.mode' = 'earliest-offset', 'format' = 'json'
);
