INSERT OVERWRITE sink PARTITION (day='1') (a, b) SELECT a, b FROM source
