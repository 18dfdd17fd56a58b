CREATE VIEW valid AS SELECT a FROM raw WHERE a > ${window_seconds}
