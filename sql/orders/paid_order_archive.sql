-- Every paid order, as files of Avro below a folder for each day: for those who come with other tools, and long after the topics' retention.
CREATE TABLE paid_order_archive (
    order_id STRING,
    creditor_reference STRING,
    customer_id STRING,
    amount DECIMAL(10, 2),
    paid_at TIMESTAMP(3),
    paid_on STRING
) PARTITIONED BY (paid_on) WITH (
    'connector' = 'filesystem',
    'path' = '${archive}',
    'format' = 'avro',
    'avro.codec' = 'deflate'
);
