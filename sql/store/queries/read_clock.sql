-- What time is it, by the server's clock?
select clock_timestamp() as clock
