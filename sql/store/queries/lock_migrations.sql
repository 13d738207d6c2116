-- Lets one process migrate at a time, until the transaction ends.
select pg_advisory_xact_lock(hashtextextended('plumbline/migrate', 0))
