SELECT CASE WHEN current_setting('track_counts')::boolean THEN count(*) ELSE 0 END AS examined,
       count(*) AS total,
       CASE WHEN current_setting('track_counts')::boolean THEN '' ELSE 'track_counts is off' END AS because
FROM pg_stat_user_tables
