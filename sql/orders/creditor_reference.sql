-- The reference under which the bank books an order's payment. Its source is in functions/, which says how the jar is built.
CREATE FUNCTION creditor_reference AS 'orders.CreditorReference' USING JAR 'jars/creditor_reference.jar';
