-- Totals of words in a lake.
CREATE CATALOG lake WITH (
    'type' = 'paimon',
    'warehouse' = 's3://${BUCKET}/lake',
    's3.secret-key' = 'hunter2'
);

ADD JAR '/opt/flink/usrlib/text.jar';
CREATE FUNCTION shout AS 'com.lab.Shout' USING JAR '/opt/flink/usrlib/text.jar';
CREATE FUNCTION whisper AS 'com.lab.Whisper';

USE CATALOG lake;
CREATE TABLE word_totals (word STRING PRIMARY KEY NOT ENFORCED, n BIGINT);
CREATE TEMPORARY TABLE words (word STRING) WITH ('connector' = 'datagen');
INSERT INTO word_totals SELECT shout(word), COUNT(*) FROM words GROUP BY word;

CREATE DATABASE IF NOT EXISTS shop;
USE shop;
INSERT INTO copies SELECT word, n FROM lake.`default`.word_totals;
INSERT INTO copies SELECT word, n FROM attic.shop.totals;
