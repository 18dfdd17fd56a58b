CREATE TABLE u (a INT) WITH ('topic' = '${topik}',
  'bootstrap' = '${kafka}')
