-- Predictions of a range of time.
select :columns
from :source
where :time >= :from and :time < :to and :score between 0 and 1:filter
