INSERT INTO sink /*+ OPTIONS('sink.parallelism' = '1') */ SELECT /*+ BROADCAST(b), STATE_TTL('a' = '1d') */ *
FROM a /*+ OPTIONS('scan.startup.mode' = 'latest-offset', 'x' = 'y') */, b
