-- Rows of a range of time, for profiles.
copy (
  select :columns
  from :source
  where :time >= :from and :time < :to:filter
) to stdout (format binary)
