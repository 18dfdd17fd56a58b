CREATE TABLE totals (city STRING, orders BIGINT, PRIMARY KEY (city) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka', 'topic' = 'totals', 'properties.bootstrap.servers' = '${kafka}', 'key.format' = 'raw',
  'value.format' = 'json'
);
