INSERT INTO gathered SELECT id, n, tp, k FROM all_regions
