INSERT OVERWRITE sink PARTITION (day='1') (a, b) WITH x AS (SELECT a, b FROM source) SELECT a, b FROM x
