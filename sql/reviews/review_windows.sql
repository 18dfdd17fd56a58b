-- A product's window: its numbers over all reviews, and at most 8 negative, 8 positive and 8 other texts of at most 400 characters,
-- so that both sides are heard and no context outgrows a record or a model.
CREATE VIEW review_windows AS
SELECT
    product_id,
    -- a review without a name does not take the others' away
    COALESCE(MAX(product_name), product_id) AS product_name,
    window_time,
    SUM(review_count) AS review_count,
    SUM(stars) AS stars,
    SUM(CASE WHEN side = 'negative' THEN review_count ELSE 0 END) AS negative_reviews,
    SUM(CASE WHEN side = 'positive' THEN review_count ELSE 0 END) AS positive_reviews,
    ARRAY_SLICE(ARRAY_SORT(ARRAY_AGG(entry) FILTER (WHERE side = 'negative')), 1, 8) AS negative_entries,
    ARRAY_SLICE(ARRAY_SORT(ARRAY_AGG(entry) FILTER (WHERE side = 'neither')), 1, 8) AS other_entries,
    ARRAY_SLICE(ARRAY_SORT(ARRAY_AGG(entry) FILTER (WHERE side = 'positive')), 1, 8) AS positive_entries
FROM (
    SELECT product_id, side, window_start, window_end, window_time, product_name, e.review_count, e.stars, e.entry
    FROM review_slots
    CROSS JOIN UNNEST(
        CASE
            WHEN first_entry = last_entry THEN ARRAY[ROW(review_count, stars, first_entry)]
            ELSE ARRAY[ROW(review_count, stars, first_entry), ROW(CAST(0 AS BIGINT), CAST(0 AS BIGINT), last_entry)]
        END
    ) AS e (review_count, stars, entry)
)
GROUP BY product_id, window_start, window_end, window_time;
