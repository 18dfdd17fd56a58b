-- City bikes: rides, stations and what they earn.
-- Run it in the SQL client from the top to the bottom.

SET 'sql-client.execution.result-mode' = 'tableau';
SET 'execution.runtime-mode' = 'streaming';

SHOW CATALOGS;
CREATE DATABASE IF NOT EXISTS bikes;
USE bikes;

DROP TABLE IF EXISTS rides;

-- Rides as the meters send them; the text below has a semicolon; in it.
CREATE TEMPORARY TABLE rides (
    ride_id     BIGINT,
    station_id  INT,
    `minutes`   INT, -- note: how long it took
    fare        DECIMAL(8, 2),
    started_at  TIMESTAMP(3),
    WATERMARK FOR started_at AS started_at - INTERVAL '5' SECOND
) WITH (
    'connector' = 'datagen',
    'rows-per-second' = '20',
    'fields.station_id.min' = '1',
    'fields.station_id.max' = '5'
);

CREATE TABLE IF NOT EXISTS bikes.stations (
    station_id INT,
    station_name STRING,
    PRIMARY KEY (station_id) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'topic' = 'stations',
    'properties.bootstrap.servers' = 'broker:9092',
    'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule required password="hunter2";',
    'key.format' = 'json',
    'value.format' = 'json'
);

/* How many rides;
   parallelism: as it comes */
CREATE TABLE ride_totals (
    window_start TIMESTAMP(3),
    station_id INT,
    rides BIGINT
) WITH ('connector' = 'print');

CREATE TABLE long_rides WITH ('connector' = 'blackhole') LIKE ride_totals (EXCLUDING OPTIONS);

CREATE OR REPLACE TABLE fares (station_id INT, fare DECIMAL(38, 2), remark STRING) WITH ('connector' = 'blackhole'); -- where money goes
CREATE TABLE names (station_id INT, station_name STRING) WITH ('connector' = 'print');

DESCRIBE rides;

CREATE VIEW long_ride AS
SELECT * FROM bikes.rides /*+ OPTIONS('rows-per-second' = '5') */ WHERE `minutes` > 30;

CREATE TEMPORARY FUNCTION shout AS 'bikes.shout' LANGUAGE PYTHON;

EXPLAIN SELECT station_id, COUNT(*) FROM rides GROUP BY station_id;

-- totals need not be kept for ever
SET 'table.exec.state.ttl' = '1 h';
SET 'parallelism.default' = '1';
SET 'pipeline.name' = 'bike totals';
SET 'state.backend.type' = 'rocksdb';

INSERT INTO ride_totals
SELECT window_start, station_id, COUNT(*)
FROM TABLE(TUMBLE(TABLE rides, DESCRIPTOR(started_at), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, station_id;

RESET 'parallelism.default';

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO fares SELECT station_id, SUM(fare), 'all; of them' FROM default_catalog.bikes.rides GROUP BY station_id;
  INSERT INTO fares
    SELECT station_id, fare, CASE WHEN fare > 10 THEN 'dear' ELSE 'cheap' END FROM long_ride;
END;

RESET;

BEGIN STATEMENT SET;
INSERT INTO names SELECT station_id, station_name FROM stations;
INSERT INTO names VALUES (0, 'nowhere');
END;

INSERT INTO names VALUES (1, 'Harbour'), (2, 'Park');

ALTER TABLE fares SET ('remark' = 'x');

CREATE TABLE best AS SELECT station_id FROM rides;
INSERT INTO names SELECT station_id, 'best' FROM best;

SELECT station_id, COUNT(*) AS rides FROM rides GROUP BY station_id;
-- the end
