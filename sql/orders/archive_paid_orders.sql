-- Files get their names with each checkpoint: what a reader sees is complete, and comes once.
INSERT INTO paid_order_archive
SELECT
    order_id,
    creditor_reference(order_id),
    customer_id,
    amount,
    CAST(paid_at AS TIMESTAMP(3)) AS paid_at,
    DATE_FORMAT(paid_at, 'yyyy-MM-dd') AS paid_on
FROM paid_orders;
