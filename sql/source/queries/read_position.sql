-- How far has the primary written?
select pg_current_wal_lsn()::text as position
